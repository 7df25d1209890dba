"""A pending migration gives a column another type, and something reads it that PostgreSQL does not let go of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.reconcile.plan.test_made_beforehand import INITIAL, MODELS, told

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
WIDER = 'migrations.AlterField("item", "name", models.CharField(max_length=20)),'
STAMP = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'"


def shop(tmp_path: Path, database: Database, *operations: str) -> Project:
    history = {
        "0001_initial": INITIAL,
        "0002_wider": migration("\n".join(operations), after=[("shop", "0001_initial")]),
    }
    app = {"models": MODELS.replace("max_length=9", "max_length=20"), "migrations": history}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    return project


@pytest.mark.parametrize(
    ("reader", "what", "drop"),
    [
        ("CREATE VIEW report AS SELECT name FROM shop_item", "view report", "DROP VIEW report"),
        (
            "CREATE POLICY own ON shop_item USING (name <> 'z')", "policy own on table shop_item",
            "DROP POLICY own ON shop_item",
        ),
        (
            f"{STAMP}; CREATE TRIGGER t BEFORE UPDATE OF name ON shop_item FOR EACH ROW EXECUTE FUNCTION stamp()",
            "trigger t on table shop_item", "DROP TRIGGER t ON shop_item",
        ),
    ],
)  # fmt: skip
def test_it_is_named_before_migrate_meets_it(
    tmp_path: Path, database: Database, reader: str, what: str, drop: str
) -> None:
    project = shop(tmp_path, database, WIDER)
    assert told(project) == ("pending", [])
    database.script(reader)

    message = f"shop.0002_wider gives shop_item.name another type, which cannot be while {what} reads it"
    assert told(project) == (
        "conflict",
        [(message, f"drop {what}, to be made again afterwards; then manage.py migrate")],
    )
    assert message in project.manage("migrate").expect(1).err
    database.script(drop)
    project.manage("migrate").expect(0)
    assert told(project)[0] == "in_sync"


def test_one_that_sql_of_the_migration_drops_before_is_in_nobodys_way(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, 'migrations.RunSQL("DROP VIEW IF EXISTS report"),', WIDER)
    database.script("CREATE VIEW report AS SELECT name FROM shop_item")

    assert told(project) == ("pending", [])
    project.manage("migrate").expect(0)
