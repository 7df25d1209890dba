"""What makes two shapes of one thing different, attribute by attribute."""

from __future__ import annotations

from typing import Any

import pytest

from schemaguard.schema.compare import Answers, Comparer, Difference, Match
from schemaguard.schema.objects import (
    Check,
    Column,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Table,
)
from schemaguard.schema.questions import Question

TABLE = Table(
    name="thing",
    columns={
        **{name: Column(name=name, type="integer") for name in ("id", "size")},
        "word": Column(name="word", type="text", collation="C"),
    },
)


def index(*parts: IndexPart, **more: Any) -> Index:
    return Index(name="i", parts=parts, **more)


def exclusion(**more: Any) -> Exclusion:
    return Exclusion(name="e", parts=(IndexPart(column="id"),), operators=("=",), **more)


def key(*target_columns: str) -> ForeignKey:
    return ForeignKey(columns=("id",), target="other", target_columns=target_columns)


def on(**parts: Any) -> IndexPart:
    return IndexPart(column="id", **parts)


ID = IndexPart(column="id")
COMPARED = [
    (PrimaryKey(columns=("id",)), index(ID, unique=True), ["kind"]),
    (PrimaryKey(columns=("id",)), PrimaryKey(columns=("size",)), ["columns"]),
    (index(ID), index(ID, IndexPart(column="size")), ["columns"]),
    (index(ID), index(IndexPart(column="size")), ["columns"]),
    (index(ID), index(on(descending=True)), ["order"]),
    (index(ID, method="hash"), index(on(descending=True), method="hash"), []),
    (index(ID), index(on(opclass="varchar_pattern_ops")), ["opclass"]),
    (index(on(opclass="int4_ops")), index(on(default_opclass="int4_ops")), []),
    (index(on(collation="C")), index(ID), ["collation"]),
    (index(on(collation="NOCASE")), index(on(collation="nocase")), []),
    (index(on(collation="BINARY")), index(ID), []),
    (index(IndexPart(column="word", collation="C")), index(IndexPart(column="word")), []),  # the column's own
    (index(IndexPart(column="word", collation="C")), index(IndexPart(column="word", collation="POSIX")), ["collation"]),
    (index(ID), index(on(collation="POSIX")), ["collation"]),
    (index(IndexPart(column="word")), index(IndexPart(column="word", collation="default")), ["collation"]),
    (key("id"), key("size"), ["target_columns"]),
    (key(), key("size"), []),  # the key of the target, whatever it is called
    (exclusion(), exclusion(), []),
    (exclusion(), exclusion(method="spgist", deferrable=True), ["method", "deferrable"]),
]


@pytest.mark.parametrize(("expected", "actual", "attributes"), COMPARED)
def test_two_constraints(expected: Any, actual: Any, attributes: list[str]) -> None:
    differences = Comparer(TABLE, Answers()).compare(expected, actual)
    assert differences == tuple(Difference(each, Match.DIFFERENT) for each in attributes)


@pytest.mark.parametrize("orders", [True, False])
def test_a_server_that_forgets_the_order_of_a_key(orders: bool) -> None:
    """MariaDB before 10.8 reads DESC, and makes a key without it."""
    expected, actual = (Index(name="i", parts=(IndexPart(column="id", descending=each),)) for each in (True, False))
    assert bool(Comparer(TABLE, Answers(orders_keys=orders)).compare(expected, actual)) is orders


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("BINARY", None, True),
        (None, "default", True),
        ("NOCASE", "nocase", True),
        ("C", None, False),
        (None, "C", False),
    ],
)
def test_the_collation_that_a_column_has_anyway_may_be_said(
    expected: str | None, actual: str | None, same: bool
) -> None:
    one, other = (Column(name="word", type="text", collation=each) for each in (expected, actual))
    assert (Comparer(TABLE, Answers()).column(one, other) == ()) is same


def check(text: str | None, *columns: str) -> Check:
    return Check(name="c", expression=Expression(text, frozenset(columns)))


@pytest.mark.parametrize(
    ("expected", "actual", "match"),
    [
        (check("id > 0", "id"), check("(ID>0)", "id"), None),
        (check(None), check("id > 0", "id"), Match.INCOMPARABLE),
        (check("id > 0", "id"), check(None), Match.INCOMPARABLE),
        (check("gone > 0", "gone"), check("id > 0", "id"), Match.DIFFERENT),
        (check("id > 0", "id"), check("0 < id", "id"), Match.INCOMPARABLE),
    ],
)
def test_two_expressions_of_which_the_server_has_not_been_asked(
    expected: Check, actual: Check, match: Match | None
) -> None:
    differences = Comparer(TABLE, Answers()).compare(expected, actual)
    assert differences == (() if match is None else (Difference("expression", match),))


@pytest.mark.parametrize(
    ("answer", "differences"),
    [
        (True, ()),
        (False, (Difference("type", Match.DIFFERENT),)),
        (None, (Difference("type", Match.INCOMPARABLE),)),
    ],
)
def test_two_spellings_of_a_type_are_what_the_server_says(
    answer: bool | None, differences: tuple[Difference, ...]
) -> None:
    question = Question("type", "thing", "geometry(POINT,4326)", "geometry(Point,4326)")
    expected, actual = Column(name="at", type=question.expected), Column(name="at", type=question.actual)
    assert Comparer(TABLE, Answers({question: answer})).column(expected, actual) == differences


@pytest.mark.parametrize(
    ("expected", "actual", "match", "asked"),
    [
        ("character varying(80)", "character varying(250)", Match.DIFFERENT, 0),
        ("varchar(80)", "varchar(250)", Match.DIFFERENT, 0),
        ("varchar(80)", "varchar(080)", Match.INCOMPARABLE, 1),
        ("varchar(80)", "char(80)", Match.INCOMPARABLE, 1),
        ("varchar(80)", "char(32)", Match.INCOMPARABLE, 1),
        ("character varying(80)", "text", Match.INCOMPARABLE, 1),
        ("numeric(10,2)", "numeric(12,2)", Match.INCOMPARABLE, 1),
    ],
)
def test_no_server_is_asked_about_two_lengths(expected: str, actual: str, match: Match, asked: int) -> None:
    answers = Answers()
    one, other = Column(name="at", type=expected), Column(name="at", type=actual)
    assert Comparer(TABLE, answers).column(one, other) == (Difference("type", match),)
    assert len(answers.open) == asked


def test_a_predicate_where_the_catalog_shows_none_cannot_be_judged() -> None:
    expected, actual = index(ID, condition=Expression("size > 0", frozenset({"size"}))), index(ID)
    blind = Comparer(TABLE, Answers(sees_expressions=False)).compare(expected, actual)
    assert blind == (Difference("condition", Match.INCOMPARABLE),)
    assert Comparer(TABLE, Answers()).compare(expected, actual) == (Difference("condition", Match.DIFFERENT),)
