"""Views, functions, triggers and rules that are missing or different: they are made again by their own SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings.sql_objects import cannot_be_made, what
from schemaguard.history.changes import AddConstraint
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import is_about, parse, statements, without_guard
from schemaguard.operations.tasks import MakeOther, Task
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.schema.compare import Match
from schemaguard.schema.definitions import View
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location
    from schemaguard.location.sql_objects import SqlObject
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider


def remade(location: Location, wanted: Collection[int], decider: Decider) -> Iterator[tuple[int, Task]]:
    """(position of the migration, task). What a person has to choose goes through the decider."""
    for thing in location.things:
        different = thing.live is not None and thing.match is Match.DIFFERENT
        if thing.op[0] not in wanted or decider.ignores(thing.timeline) or not (different or thing.live is None):
            continue
        reason = cannot_be_made(thing)
        if reason is not None:
            if decider.answer(thing.timeline) != c.ACCEPT:
                state = "missing" if thing.live is None else "another one than the migrations make"
                decider.unmendable.append(f"{what(thing)} is {state}: make it by hand, {reason}")
        elif not different or thing.earlier or decider.redefined(thing.timeline, what(thing)) == c.ALTER:
            yield thing.op[0], _task(thing, location)


def _task(thing: SqlObject, location: Location) -> MakeOther:
    view = thing.expected if isinstance(thing.expected, View) else None
    after = (
        (*thing.parts, *_followers(thing, location))
        if thing.live is None or (view is not None and view.materialized)
        else ()
    )
    replaces = thing.live is not None
    sql = without_guard(thing.sql or "", dialect=location.backend.dialect) if replaces else thing.sql or ""
    columns = f" AS v ({', '.join(view.columns)})" if view is not None and view.columns else " AS v"
    return MakeOther(
        thing.timeline,
        getattr(thing.expected, "on", None),
        (sql, *after),
        replaces=replaces,
        materialized=view is not None and view.materialized,
        query=f"({view.query}\n){columns}" if view is not None else None,
    )


def _followers(thing: SqlObject, location: Location) -> Iterator[str]:
    """What recorded migrations put on it afterwards, but for what has a timeline: comments, privileges."""
    backend = location.backend
    dialect, timelines = backend.dialect, location.history.timelines.others
    for m, migration in enumerate(location.graph.plan):
        for o, operation in enumerate(migration.operations):
            op: Op = (m, o)
            if op < thing.op or not location.graph.recorded[m]:
                continue
            for text in raw_sql(operation) or ():
                for statement in statements(text, dialect=dialect):
                    if not is_about(statement, thing.timeline.name, dialect=dialect):
                        continue
                    changes = parse(statement, dialect=dialect, normal_type=backend.normal_type)
                    names = [each.constraint.name for each in changes if isinstance(each, AddConstraint)]
                    if not any((Kind.VIEW_INDEX, name) in timelines for name in names):
                        yield statement
