"""SQL of a migration that names what was renamed after it: run now, it would find nothing, or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.naming import name_of
from schemaguard.history import changes as ch
from schemaguard.history.raw_sql import raw_sql, sends
from schemaguard.history.sql import names_in, parse, statements
from schemaguard.operations import tasks as t
from schemaguard.schema.names import bare
from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step


def renamed_since(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence for each thing that a person has to make."""
    for step in steps:
        for task in step.every_task:
            if isinstance(task, t.RunSql | t.RunOperation):
                lost = dict.fromkeys(
                    name for text in _sql_of(task, location) for name in _renamed(text, task.op, location)
                )
                if lost:
                    why = f"make it by hand, it is made of what was renamed since: {', '.join(lost)}"
                    yield from (f"{what} is missing: {why}" for what in _made(task.op, location))


def _sql_of(task: t.RunSql | t.RunOperation, location: Location) -> Sequence[str]:
    operation = location.graph.plan[task.op[0]].operations[task.op[1]]
    if isinstance(task, t.RunSql) and task.only is not None:
        return task.only
    if isinstance(task, t.RunSql) and task.after:
        return [statement for statement, _ in sends(operation, location.backend.connection)[task.after :]]
    return raw_sql(operation) or []


def _made(op: Op, location: Location) -> Iterator[str]:
    """What the operation makes and is not there; the SQL itself where it leaves nothing to see."""
    effects = location.effects_at(op)
    missing = [name_of(location, each.timeline, each.step) for each in effects if _is_told_as_missing(each, location)]
    migration = location.graph.plan[op[0]]
    yield from missing or [f"what SQL of {migration.app_label}.{migration.name} does"]


def _is_told_as_missing(effect: AnyEffect, location: Location) -> bool:
    """Whether it makes what is not there. What is missing with its table is told with that."""
    if not effect.makes or location.live(effect.timeline) is not None:
        return False
    table = effect.timeline.owner
    return table in (None, effect.timeline) or location.live_table(table) is not None


def _renamed(text: str, op: Op, location: Location) -> Iterator[str]:
    """The names of then that a script spells, of tables and their columns that have others by now."""
    backend = location.backend
    for statement in statements(text, dialect=backend.dialect):
        changes = parse(statement, dialect=backend.dialect, normal_type=backend.normal_type)
        spelt = _spelt(statement, changes, location)
        for table in location.history.timelines.every_table:
            before = _names(table, op, location)
            if before is None or before[0] not in spelt:
                continue
            with_columns: list[TableTimeline | ColumnTimeline] = [table, *table.every_column]
            for timeline in with_columns:
                names = _names(timeline, op, location)
                if names is not None and names[0] != names[1] and names[0] in spelt:
                    yield names[0]


def _spelt(statement: str, changes: Collection[ch.Change], location: Location) -> Collection[str]:
    """The names in a statement. The columns of a new table are its own: what it names of others is in its keys."""
    if not changes or not all(isinstance(change, ch.CreateTable) for change in changes):
        return names_in(statement, dialect=location.backend.dialect)
    keys = [key for change in changes if isinstance(change, ch.CreateTable) for key in change.constraints.values()]
    return {
        name
        for key in keys
        if isinstance(key, ForeignKey)
        for name in (bare(key.target).lower(), *(each.lower() for each in key.target_columns))
    }


def _names(timeline: TableTimeline | ColumnTimeline, op: Op, location: Location) -> tuple[str, str] | None:
    """The names that it had before an operation, and has after all that ran; None where it was not there yet."""
    every: list[Any] = list(timeline.steps)
    then = [step.shape for step in every if step.at < op][-1:]
    now = [
        step.shape
        for step in every
        if step.op is None or step.op < op or location.graph.recorded[step.op[0]] or step.op in location.story.ran
    ]
    if not then or then[0] is None or now[-1] is None:
        return None
    return bare(then[0].name).lower(), bare(now[-1].name).lower()
