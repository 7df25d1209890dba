"""What becomes of a check, or of another condition, when a field under it is altered."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from django.db.migrations import AlterField

from schemaguard.history import changes as ch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.migrations.migration import Migration

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.shapes.shape import Shapes
    from schemaguard.history.timelines import Timelines


def is_kept(change: Change, after: Shapes, timelines: Timelines, migrations: Sequence[Migration]) -> bool:
    """Whether a field's check is one of the table, and stays where a MODIFY of the whole column loses it (MariaDB).

    CreateModel and AddField write it into the column, AlterField adds it to the table, and a new name leaves it where
    it is. `after`: the tables of the model after the operation whose change that is, which still has the check.
    """
    if not isinstance(change, ch.DropConstraint) or change.key[0] != "check":
        return False
    if not any(shape.name == change.table and change.key in shape.constraints for shape in after.values()):
        return False
    timeline, made = timelines.standing(change.table, change.key), None
    for before, step in pairwise(timeline.steps) if timeline is not None else ():
        made = step.op if before.shape is None else made
    return made is not None and isinstance(migrations[made[0]].operations[made[1]], AlterField)


def is_of_another_field(change: Change) -> bool:
    """Whether an AddField seems to alter a constraint of Meta, whose field has given its name to the new one.

    RenameField leaves the old name in the constraint of the state. In the database nobody touches it.
    """
    return isinstance(change, ch.AlterConstraint) and change.new_key[0] == "name"


def loosen_conditions(timelines: Timelines, changes: Iterable[Change], op: Op) -> None:
    """A constraint or index of Meta stays as it was made when a field of it gets another type.

    A model would write its values otherwise from then on. Example: a date in the condition of a field with a time.
    """
    for change in changes:
        if isinstance(change, ch.AlterConstraint) and change.new_key[0] == "name":
            timeline = timelines.standing(change.table, change.new_key)
            if timeline is not None:
                timeline.maybe_noop_ops |= {op}
