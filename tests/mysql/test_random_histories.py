"""For any history, left anywhere, with any records: reconcile and migrate end where a clean migrate does.

SCHEMAGUARD_HISTORIES is how many are told (8), SCHEMAGUARD_SEED where they begin (0).
"""

from __future__ import annotations

import os
import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.harness import make_project
from tests.random_histories import HALF, Left, places

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.environ.get("SCHEMAGUARD_TEST_MYSQL_URL"), reason="no MySQL server was named")

EXAMPLES = int(os.environ.get("SCHEMAGUARD_HISTORIES", "8"))
SEED = int(os.environ.get("SCHEMAGUARD_SEED", "0"))
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

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(places(mysql=True))
    def way(left: Left) -> None:
        with mysql.fresh() as clean, mysql.fresh() as database:
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

            told = f"{left}\n{project.manage('schemaguard', 'check')}"
            for command in (("schemaguard", "reconcile", "--noinput"), ("migrate",)):
                result = project.manage(*command)
                assert result.code == 0, f"{result}\n{told}"
            assert definitions(database) == definitions(clean), told
            verdict = project.manage("schemaguard", "check", "--format", "json").json["verdict"]
            assert verdict == "in_sync", f"{verdict}\n{told}"

    way()
