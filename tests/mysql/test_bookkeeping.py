"""The tables that `migrate` writes itself, after a restore that lost AUTO_INCREMENT: its record would fail (1364)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.mysql.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

MADE = migration('migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),')
MORE = migration(
    'migrations.CreateModel("Box", [("id", models.AutoField(primary_key=True))]),', after=[("shop", "0001_made")]
)
LOST = ("MODIFY id bigint NOT NULL", "MODIFY id bigint NOT NULL, DROP PRIMARY KEY")


@pytest.mark.parametrize("how", LOST, ids=["with the key", "without a key"])
def test_records_without_numbers(tmp_path: Path, mysql: Any, how: str) -> None:
    with mysql.fresh() as database:
        apps = {"shop": {"migrations": {"0001_made": MADE, "0002_more": MORE}}}
        project = make_project(tmp_path, apps=apps, database=database)
        project.manage("migrate", "shop", "0001").expect(0)
        shop = Shop(project, database)
        shop.sql(f"ALTER TABLE django_migrations {how}")
        (finding,) = shop.findings()
        assert finding["message"] == "django_migrations.id has lost its automatic numbering: the next INSERT fails"
        assert "gives no new number" in project.manage("migrate").expect(1).err
        assert database.execute("SHOW TABLES LIKE 'shop_box'") == []
        project.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)
        assert shop.findings() == []
        assert database.execute("SELECT name FROM django_migrations ORDER BY id") == [("0001_made",), ("0002_more",)]
