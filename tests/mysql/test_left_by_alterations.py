"""Indexes and checks that nobody asked for in so many words, and that a clean `migrate` leaves on MySQL and MariaDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.mysql.shop import verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project

MADE = """
migrations.CreateModel("Author", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Writer", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Book", [
    ("id", models.AutoField(primary_key=True)),
    ("author", models.ForeignKey("shop.Author", models.CASCADE)),
    ("number", models.IntegerField(db_index=True)),
]),
"""
NO_KEY = (
    'migrations.AlterField("book", "author", models.ForeignKey("shop.Author", models.CASCADE, db_constraint=False)),'
)
PLAIN = 'migrations.AlterField("book", "author", models.IntegerField(db_index=True, db_column="author_id")),'
BARE = 'migrations.AlterField("book", "author", models.IntegerField(db_column="author_id")),'
KEY = 'migrations.AlterField("book", "author", models.ForeignKey("shop.Author", models.CASCADE)),'
UNIQUE = 'migrations.AlterField("book", "author", models.OneToOneField("shop.Author", models.CASCADE)),'
NUMBERED = 'migrations.AlterField("book", "number", models.IntegerField()),'
ALTERED_TO_KEY = """
migrations.AlterField("book", "number", models.ForeignKey(
    "shop.Author", models.CASCADE, related_name="+", db_column="number")),
"""
HISTORIES = {
    "without its key": [NO_KEY],
    "a number": [PLAIN],
    "a number, and then no index": [PLAIN, BARE],
    "without its key, and with it again": [NO_KEY, KEY],
    "of a many-to-many table": [
        'migrations.AddField("book", "writers", models.ManyToManyField("shop.Writer")),',
        'migrations.AlterField("book", "writers", models.ManyToManyField("shop.Writer", db_constraint=False)),',
    ],
    "a check that comes late": [
        'migrations.AddField("book", "pages", models.IntegerField(default=1)),',
        'migrations.AlterField("book", "pages", models.PositiveIntegerField()),',
        'migrations.AlterField("book", "pages", models.PositiveIntegerField(null=True)),',
    ],
    "a check that goes": [
        'migrations.AddField("book", "pages", models.PositiveIntegerField(default=1)),',
        'migrations.AlterField("book", "pages", models.PositiveIntegerField(null=True)),',
        'migrations.AlterField("book", "pages", models.PositiveSmallIntegerField(null=True)),',
    ],
    "a check with its column": [
        'migrations.AddField("book", "pages", models.PositiveIntegerField(default=1)),',
        'migrations.RenameField("book", "pages", "leaves"),',
        'migrations.AlterField("book", "leaves", models.PositiveIntegerField(null=True)),',
        'migrations.AlterField("book", "leaves", models.IntegerField(null=True)),',
    ],
    "with another key": [NO_KEY.replace("shop.Author", "shop.Writer"), KEY.replace("shop.Author", "shop.Writer")],
    "without its key, and then unique": [NO_KEY, UNIQUE],
    "renamed": [NO_KEY, 'migrations.RenameField("book", "author", "writer"),'],
    "in one migration": [NO_KEY + KEY + PLAIN],
    "led by another": ['migrations.AlterUniqueTogether("book", {("author", "number")}),', NO_KEY],
    "indexed, and not, and a key": [NUMBERED, ALTERED_TO_KEY],
    "indexed, and unique, and a key": [NUMBERED.replace("()", "(unique=True)"), ALTERED_TO_KEY],
    "a number indexed by SQL": ['migrations.RunSQL("CREATE INDEX by_sql ON shop_book (number)"),', NUMBERED],
    "a number that is unique by another name": [
        'migrations.AddConstraint("book", models.UniqueConstraint(fields=["number"], name="lost")),',
        NUMBERED,
    ],
    "indexed beside what was left behind": [
        'migrations.AddField("book", "pages", models.IntegerField(null=True, db_index=True)),'
        'migrations.AlterField("book", "pages", models.IntegerField(null=True)),',
        'migrations.RenameField("book", "pages", "leaves"),',
        'migrations.AlterField("book", "leaves", models.IntegerField(null=True, db_index=True)),',
        'migrations.AlterField("book", "leaves", models.IntegerField(null=True)),',
    ],
    "its own after one that it shared, and its key twice anew": [
        'migrations.AddIndex("book", models.Index(fields=["author", "number"], name="shared")),',
        'migrations.RemoveIndex("book", "shared"),',
        KEY.replace("CASCADE)", "CASCADE, db_index=False, null=True)"),
        NO_KEY.replace("db_constraint", "null=True, db_constraint"),
        KEY,
    ],
    "renamed in between": [
        NO_KEY,
        'migrations.RenameField("book", "author", "writer"),',
        BARE.replace("author", "writer", 1),
    ],
}


def make(path: Path, database: Database, later: list[str]) -> Project:
    history = {"0001_made": migration(MADE)}
    for number, operations in enumerate(later, 2):
        history[f"000{number}_later"] = migration(operations, after=[("shop", [*history][-1])])
    return make_project(path, apps={"shop": {"migrations": history}}, database=database)


@pytest.mark.parametrize("name", HISTORIES)
def test_the_index_of_a_foreign_key_stays(tmp_path: Path, mysql: Any, name: str) -> None:
    """Clean at each place of the history, with its records and without."""
    with mysql.fresh() as database:
        project = make(tmp_path, database, HISTORIES[name])
        for number in range(1, len(HISTORIES[name]) + 2):
            project.manage("migrate", "shop", f"000{number}").expect(0)
            last = number > len(HISTORIES[name])
            assert verdict(project) == ("in_sync" if last else "pending", [])
        database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
        before = database.execute("SHOW CREATE TABLE shop_book")
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        project.manage("migrate").expect(0)  # a key that went and came again may be either
        assert database.execute("SHOW CREATE TABLE shop_book") == before
        assert verdict(project) == ("in_sync", [])


@pytest.mark.parametrize("name", ["without its key", "a number"])
def test_it_is_missed_where_somebody_dropped_it(tmp_path: Path, mysql: Any, name: str) -> None:
    with mysql.fresh() as database:
        project = make(tmp_path, database, HISTORIES[name])
        project.manage("migrate").expect(0)
        indexes = "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        ((index,),) = database.execute(f"{indexes} AND table_name = 'shop_book' AND column_name = 'author_id'")
        database.execute(f"DROP INDEX {index} ON shop_book")
        assert verdict(project) == (
            "reconcilable",
            [f"index {index} on shop_book is missing; shop.0002_later makes it"],
        )
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert verdict(project) == ("in_sync", [])
