"""Names that a plan needs and that something else has (`diagnosis/name_holders.py`).

Backups are made by renaming a table, and its indexes keep their names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import move_back
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from schemaguard.diagnosis.name_holders import NameHolders
    from schemaguard.history.object_timeline import ConstraintTimeline, TableTimeline
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
    for task in (task for step in steps for task in step.every_task):
        for timeline in _tables_made(task, location):
            others = location.elsewhere(timeline)
            if others and not is_made(timeline):
                where = " and ".join(each.words for each in others)
                back = move_back(others, location.schema.home(timeline.name))
                yield f"table {timeline.name} is to be made, and {where} may be it: {back}"


def _tables_made(task: Task, location: Location) -> Iterator[TableTimeline]:
    """The tables that a task makes, renames or alters."""
    if isinstance(task, t.MakeTable):
        yield task.timeline
    elif isinstance(task, t.RunOperation):
        for effect in by_kind(location.effects_at(task.op)).tables:
            if effect.after is not None:
                yield effect.timeline


def _in_the_way(
    task: Task, held: Collection[int], location: Location, holders: NameHolders, freed: Collection[str | None]
) -> Iterator[str]:
    for table, shape in _made(task, held, location):
        holder = holders.of(shape, location.schema.find(table), freed=freed)
        if holder is not None:
            what = f"{shape.kind.words} {shape.name} of {table}"
            yield f"{what} is to be made, and {holder} has its name: rename that first"


def _is_opaque(task: Task, location: Location) -> bool:
    return isinstance(task, t.RunOperation) and location.history.runs_code(task.op)


def _made(task: Task, held: Collection[int], location: Location) -> Iterator[tuple[str, Constraint]]:
    """(table, shape) of what a task makes under a name that is known beforehand."""

    def shape_of(timeline: ConstraintTimeline) -> Constraint | None:
        by_then = timeline.last_step(lambda op: op[0] in held)
        return timeline.steps[max(by_then, location.expected_step(timeline))].shape

    match task:
        case t.MakeConstraint(_, table, constraint):
            yield table, constraint
        case t.RenameConstraint(_, table, actual, new_name):
            yield table, replace(actual, name=new_name)
        case t.MakeTable(made_table, name):
            for timeline in made_table.every_constraint:
                shape = shape_of(timeline)
                if shape is not None:
                    yield name, shape
        case t.MakeColumn(column, table, made):
            for timeline in column.table.every_constraint:
                shape = shape_of(timeline)
                is_missing = timeline.key[0] in COME_ALONG and location.live(timeline) is None
                if is_missing and shape is not None and shape.columns == (made.name,):
                    yield table, shape
        case t.RunOperation(op):
            for effect in by_kind(location.effects_at(op)).constraints:
                if effect.after is not None:
                    yield effect.timeline.table.name_at(op), effect.after


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
            effects = by_kind(location.effects_at(op))
            live = (location.live(effect.timeline) for effect in effects.constraints)
            yield from (each.name for each in live if each is not None)
            yield from (effect.timeline.name for effect in effects.others)


def _left_by_tables(task: Task, location: Location) -> Iterator[str]:
    """The names in the database that no table has after a task, or that have another one then."""
    match task:
        case t.DropTable(_, name) | t.RenameTable(_, name):
            yield name
        case t.RunOperation(op):
            live = (location.live_table(effect.timeline) for effect in by_kind(location.effects_at(op)).tables)
            yield from (each.name for each in live if each is not None)


def _names_of(table: Table | None, column: str | None = None) -> Iterator[str | None]:
    for each in table.constraints if table is not None else ():
        if column is None or column in each.columns:
            yield each.name
