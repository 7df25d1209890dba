"""What is said of tables that an online schema change left, or is filling: a note, and never a step of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import LEFT_TRIGGER, ONLINE_CHANGE
from schemaguard.diagnosis.model import Finding
from schemaguard.location.online_changes import SHORT, TRIGGER, LeftTrigger, OnlineChange, left_triggers, online_changes
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.location.location import Location


def changes_of(location: Location) -> tuple[OnlineChange, ...]:
    """Those of the project's tables, on servers that are altered so."""
    if not location.backend.is_altered_online:
        return ()
    return online_changes(location.schema, [table.name for table in location.live_tables.values()])


def triggers_of(location: Location) -> tuple[LeftTrigger, ...]:
    """Triggers of the project's tables that fail. Asks for their texts where there are some by name."""
    found = [(kind, name) for kind, name in location.schema.others if kind is Kind.TRIGGER and TRIGGER.fullmatch(name)]
    if not found or not location.backend.is_altered_online:
        return ()
    own = [table.name for table in location.live_tables.values()]
    return left_triggers(location.schema, location.backend.definitions(found), own)


def findings(changes: Collection[OnlineChange]) -> Iterator[Finding]:
    for each in changes:
        names = ", ".join(each.parts)
        were = "was" if len(each.parts) == 1 else "were"
        left = f"{names} {were} made by an online schema change of {each.table} ({each.tool})"
        message = f"{left}, which may be under way" if each.under_way else f"{left}, and left behind"
        drops = [f"DROP TRIGGER {name}" for name in each.triggers] + [f"DROP TABLE {name}" for name in each.parts]
        after = "where it is over" if each.under_way else "once nobody needs the rows"
        yield Finding(
            code=ONLINE_CHANGE.code, level=ONLINE_CHANGE.level, kind=Kind.TABLE, problem=Problem.EXTRA,
            table=each.parts[0], name=each.parts[0], message=message, hint=f"{after}: {'; '.join(drops)}",
        )  # fmt: skip


def failing(triggers: Collection[LeftTrigger]) -> Iterator[Finding]:
    """One for each table."""
    for table in dict.fromkeys(each.table for each in triggers):
        its = [each for each in triggers if each.table == table]
        names, events = (", ".join(dict.fromkeys(words)) for words in ([e.name for e in its], [e.event for e in its]))
        one = len(its) == 1
        yield Finding(
            code=LEFT_TRIGGER.code, level=LEFT_TRIGGER.level, kind=Kind.TRIGGER, problem=Problem.EXTRA, table=table,
            name=its[0].name, breaks=True,
            message=f"{'trigger' if one else 'triggers'} {names} of {table} {'writes' if one else 'write'} into "
            f"{its[0].copy}, a table that is not there: every {events} fails. pt-online-schema-change left "
            f"{'it' if one else 'them'}",
            hint="; ".join(f"DROP TRIGGER {each.name}" for each in its),
        )  # fmt: skip


def left_by_the_server(name: str) -> Finding | None:
    """A copy of the server's own, which it made while it altered a table and was killed; None for any other name."""
    if SHORT not in name:
        return None
    return Finding(
        code=ONLINE_CHANGE.code, level=ONLINE_CHANGE.level, kind=Kind.TABLE, problem=Problem.EXTRA, table=name,
        name=name, message=f"{name} was left by a server that was killed while it altered a table",
        hint=f"DROP TABLE `{name}`, once nothing is being altered",
    )  # fmt: skip
