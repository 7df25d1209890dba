"""The database is read while the migrations are imported, and neither may spoil the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

THING = migration('migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),')
ASKS = """
from django.db import Error, connection

try:
    with connection.cursor() as cursor:
        cursor.execute("{sql}")
except Error:
    pass
"""


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT no_such_column"])
def test_a_migration_that_asks_the_database_when_it_is_imported(tmp_path: Path, database: Database, sql: str) -> None:
    history = {"0001_thing": ASKS.format(sql=sql) + THING}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)

    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


def test_a_migration_that_fails_when_it_is_imported(tmp_path: Path, database: Database) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_thing": THING}}}, database=database)
    project.manage("migrate").expect(0)
    (tmp_path / "shop" / "migrations" / "0002_odd.py").write_text("import no_such_module\n", encoding="utf-8")

    found = project.manage("schemaguard", "check").expect(2)

    assert "no_such_module" in found.err
    assert len(found.err.splitlines()) == 1


def test_a_migration_whose_import_raises_an_error_of_the_database(tmp_path: Path, database: Database) -> None:
    history = {"0001_thing": THING}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    odd = 'from django.db import connection\n\nconnection.cursor().execute("SELECT no_such_column")\n'
    (tmp_path / "shop" / "migrations" / "0002_odd.py").write_text(odd, encoding="utf-8")

    found = project.manage("schemaguard", "check").expect(2)

    assert "no_such_column" in found.err
    assert len(found.err.splitlines()) == 1
