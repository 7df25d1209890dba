"""Names that a plan needs and that something else has (`diagnosis/name_holders.py`).

Backups are made by renaming a table, and its indexes keep their names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import move_back
from schemaguard.history.object_timeline import ConstraintTimeline, OtherTimeline, TableTimeline
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from schemaguard.diagnosis.name_holders import NameHolders
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.mending.own_names import OwnNames
    from schemaguard.schema.objects import Constraint, Table

COME_ALONG = frozenset({"index", "like", "foreign_key"})
"""The keys of what the editor makes with a field, and gives a name."""


def name_collisions(
    steps: Collection[Step], location: Location, held: Collection[int], names: OwnNames
) -> Iterator[str]:
    """A sentence for each constraint, index or table that cannot be made: nothing in the plan sets its name free.

    `held`: the migrations that the plan takes for run, all or in part.
    """
    tasks = [task for step in steps for task in step.every_task]
    if not tasks or any(_is_opaque(task, location) for task in tasks):
        return  # such a task may rename or drop whatever has the name
    left = {name for task in tasks for name in _left_by_tables(task, location)}
    freed = {name for task in tasks for name in _freed(task, location)} | left
    holders = names.in_use
    for task in tasks:
        yield from _in_the_way(task, held, location, holders, freed)
        if isinstance(task, t.MakeTable | t.RenameTable):
            name = task.name if isinstance(task, t.MakeTable) else task.new_name
            holder = location.schema.find(name)
            what = f"{task.name} is to be called {name}" if isinstance(task, t.RenameTable) else f"{name} is to be made"
            if holder is not None and holder.name not in left:
                yield f"table {what}, and another table has that name: put aside what it holds and drop it first"
            elif holder is None and (other := holders.of_table(name, freed=freed)) is not None:
                yield f"table {what}, and {other} has that name: rename that first"


def moved(steps: Collection[Step], location: Location, is_made: Callable[[TableTimeline], bool]) -> Iterator[str]:
    """A sentence for each table that the plan would make empty, though one in another schema may be that table.

    `is_made`: whether somebody has said that it is to be made all the same.
    """
    tables = location.matched.elsewhere
    for task in (task for step in steps for task in step.every_task):
        object_timelines = [task.timeline] if isinstance(task, t.MakeTable) else []
        if isinstance(task, t.RunOperation):
            effects = location.effects.get(task.op, ())
            object_timelines = [
                e.timeline for e in effects if isinstance(e.timeline, TableTimeline) and e.timeline.steps[e.step].shape
            ]
        for timeline in object_timelines:
            if timeline in tables and not is_made(timeline):
                where = " and ".join(each.words for each in tables[timeline])
                back = move_back(tables[timeline], location.schema.home(timeline.name))
                yield f"table {timeline.name} is to be made, and {where} may be it: {back}"


def _in_the_way(
    task: Task, held: Collection[int], location: Location, holders: NameHolders, freed: Collection[str | None]
) -> Iterator[str]:
    for table, shape in _made(task, held, location):
        holder = holders.of(shape, location.schema.find(table), freed=freed)
        if holder is not None:
            what = f"{shape.kind.words} {shape.name} of {table}"
            yield f"{what} is to be made, and {holder} has its name: rename that first"


def _is_opaque(task: Task, location: Location) -> bool:
    return isinstance(task, t.RunOperation) and bool(location.history.operations[task.op[0]][task.op[1]].opaque)


def _made(task: Task, held: Collection[int], location: Location) -> Iterator[tuple[str, Constraint]]:
    """(table, shape) of what a task makes under a name that is known beforehand."""

    def shape_of(timeline: ConstraintTimeline) -> Constraint | None:
        by_then = timeline.last_step(lambda op: op[0] in held)
        return timeline.steps[max(by_then, location.expected.steps[timeline])].shape

    match task:
        case t.MakeConstraint(_, table, constraint):
            yield table, constraint
        case t.RenameConstraint(_, table, actual, new_name):
            yield table, replace(actual, name=new_name)
        case t.MakeTable(line, name):
            for timeline in line.every_constraint:
                shape = shape_of(timeline)
                if shape is not None:
                    yield name, shape
        case t.MakeColumn(column, table, made):
            for timeline in column.table.every_constraint:
                shape = shape_of(timeline)
                is_missing = timeline.key[0] in COME_ALONG and location.matched.places[timeline].actual is None
                if is_missing and shape is not None and shape.columns == (made.name,):
                    yield table, shape
        case t.RunOperation(op):
            for effect in location.effects.get(op, ()):
                if isinstance(effect.timeline, ConstraintTimeline):
                    shape = effect.timeline.steps[effect.step].shape
                    if shape is not None:
                        yield effect.timeline.table.name_at(op), shape


def _freed(task: Task, location: Location) -> Iterator[str | None]:
    """The names that are free after a task."""
    match task:
        case t.DropConstraint() | t.RenameConstraint():
            yield task.actual.name
        case t.DropTable(_, name):
            yield from _names_of(location.schema.find(name))
        case t.DropColumn() | t.ReplaceColumn() | t.UnmakeColumn():
            yield from _names_of(location.schema.find(task.table), task.name)
        case t.RunOperation(op):
            for effect in location.effects.get(op, ()):
                if isinstance(effect.timeline, ConstraintTimeline):
                    place = location.matched.places[effect.timeline]
                    yield place.actual.name if place.actual is not None else None
                elif isinstance(effect.timeline, OtherTimeline):
                    yield effect.timeline.name


def _left_by_tables(task: Task, location: Location) -> Iterator[str]:
    """The names in the database that no table has after a task, or that have another one then."""
    match task:
        case t.DropTable(_, name) | t.RenameTable(_, name):
            yield name
        case t.RunOperation(op):
            for effect in location.effects.get(op, ()):
                timeline = effect.timeline
                live = location.matched.tables.get(timeline) if isinstance(timeline, TableTimeline) else None
                if live is not None:
                    yield live.name


def _names_of(table: Table | None, column: str | None = None) -> Iterator[str | None]:
    for each in table.constraints if table is not None else ():
        if column is None or column in each.columns:
            yield each.name
