"""Shapes in words, as the findings tell them."""

from __future__ import annotations

import pytest

from schemaguard.diagnosis import wording
from schemaguard.schema.compare import Difference, Match
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
)

A, B = IndexPart(column="a"), IndexPart(column="b")
POSITIVE = Expression("a > 0")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Column(name="a", type="text"), "text NOT NULL"),
        (Column(name="a", type="text", nullable=True, collation="C"), 'text COLLATE "C" NULL'),
        (Column(name="a", type="integer", auto=True), "integer NOT NULL AUTO"),
        (Column(name="a", type="text", default=Expression("'x'")), "text NOT NULL DEFAULT 'x'"),
        (
            Column(name="a", type="text", nullable=True, generated=POSITIVE),
            "text NULL GENERATED ALWAYS AS (a > 0) STORED",
        ),
        (
            Column(name="a", type="text", nullable=True, generated=POSITIVE, stored=False),
            "text NULL GENERATED ALWAYS AS (a > 0) VIRTUAL",
        ),
        (Column(name="a", type="text", default=Expression(None)), "text NOT NULL DEFAULT …"),
        (Column(name="a", type="text", default=Expression("x" * 161)), f"text NOT NULL DEFAULT {'x' * 159}…"),
    ],
)
def test_a_column(shape: Column, words: str) -> None:
    assert wording.column(shape) == words


def foreign_key(*target_columns: str, **attributes: object) -> ForeignKey:
    given: dict = {"deferrable": False, "deferred": False, **attributes}
    return ForeignKey(name=None, columns=("a",), target="t", target_columns=target_columns, **given)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (PrimaryKey(columns=("a", "b")), "PRIMARY KEY (a, b)"),
        (foreign_key(), "FOREIGN KEY (a) REFERENCES t"),
        (foreign_key("id"), "FOREIGN KEY (a) REFERENCES t (id)"),
        (
            foreign_key("id", on_delete="CASCADE", deferrable=True, deferred=True, validated=False),
            "FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID",
        ),
        (foreign_key("id", deferrable=True), "FOREIGN KEY (a) REFERENCES t (id) DEFERRABLE"),
        (Check(name=None, expression=POSITIVE, columns=("a",)), "CHECK (a > 0)"),
        (Check(name=None, expression=POSITIVE, columns=("a",), validated=False), "CHECK (a > 0) NOT VALID"),
        (
            Exclusion(name="x", parts=(A, B), operators=("=", "&&"), method="gist", condition=POSITIVE),
            "EXCLUDE USING gist (a WITH =, b WITH &&) WHERE a > 0",
        ),
        (Index(name=None, parts=(A, B)), "INDEX (a, b)"),
        (
            Index(name=None, parts=(A,), unique=True, nulls_distinct=False, include=("b",), deferrable=True),
            "UNIQUE (a) NULLS NOT DISTINCT INCLUDE (b) DEFERRABLE",
        ),
        (Index(name=None, parts=(A,), method="gin", valid=False), "INDEX USING gin (a) INVALID"),
        (
            Index(
                name=None,
                parts=(
                    IndexPart(expression=POSITIVE, descending=True, nulls_first=False),
                    IndexPart(column="a", collation="C", opclass="text_ops", nulls_first=True),
                ),
            ),
            'INDEX ((a > 0) DESC NULLS LAST, a COLLATE "C" text_ops NULLS FIRST)',
        ),
    ],
)
def test_a_constraint(shape: Constraint, words: str) -> None:
    assert wording.constraint(shape) == words


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ([], ""),
        (["type"], "type"),
        (["type", "nullable", "on_delete"], "type, nullability and on delete"),
        (["parts", "auto", "parts"], "columns and automatic numbering"),
    ],
)
def test_what_differs(attributes: list[str], words: str) -> None:
    told = [Difference(each, Match.DIFFERENT) for each in attributes]
    assert wording.differing([*told, Difference("default", Match.INCOMPARABLE)]) == words
