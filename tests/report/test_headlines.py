"""The line above both sides says what these do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemaguard.report.headlines import headline
from tests.report.diagnoses import different_column

SIDES = "users.email is varchar(75) NULL; shop.0005_email makes it varchar(254) NOT NULL"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (" (another type and nullability)", "has another type and nullability"),
        ("", "is different"),
        (": long ones are refused", "is different: long ones are refused"),
        (" (another type): (Data too long), and more", "has another type: (Data too long), and more"),
    ],
)
def test_the_sides_are_not_said_twice(more: str, said: str) -> None:
    assert headline(replace(different_column(), message=SIDES + more)) == f"column email of users {said}"
