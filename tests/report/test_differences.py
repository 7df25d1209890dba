"""Two sides in parts: all of the text, and marked what differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemaguard.report.differences import Part, differences


def marked(parts: list[Part]) -> str:
    return "".join(f"[{each.text}]" if each.differs else each.text for each in parts)


@pytest.mark.parametrize(
    ("expected", "actual", "one", "other"),
    [
        ("varchar(254) NOT NULL", "varchar(75) NULL", "varchar([254]) [NOT] NULL", "varchar([75]) NULL"),
        ("INDEX (a, b)", "INDEX (b, a)", "INDEX ([a], [b])", "INDEX ([b], [a])"),
        ("same", "same", "same", "same"),
        ("created_at", "renamed to made", "[created_at]", "[renamed to made]"),
        ("", "x", "", "[x]"),
    ],
)
def test_what_differs_is_marked(expected: str, actual: str, one: str, other: str) -> None:
    first, second = differences(expected, actual)
    assert (marked(first), marked(second)) == (one, other)


@given(st.text("ab (),1", max_size=30), st.text("ab (),1", max_size=30))
def test_nothing_is_lost_and_what_is_not_marked_is_the_same(expected: str, actual: str) -> None:
    first, second = differences(expected, actual)
    assert ("".join(each.text for each in first), "".join(each.text for each in second)) == (expected, actual)
    rests = ["".join(part.text for part in side if not part.differs and part.text.strip()) for side in (first, second)]
    assert rests[0].replace(" ", "") == rests[1].replace(" ", "")
