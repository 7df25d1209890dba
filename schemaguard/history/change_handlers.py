"""Which part of the timelines a change is carried out by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.history import changes as ch

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.timelines import Timelines


def carry_out(timelines: Timelines, change: ch.Change, op: Op) -> None:
    """Nothing for what nobody understands."""
    match change:
        case ch.CreateTable():
            timelines.create_table(change, op)
        case ch.LeaveTable():
            timelines.leave_table(change, op)
        case ch.DropTable():
            timelines.drop_table(change, op)
        case ch.RenameTable():
            timelines.rename_table(change, op)
        case ch.CommentTable():
            timelines.comment_table(change, op)
        case ch.AlterTable():
            timelines.alter_table(change, op)
        case ch.AddColumn():
            timelines.add_column(change, op)
        case ch.DropColumn():
            timelines.drop_column(change, op)
        case ch.AlterColumn():
            timelines.alter_column(change, op)
        case ch.AddConstraint():
            timelines.add_constraint(change, op)
        case ch.DropConstraint():
            timelines.drop_constraint(change, op)
        case ch.AlterConstraint():
            timelines.alter_constraint(change, op)
        case ch.CreateOther():
            timelines.create_other(change, op)
        case ch.DropOther():
            timelines.drop_other(change, op)
        case ch.Opaque():
            return
        case _:
            assert_never(change)
