"""Sequences: what is not looked at is said."""

from __future__ import annotations

import pytest

from schemaguard.diagnosis.sequences import MOST, unasked
from schemaguard.schema.objects import Schema, Sequence


@pytest.mark.parametrize(
    ("number", "said"), [(0, ()), (MOST, ()), (MOST + 7, ("the sequences of 7 tables: one statement looks at 400",))]
)
def test_more_sequences_than_one_statement_looks_at(number, said):
    sequences = tuple(Sequence(name=f"s{n}", table=f"t{n}", column="id", last=1) for n in range(number))
    assert unasked(Schema(vendor="postgresql", sequences=sequences)) == said
