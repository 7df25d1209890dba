"""For any history, left anywhere, with any records: reconcile and migrate end where a clean migrate does."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.left_databases import comes_home, leave, lose_records, tried
from tests.random_histories import Left, places

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = re.compile(r"\b(?:shop_\w+?|\w+_id|id|one|two|three)_[0-9a-f]{8}(?:_\w+)?|AUTO_INCREMENT=\d+ ")
"""Names that Django gave, by the table's name of the moment; and what rows leave behind, of which there are none."""
TABLES = """
    SELECT table_name, table_type FROM information_schema.tables
    WHERE table_schema = database() AND table_name LIKE 'shop\\_%'
"""


def definitions(database: Any) -> dict[str, list[str]]:
    """Of each table and view, what it is made of, in no order."""
    found = {}
    for name, kind in database.execute(TABLES):
        what = "VIEW" if kind == "VIEW" else "TABLE"
        text = database.execute(f"SHOW CREATE {what} `{name}`")[0][1].replace(str(database.name), "")
        found[name] = sorted(GIVEN.sub("…", line.strip(" ,")) for line in text.split("\n"))
    return found


@pytest.mark.long
def test_every_way_leads_home(tmp_path: Path, mysql: Any) -> None:
    number = count()

    @tried(8, places(mysql=True))
    def way(left: Left) -> None:
        with mysql.fresh() as clean, mysql.fresh() as database:
            project = leave(tmp_path / f"p{next(number)}", left, clean, database)
            lose_records(left, database)
            comes_home(project, f"{left}\n{project.manage('schemaguard', 'check')}", definitions, clean)

    way()
