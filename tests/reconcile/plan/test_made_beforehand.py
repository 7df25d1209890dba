"""Views, functions and rules that an unrecorded migration makes by a plain CREATE, and of which some are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models


class Item(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=9)
"""
INITIAL = migration(
    'migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True, serialize=False)), '
    '("name", models.CharField(max_length=9))]),'
)
VIEW = "CREATE VIEW shop_names AS SELECT id, name FROM shop_item"
OTHER_VIEW = "CREATE VIEW shop_names AS SELECT id FROM shop_item"
FUNCTION = "CREATE FUNCTION shop_add(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'"
OTHER_FUNCTION = "CREATE FUNCTION shop_add(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 2'"
OVERLOAD = "CREATE FUNCTION shop_add(a text) RETURNS text LANGUAGE sql AS 'SELECT a'"
RULE = "CREATE RULE shop_keep AS ON DELETE TO shop_item DO INSTEAD NOTHING"
INDEX = "CREATE INDEX shop_by_name ON shop_item (name)"


def shop(tmp_path: Path, database: Database, *sql: str, at: str = "0001") -> Project:
    made = migration(f"migrations.RunSQL({'; '.join(sql)!r}),", after=[("shop", "0001_initial")])
    app = {"models": MODELS, "migrations": {"0001_initial": INITIAL, "0002_sql": made}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate", "shop", at).expect(0)
    return project


def told(project: Project) -> tuple[str, list[tuple[str, str]]]:
    document = project.manage("schemaguard", "check", "--format", "json").json
    return document["verdict"], [(each["message"], each["hint"]) for each in document["findings"]]


POSTGRESQL = [
    ((FUNCTION, VIEW), FUNCTION, "function shop_add is there; view shop_names is missing"),
    ((FUNCTION, VIEW), VIEW, "view shop_names is there; function shop_add is missing"),
    ((FUNCTION, INDEX), FUNCTION, "function shop_add is there; index shop_by_name on shop_item is missing"),
    ((RULE, FUNCTION), RULE, "rule shop_keep is there; function shop_add is missing"),
]
SQLITE = [((VIEW, INDEX), VIEW, "view shop_names is there; index shop_by_name on shop_item is missing")]


@pytest.mark.parametrize(
    ("vendor", "sql", "there", "what"),
    [*(("postgresql", *case) for case in POSTGRESQL), *(("sqlite", *case) for case in SQLITE)],
    indirect=["vendor"],
)
def test_what_is_absent_is_made_alone(
    tmp_path: Path, database: Database, sql: tuple[str, ...], there: str, what: str
) -> None:
    project = shop(tmp_path, database, *sql)
    database.script(there)

    assert told(project) == ("reconcilable", [(
        f"shop.0002_sql is in the database in part, and not recorded, so that migrate would fail: {what}",
        "manage.py schemaguard reconcile",
    )])  # fmt: skip
    assert "shop.0002_sql is in the database in part" in project.manage("migrate").expect(1).err
    reconcile(project)
    assert told(project) == ("in_sync", [])
    project.manage("migrate").expect(0)


def test_all_that_is_there_as_the_migration_makes_it_is_recorded(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, VIEW, at="0002")
    clean = catalog_dump(database)
    database.execute("DELETE FROM django_migrations WHERE name = '0002_sql'")

    assert told(project)[0] == "reconcilable"
    reconcile(project)
    assert told(project) == ("in_sync", [])
    assert catalog_dump(database, without=["schemaguard_journal"]) == clean


@pytest.mark.parametrize(
    ("vendor", "sql", "there", "drop", "what"),
    [
        ("postgresql", VIEW, OTHER_VIEW, "DROP VIEW shop_names", "view shop_names"),
        ("sqlite", VIEW, OTHER_VIEW, "DROP VIEW shop_names", "view shop_names"),
        ("postgresql", FUNCTION, OTHER_FUNCTION, "DROP FUNCTION shop_add", "function shop_add"),
    ],
    indirect=["vendor"],
)
def test_another_one_is_in_the_way_until_it_is_dropped(
    tmp_path: Path, database: Database, sql: str, there: str, drop: str, what: str
) -> None:
    project = shop(tmp_path, database, sql)
    database.script(there)

    message = f"shop.0002_sql makes {what}, which is there already and is another one"
    assert told(project) == ("conflict", [(message, f"drop or rename the {what}; then manage.py migrate")])
    assert message in project.manage("migrate").expect(1).err
    database.script(drop)
    project.manage("migrate").expect(0)
    assert told(project) == ("in_sync", [])


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_function_of_other_arguments_is_in_nobodys_way(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, FUNCTION)
    database.script(OVERLOAD)

    assert told(project) == ("pending", [])
    project.manage("migrate").expect(0)
    assert told(project) == ("in_sync", [])
