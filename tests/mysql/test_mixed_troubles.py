"""Two to four troubles at once, where nothing is rolled back: a history left anywhere, records lost, and a hand.

What is promised beside a true verdict: no row is lost, no statement fails half way, and what is mended is as a clean
migrate makes it.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from tests.hand_alterations import STRAY
from tests.left_databases import leave, tried
from tests.mysql.test_random_histories import definitions
from tests.random_histories import Left, places
from tests.reconcile.test_mixed_troubles import befall, number_of_rows, settle, tell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

NAMES = re.compile(r"(?<=UNIQUE KEY) `\S+`")
"""One that is made with its table is called by its column, and one that is made again as AlterField calls it."""


def standing(database: Database) -> dict[str, list[str]]:
    """The schema without what was added by hand, without the names of uniques, and the next number of rows."""
    found = {name: lines for name, lines in definitions(database).items() if STRAY not in name}
    return {
        name: [NAMES.sub("", line).replace("…DEFAULT", "DEFAULT") for line in lines if STRAY not in line]
        for name, lines in found.items()
    }


@pytest.mark.long
def test_whatever_happened_at_once(tmp_path: Path, mysql: Any) -> None:
    number = count()

    @tried(8, places(mysql=True), st.lists(st.integers(0, 999), min_size=1, max_size=3))
    def way(left: Left, choices: list[int]) -> None:
        with mysql.fresh() as clean, mysql.fresh() as database:
            project = leave(tmp_path / f"p{next(number)}", left, clean, database)
            told, extra = befall(project, left, database, choices)
            filled = number_of_rows(database)
            result = tell(project, "schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", before=told)
            told = f"{told}\n{result}"
            assert number_of_rows(database) >= filled, told
            assert "statements done" not in result.err, told
            if result.code:  # a person has to decide
                return
            told = settle(project, told)
            if not extra:
                assert standing(database) == standing(clean), told

    way()
