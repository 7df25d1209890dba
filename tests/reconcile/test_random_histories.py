"""For any history, left anywhere, with any records: reconcile and migrate end where a clean migrate does.

SCHEMAGUARD_HISTORIES is how many are told on each database (12), SCHEMAGUARD_SEED where they begin (0).
"""

from __future__ import annotations

import os
import re
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.harness import Database, Server, catalog_dump, make_project
from tests.harness.forkserver import AVAILABLE
from tests.random_histories import HALF, Left, places

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = int(os.environ.get("SCHEMAGUARD_HISTORIES", "12"))
SEED = int(os.environ.get("SCHEMAGUARD_SEED", "0"))
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

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(places())
    def way(left: Left) -> None:
        with server.fresh() as clean, server.fresh() as database:
            project = make_project(
                tmp_path / f"p{next(number)}", apps={"shop": {"migrations": left.files}}, database=database
            )
            project.write("half.py", HALF)
            names = sorted(left.files)
            off = {"SCHEMAGUARD_OFF": "1"}
            project.on(clean).manage("migrate", env=off).expect(0)
            project.manage("migrate", "shop", names[left.whole - 1] if left.whole else "zero", env=off).expect(0)
            if left.half:
                project.manage("shell", "-c", f"import half; half.leave({left.whole}, {left.half})").expect(0)
            for lost in left.lost:
                database.execute(f"DELETE FROM django_migrations WHERE name = '{names[lost]}'")
            if left.bare:
                for (name,) in database.execute(INDEXES[database.vendor]):
                    database.execute(f'DROP INDEX "{name}"')

            told = f"{left}\n{project.manage('schemaguard', 'check')}"
            for command in (("schemaguard", "reconcile", "--noinput"), ("migrate",)):
                result = project.manage(*command)
                assert result.code == 0, f"{result}\n{told}"
            assert nameless(database) == nameless(clean), told
            verdict = project.manage("schemaguard", "check", "--format", "json").json["verdict"]
            assert verdict == "in_sync", f"{verdict}\n{told}"

    way()
