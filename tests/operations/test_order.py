"""The declared edges, and the order that comes of them."""

from __future__ import annotations

import pytest

from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, TableTimeline
from schemaguard.operations import tasks as t
from schemaguard.operations.order import (
    CHECKS_FIRST,
    CHECKS_LATER,
    DROPS_FIRST,
    DROPS_LAST,
    EDGES,
    Edges,
    Phase,
    ordered,
    ranks,
)
from schemaguard.schema.objects import Check, Column, Expression, ForeignKey, Index, IndexPart, PrimaryKey

TABLE = TableTimeline()
COLUMN = ColumnTimeline(table=TABLE)
CONSTRAINT = ConstraintTimeline(table=TABLE, key=("name", "x"))
KEY = PrimaryKey(columns=("id",), name="pk")
POINTER = ForeignKey(columns=("a",), target="b", target_columns=("id",), name="fk")
UNIQUE = Index(name="u", parts=(IndexPart(column="a"),), unique=True, constraint=True)
PLAIN = Index(name="i", parts=(IndexPart(column="a"),))
COMPUTED = Column(name="c", type="integer", generated=Expression("a * 2"))
A = Column(name="a", type="integer")
WIDER = Column(name="a", type="bigint")


@pytest.mark.parametrize("edges", [DROPS_FIRST, (*DROPS_LAST, *CHECKS_FIRST), (*DROPS_LAST, *CHECKS_LATER)])
def test_every_phase_has_its_place_and_every_edge_is_kept(edges: Edges) -> None:
    found = ranks(edges)
    assert sorted(found.values()) == list(range(len(Phase)))
    assert [(before, after) for before, after in (*EDGES, *edges) if found[before] >= found[after]] == []


def test_edges_in_a_circle_have_no_order() -> None:
    with pytest.raises(ValueError, match="circle"):
        ranks(((Phase.MADE_TABLES, Phase.SQL), (Phase.SQL, Phase.MADE_TABLES)))


def test_keys_come_before_what_points_at_them_and_go_after_it() -> None:
    made = [t.MakeConstraint(CONSTRAINT, "a", each) for each in (POINTER, PLAIN, UNIQUE, KEY)]
    assert [task.constraint for task in ordered(made) if isinstance(task, t.MakeConstraint)] == [
        KEY, UNIQUE, PLAIN, POINTER,
    ]  # fmt: skip
    dropped = [t.DropConstraint(CONSTRAINT, "a", each) for each in (KEY, UNIQUE, POINTER)]
    assert [task.actual for task in ordered(dropped) if isinstance(task, t.DropConstraint)] == [POINTER, UNIQUE, KEY]


def test_a_generated_column_comes_after_the_alteration_of_what_it_reads() -> None:
    computed, altered = t.MakeColumn(COLUMN, "a", COMPUTED), t.AlterColumn(COLUMN, "a", WIDER, A)
    assert ordered([computed, altered]) == [altered, computed]


def test_a_plan_drops_last_and_a_push_drops_first() -> None:
    drop, make = t.DropTable(TABLE, "old"), t.MakeTable(TABLE, "new")
    assert ordered([drop, make]) == [make, drop]
    assert ordered([make, drop], DROPS_FIRST) == [drop, make]


def test_what_is_said_twice_is_done_once() -> None:
    drop = t.DropTable(TABLE, "old")
    assert ordered([drop, t.DropTable(TABLE, "old")]) == [drop]


def test_a_check_goes_before_a_column_is_renamed_where_the_server_wants_that() -> None:
    check = Check(expression=Expression("a > 0"), columns=("a",), name="positive")
    rename, drop = t.RenameColumn(COLUMN, "a", "a", "b"), t.DropConstraint(CONSTRAINT, "a", check)
    assert ordered([rename, drop], CHECKS_FIRST) == [drop, rename]
    assert ordered([drop, rename], CHECKS_LATER) == [rename, drop]
