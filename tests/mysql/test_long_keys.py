"""Keys of more than 3072 bytes: MariaDB cuts those of an index over one column, and hashes those of a unique one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.mysql.shop import verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project

MADE = """
migrations.CreateModel("Page", [
    ("id", models.AutoField(primary_key=True)),
    ("url", models.CharField(max_length=1024, db_index=True)),
    ("path", models.CharField(max_length=1024, unique=True)),
    ("name", models.CharField(max_length=800)),
    ("note", models.CharField(max_length=100)),
    ("text", models.TextField()),
], options={"unique_together": {("name", "note")}}),
"""
LATER = """
migrations.AddField("page", "more", models.CharField(max_length=1024, db_index=True, null=True)),
migrations.AddField("page", "sole", models.CharField(max_length=1024, unique=True, null=True)),
migrations.AddConstraint("page", models.UniqueConstraint(fields=["sole", "note"], name="sole_note")),
migrations.AlterField("page", "text", models.TextField(db_index=True)),
"""
TWO = 'migrations.AddIndex("page", models.Index(fields=["name", "note"], name="both")),'
pytestmark = pytest.mark.usefixtures("mariadb")


def make(path: Path, database: Database, later: str) -> Project:
    history = {"0001_made": migration(MADE), "0002_later": migration(later, after=[("shop", "0001_made")])}
    project = make_project(path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    return project


def named(database: Database, column: str) -> str:
    """The name of the index over that column alone."""
    ((name,),) = database.execute(
        "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        f" AND table_name = 'shop_page' AND column_name = '{column}'"
    )
    return str(name)


def keys(database: Database) -> list[str]:
    """The lines of the table. A unique key of CREATE TABLE has a name of the server's, a later one Django's."""
    lines = database.execute("SHOW CREATE TABLE shop_page")[0][1].splitlines()
    return sorted(re.sub(r"UNIQUE KEY `\w+`", "UNIQUE KEY", line).strip(" ,") for line in lines)


def test_a_clean_database_is_silent(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = make(tmp_path, database, LATER)
        assert verdict(project) == ("pending", [])
        project.manage("migrate").expect(0)
        assert verdict(project) == ("in_sync", [])


@pytest.mark.parametrize("name", ["url", "path", "text"])
def test_what_somebody_dropped_is_made_again(tmp_path: Path, mysql: Any, name: str) -> None:
    with mysql.fresh() as database:
        project = make(tmp_path, database, LATER)
        project.manage("migrate").expect(0)
        before = keys(database)
        database.execute(f"DROP INDEX {named(database, name)} ON shop_page")
        assert verdict(project)[0] == "reconcilable"
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert keys(database) == before


def test_an_index_that_somebody_made_shorter_is_found(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = make(tmp_path, database, LATER)
        project.manage("migrate").expect(0)
        key = named(database, "url")
        database.execute(f"ALTER TABLE shop_page DROP INDEX {key}, ADD INDEX {key} (url(100))")
        (message,) = verdict(project)[1]
        assert message == f"index {key} on shop_page is INDEX (url (100)); shop.0001_made makes it INDEX (url)"


def test_two_columns_are_too_long_still(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = make(tmp_path, database, TWO)
        (message,) = verdict(project)[1]
        assert "its keys have up to 3600 bytes, and 3072 is the most" in message
        project.manage("migrate").expect(1)
