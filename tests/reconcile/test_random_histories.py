"""For any history, left anywhere, with any records: reconcile and migrate end where a clean migrate does."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Server, catalog_dump
from tests.harness.forkserver import AVAILABLE
from tests.left_databases import comes_home, leave, lose_records, tried
from tests.random_histories import Left, places

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = re.compile(r"\b(?:shop_\w+?|id)_[0-9a-f]{8}(?:_\w+)?|\bshop_\w+_(?:key|pkey|check)\b")
"""Names that Django or the server gave, by the table's name of the moment: a run in two parts may give another."""
INDEXES: dict[str, str] = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name LIKE 'shop_%'",
    "postgresql": """
        SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relname LIKE 'shop_%' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    """,
}
JOURNAL = {"schemaguard_journal", "sqlite_sequence"}


def nameless(database: Database) -> list[str]:
    return sorted(GIVEN.sub("…", line) for line in catalog_dump(database, without=JOURNAL).splitlines())


@pytest.mark.long
@pytest.mark.skipif(not AVAILABLE, reason="needs fork")
@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"], indirect=True)
def test_every_way_leads_home(server: Server, tmp_path: Path) -> None:
    number = count()

    @tried(12, places())
    def way(left: Left) -> None:
        with server.fresh() as clean, server.fresh() as database:
            project = leave(tmp_path / f"p{next(number)}", left, clean, database)
            lose_records(left, database)
            if left.bare:
                for (name,) in database.execute(INDEXES[database.vendor]):
                    database.execute(f'DROP INDEX "{name}"')
            comes_home(project, f"{left}\n{project.manage('schemaguard', 'check')}", nameless, clean)

    way()
