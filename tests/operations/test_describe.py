"""What is said of each task."""

from __future__ import annotations

from typing import get_args

import pytest

from schemaguard.history.object_timeline import (
    ColumnTimeline,
    ConstraintTimeline,
    OtherTimeline,
    TableShape,
    TableTimeline,
)
from schemaguard.operations import tasks as t
from schemaguard.operations.describe import describe
from schemaguard.operations.subjects import flat, table_of, timeline_of
from schemaguard.operations.tasks import Task
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Index, IndexPart, Table

TABLE = TableTimeline()
COLUMN = ColumnTimeline(table=TABLE)
LINE = ConstraintTimeline(table=TABLE, key=("name", "i"))
VIEW = OtherTimeline(kind=Kind.VIEW, name="v")
A, B = Column(name="a", type="integer"), Column(name="a", type="bigint", nullable=True)
NAMED = Index(name="i", parts=(IndexPart(column="a"),))
UNNAMED = Index(name=None, parts=(IndexPart(column="a"),), unique=True)
ADD = t.MakeColumn(COLUMN, "shop", A)

SAID: list[tuple[Task, str, str | None]] = [
    (t.MakeTable(TABLE, "shop"), "make table shop", "shop"),
    (t.RenameTable(TABLE, "old", "shop"), "rename table old to shop", "shop"),
    (t.MoveTable(TABLE, 'far"."shop', "public", "shop"), 'move table far"."shop to schema public', "shop"),
    (t.DropTable(TABLE, "shop"), "drop table shop", "shop"),
    (t.SetComment(TABLE, "shop", "x"), "set the comment of shop", "shop"),
    (t.AlterTable(TABLE, "shop", TableShape("shop"), TableShape("shop")), "alter table shop", "shop"),
    (t.RebuildTable(TABLE, Table(name="shop", columns={}), (ADD,)), "add column shop.a (making shop anew)", "shop"),
    (ADD, "add column shop.a", "shop"),
    (t.ReplaceColumn(COLUMN, "shop", B, A), "drop column shop.a and make it anew as bigint", "shop"),
    (t.AlterColumn(COLUMN, "shop", B, A), "alter column shop.a (nullable, type)", "shop"),
    (t.UnmakeColumn(COLUMN, "shop", B, A), "take column shop.a off, to make it anew", "shop"),
    (t.RenameColumn(COLUMN, "shop", "b", "a"), "rename column shop.b to a", "shop"),
    (t.DropColumn(COLUMN, "shop", "a"), "drop column shop.a", "shop"),
    (t.MakeConstraint(LINE, "shop", UNNAMED), "make unique over a on shop", "shop"),
    (t.DropConstraint(LINE, "shop", NAMED), "drop index i on shop", "shop"),
    (t.ValidateConstraint(LINE, "shop", NAMED), "make index i on shop visible", "shop"),
    (t.RenameConstraint(LINE, "shop", NAMED, "j"), "rename index i on shop to j", "shop"),
    (t.PromoteIndex(LINE, "shop", "i", "u"), "make unique u on shop of the index i", "shop"),
    (t.RenameSequence("old_seq", "new_seq"), "rename sequence old_seq to new_seq", None),
    (t.SetSequence("seq", "shop", "id"), "set sequence seq after shop.id", "shop"),
    (t.NumberColumn("shop", "id", None), "number shop.id again", "shop"),
    (t.RunOperation((3, 1)), "run operation 1", None),
    (t.CreateExtension((3, 1)), "create the extension of operation 1", None),
    (t.RunSql((3, 1)), "run the SQL of operation 1", None),
    (t.MakeOther(VIEW, None, ()), "make view v", None),
]


def test_every_kind_of_task_is_here() -> None:
    assert {type(task) for task, _, _ in SAID} == set(get_args(Task))


@pytest.mark.parametrize(("task", "text", "table"), SAID, ids=[text for _, text, _ in SAID])
def test_what_is_said(task: Task, text: str, table: str | None) -> None:
    assert describe(task) == text
    assert table_of(task) == table
    assert timeline_of(task) is getattr(task, "timeline", None)


def test_the_parts_of_a_rebuild_are_tasks() -> None:
    rebuild = t.RebuildTable(TABLE, Table(name="shop", columns={}), (ADD,))
    assert list(flat([rebuild, t.DropTable(TABLE, "old")])) == [ADD, t.DropTable(TABLE, "old")]
