"""What is said of a view, a function, a trigger or a rule that is not what SQL of a migration makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.history.source_files import file_of, line_of
from schemaguard.location.sql_objects.part_comparer import RETURNS
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import KINDS, Kind

if TYPE_CHECKING:
    from schemaguard.history.graph import Graph
    from schemaguard.location.sql_objects import SqlObject


def finding(thing: SqlObject, graph: Graph) -> Finding:
    kind = KINDS[thing.timeline.kind].told_as or thing.timeline.kind
    problem = _problem(thing)
    entry = CODES[kind, problem]
    migration = graph.plan[thing.op[0]]
    by = f"{migration.app_label}.{migration.name}"
    expected, actual = _texts(thing)
    conflict = problem is Problem.DIFFERENT and not thing.earlier
    return Finding(
        code=entry.code, level=entry.level, kind=kind, problem=problem, table=_table(thing), name=thing.timeline.name,
        app=migration.app_label, migration=migration.name, file=file_of(migration),
        line=line_of(migration, thing.op[1]), expected=expected, actual=actual,
        message=_message(thing, problem, by), hint=_hint(thing, problem), breaks=conflict,
    )  # fmt: skip


def what(thing: SqlObject) -> str:
    """`trigger stamp on shop_item`."""
    on = getattr(thing.expected, "on", None)
    kind = KINDS[thing.timeline.kind].told_as or thing.timeline.kind
    return f"{kind.words} {thing.timeline.name}" + (f" on {on}" if on else "")


def differing(thing: SqlObject) -> str:
    """In what it is another one: `query`, `body and volatility`."""
    names = {"definer": "security", "text": "definition", "strict": "NULL handling"}
    found = dict.fromkeys(names.get(each.attribute, each.attribute) for each in thing.differences)
    return " and ".join(found)


def cannot_be_made(thing: SqlObject) -> str | None:
    """Why the statement of the migration cannot be run again. None where it can."""
    if thing.sql is None:
        return "its migration does not tell all that it says"
    if any(each.attribute == RETURNS for each in thing.differences):
        return "no function can be made to return another type: DROP FUNCTION first, which reconcile makes again"
    return f"it is made of what was renamed since: {', '.join(dict.fromkeys(thing.lost))}" if thing.lost else None


def _problem(thing: SqlObject) -> Problem:
    if thing.live is None:
        return Problem.MISSING
    return Problem.DIFFERENT if thing.match is Match.DIFFERENT else Problem.INCOMPARABLE


def _table(thing: SqlObject) -> str | None:
    on = getattr(thing.expected, "on", None)
    return thing.timeline.name if thing.timeline.kind is Kind.VIEW else on


def _texts(thing: SqlObject) -> tuple[str | None, str | None]:
    expected = wording.short(thing.sql) if thing.sql is not None else None
    if thing.live is None:
        return expected, None
    actual = wording.short(thing.live.sql)
    return expected, f"{actual} (switched off)" if not thing.live.enabled else actual


def _message(thing: SqlObject, problem: Problem, by: str) -> str:
    if problem is Problem.MISSING:
        return f"{what(thing)} is missing; {by} makes it"
    if problem is Problem.INCOMPARABLE:
        return f"whether {what(thing)} is what {by} makes it cannot be told"
    if {each.attribute for each in thing.differences} == {"switched off"}:
        return f"{what(thing)} is switched off; {by} makes it"
    again = "an earlier migration made it so" if thing.earlier else "no migration makes it so"
    return f"{what(thing)} is another one than {by} makes it (another {differing(thing)}); {again}"


def _hint(thing: SqlObject, problem: Problem) -> str | None:
    if problem is Problem.INCOMPARABLE:
        return None
    if any(each.attribute == RETURNS for each in thing.differences):
        arguments = ", ".join(getattr(thing.expected, "arguments", ()))
        return f'DROP FUNCTION "{thing.timeline.name}"({arguments}), then {wording.RECONCILE}'
    reason = cannot_be_made(thing)
    if reason is not None:
        return f"make the {thing.timeline.kind.words} by hand: {reason}"
    return wording.RECONCILE if problem is Problem.MISSING or thing.earlier else wording.ALTER
