"""A migration that stopped before one of its statements, on MySQL and MariaDB: `partial`, and completed from there.

The end is compared with what a clean migrate leaves, names and all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

STOPPED = """
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

WRITES = ("CREATE", "ALTER", "DROP", "RENAME", "UPDATE")


class Stop(BaseException):
    pass


class Command(BaseCommand):
    help = "runs a migration as migrate does, and ends before that statement (from 0), as a crash would"

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("statement", type=int)

    def handle(self, name, statement, **options):
        seen = []

        def watch(execute, sql, *rest):
            if sql.split(None, 1)[0].upper() in WRITES:
                if len(seen) == statement:
                    raise Stop
                seen.append(sql)
            return execute(sql, *rest)

        executor = MigrationExecutor(connection)
        migration = executor.loader.graph.nodes["shop", name]
        state = executor._create_project_state(with_applied_migrations=True)
        try:
            with connection.execute_wrapper(watch), connection.schema_editor() as editor:
                migration.apply(state, editor)
        except Stop:
            pass
        self.stdout.write(str(len(seen)))
"""
INITIAL = """
migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Book", [
    ("id", models.AutoField(primary_key=True)),
    ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
    ("other", models.ForeignKey("shop.Shelf", models.CASCADE, null=True, related_name="+")),
    ("only", models.OneToOneField("shop.Shelf", models.CASCADE, null=True, related_name="+")),
    ("code", models.CharField(max_length=9, null=True, db_comment="on the back")),
    ("pages", models.PositiveIntegerField(null=True, unique=True)),
    ("tags", models.ManyToManyField("shop.Tag")),
]),
"""
BESIDE = 'migrations.CreateModel("Ware", [("id", models.AutoField(primary_key=True))]),'
UNIQUE = 'models.OneToOneField("shop.Shelf", models.CASCADE, null=True, related_name="+")'
BARE = 'models.ForeignKey("shop.Shelf", models.CASCADE, null=True, db_index=False, related_name="+")'
INDEXED = "models.CharField(max_length=9, null=True, db_index=True)"
LONGER = 'models.CharField(max_length=9, default="?", db_comment="on the back")'
CALLED_LABEL = 'models.CharField(max_length=9, default="?", db_column="label", db_comment="on the back")'
MADE_AND_RENAMED = """
migrations.CreateModel("Crate", [
    ("id", models.AutoField(primary_key=True)),
    ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
    ("tags", models.ManyToManyField("shop.Tag")),
]),
migrations.AlterModelTable("crate", "tomes"),
"""
ADDED_AND_RENAMED = """
migrations.AddField("book", "last", models.ForeignKey("shop.Shelf", models.CASCADE, null=True, related_name="+")),
migrations.RenameField("book", "last", "place"),
migrations.AlterField("book", "place", models.ForeignKey("shop.Shelf", models.CASCADE, related_name="+")),
"""
CHANGES = {
    "another type for a key": 'migrations.AlterField("shelf", "id", models.BigAutoField(primary_key=True)),',
    "a key without numbers": 'migrations.AlterField("shelf", "id", models.IntegerField(primary_key=True)),',
    "a one to one that becomes a number": 'migrations.AlterField("book", "only", models.BigIntegerField(null=True)),',
    "a foreign key that becomes a number": 'migrations.AlterField("book", "other", models.IntegerField(null=True)),',
    "a foreign key that becomes an indexed text": f'migrations.AlterField("book", "other", {INDEXED}),',
    "a foreign key without an index": f'migrations.AlterField("book", "other", {BARE}),',
    "a foreign key that becomes one to one": f'migrations.AlterField("book", "other", {UNIQUE}),',
    "a model of a many-to-many field gets another name": 'migrations.RenameModel("Tag", "Label"),',
    "a model with foreign keys gets another name": 'migrations.RenameModel("Book", "Volume"),',
    "two tables get another name": 'migrations.AlterModelTable("book", "tomes"),',
    "a checked number that becomes a foreign key": f'migrations.AlterField("book", "pages", {UNIQUE}),',
    "another name and no NULL": f'migrations.AlterField("book", "code", {CALLED_LABEL}),',
    "a table that is made and gets another name": MADE_AND_RENAMED,
    "a foreign key that is added, renamed and altered": ADDED_AND_RENAMED,
    "a comment that comes and is lost": f'migrations.AlterField("book", "pages", {LONGER}),',
    "a comment that MODIFY loses": f'migrations.AlterField("book", "code", {LONGER}),',
}


def shop(path: Path, database: Database, *changes: str, label: str = "wares") -> Project:
    """Two apps: the shop, and one beside it that `label` puts before or after it in the order of `migrate`."""
    history = {"0001_initial": migration(INITIAL)}
    for number, change in enumerate(changes, 2):
        name = "0002_change" if number == 2 else f"{number:04}_later"
        history[name] = migration(change, after=[("shop", [*history][-1])])
    packages = {f"{name}/__init__.py": "" for name in ("management", "management/commands")}
    files = {**packages, "management/commands/stopped.py": STOPPED}
    apps = {
        "shop": {"migrations": history, "files": files},
        label: {"migrations": {"0001_initial": migration(BESIDE)}},
    }
    return make_project(path, apps=apps, database=database)


def began(project: Project, *, beside: bool) -> Project:
    """The history of the shop has begun; `beside`: an app after it in the order of `migrate` is whole already."""
    project.manage("migrate", "shop", "0001").expect(0)
    if beside:
        project.manage("migrate", "wares").expect(0)
    return project


def definitions(database: Any) -> dict[str, list[str]]:
    """Of each table of the app, the lines of SHOW CREATE TABLE, in no order."""
    names = [name for (name,) in database.execute("SHOW TABLES") if name.startswith(("shop", "tomes"))]
    texts = {name: database.execute(f"SHOW CREATE TABLE {name}")[0][1] for name in names}
    return {
        name: sorted(re.sub(r" AUTO_INCREMENT=\d+", "", line).strip(" ,") for line in text.split("\n"))
        for name, text in texts.items()
    }


def test_cut_where_an_app_before_it_never_ran(tmp_path: Path, mysql: Any) -> None:
    """The first migration without a record is not the one that stopped."""
    name = "a foreign key that is added, renamed and altered"
    with mysql.fresh() as database:
        project = began(shop(tmp_path, database, CHANGES[name], label="attic"), beside=False)
        statements = int(project.manage("stopped", "0002_change", "99").expect(0).out)
        clean = definitions(database)
    assert statements > 3
    for number in range(3, statements):
        with mysql.fresh() as database:
            cut = began(project.on(database), beside=False)
            cut.manage("stopped", "0002_change", str(number)).expect(0)
            cut.manage("schemaguard", "reconcile", "--noinput").expect(0)
            assert definitions(database) == clean, number


def test_a_key_that_went_with_its_column_was_not_dropped_to_be_made_again(tmp_path: Path, mysql: Any) -> None:
    """Records are lost from the migration on that makes the key again: a later one drops its column."""
    made_again = (
        'migrations.RenameField("book", "other", "last"), migrations.AlterField("book", "last", models.ForeignKey('
    )
    made_again += '"shop.Shelf", models.SET_NULL, null=True, blank=True, related_name="+")),'
    with mysql.fresh() as database:
        project = shop(tmp_path, database, made_again, 'migrations.RemoveField("book", "last"),')
        project.manage("migrate").expect(0)
        database.execute("DELETE FROM django_migrations WHERE app = 'shop' AND name <> '0001_initial'")
        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
        assert states == ["applied", "present", "present"]


@pytest.mark.long
@pytest.mark.parametrize("beside", [False, True], ids=["at the end", "before another app"])
@pytest.mark.parametrize("name", CHANGES)
def test_cut_before_each_statement(tmp_path: Path, mysql: Any, name: str, beside: bool) -> None:
    with mysql.fresh() as database:
        project = began(shop(tmp_path, database, CHANGES[name]), beside=beside)
        before = definitions(database)
        statements = int(project.manage("stopped", "0002_change", "99").expect(0).out)
        clean = definitions(database)
    for number in range(1, statements):
        with mysql.fresh() as database:
            cut = began(project.on(database), beside=beside)
            cut.manage("stopped", "0002_change", str(number)).expect(0)
            if definitions(database) == before:
                continue  # DROP CONSTRAINT IF EXISTS, of what has no name

            report = cut.manage("schemaguard", "check", "--format", "json").expect(1).json
            states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
            is_whole = definitions(database) == clean  # the last statement may change nothing: DROP DEFAULT
            assert states == ["applied", "present" if is_whole else "partial"], number
            assert report["verdict"] == "reconcilable"
            cut.manage("schemaguard", "reconcile", "--noinput").expect(0)

            assert definitions(database) == clean, number
            verdict = cut.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"]
            assert verdict == ("in_sync" if beside else "pending")


def test_a_key_that_is_altered_before_what_points_at_it(tmp_path: Path, mysql: Any) -> None:
    """All three foreign keys are dropped, the key has its new type, and none of the columns that point at it has."""
    with mysql.fresh() as database:
        project = shop(tmp_path, database, CHANGES["another type for a key"])
        project.manage("migrate", "shop", "0001").expect(0)
        project.manage("stopped", "0002_change", "4").expect(0)

        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        (finding,) = [each for each in report["findings"] if each["level"] == "error"]
        assert (finding["migration"], report["migrations"][1]["state"]) == ("0002_change", "partial")
        assert "was dropped, to be made again" in finding["message"]


def test_a_foreign_key_that_followed_a_table_is_where_it_should_be(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = shop(tmp_path, database, 'migrations.AlterModelTable("shelf", "shelves"),')
        project.manage("migrate").expect(0)
        database.execute("DELETE FROM django_migrations")

        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        assert [each["state"] for each in report["migrations"]] == ["present"] * 3


def test_a_table_that_a_later_migration_drops_is_made_first(tmp_path: Path, mysql: Any) -> None:
    """No model of today describes it. Those of the migration that stopped do."""
    made = """
        migrations.CreateModel("Box", [
            ("id", models.AutoField(primary_key=True)),
            ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
            ("books", models.ManyToManyField("shop.Book")),
        ]),
    """
    dropped = """
        migrations.AddField("box", "size", models.IntegerField(null=True)),
        migrations.RemoveField("box", "books"),
    """
    with mysql.fresh() as database:
        project = shop(tmp_path, database, made, dropped)
        project.manage("migrate", "shop", "0001").expect(0)
        project.manage("stopped", "0002_change", "1").expect(0)

        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        assert len(database.execute("SHOW TABLES LIKE 'shop_box_books'")) == 1
        project.manage("migrate").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


BY_SHELF = 'migrations.AddIndex("book", models.Index(fields=["shelf", "code"], name="by_shelf")),'
NOT_BY_SHELF = 'migrations.RemoveIndex("book", "by_shelf"),'


def test_an_index_is_made_before_that_of_a_foreign_key_is_dropped(tmp_path: Path, mysql: Any) -> None:
    """Django's editor does so. Both are there where it stopped between the two."""
    with mysql.fresh() as database:
        project = shop(tmp_path, database, BY_SHELF, NOT_BY_SHELF)
        project.manage("migrate", "shop").expect(0)
        clean = definitions(database)
    with mysql.fresh() as database:
        cut = project.on(database)
        cut.manage("migrate", "shop", "0002").expect(0)
        cut.manage("stopped", "0003_later", "1").expect(0)

        report = cut.manage("schemaguard", "check", "--format", "json").expect(1).json
        states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
        assert states == ["applied", "applied", "partial"]
        assert report["verdict"] == "reconcilable"
        cut.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert definitions(database) == clean


def test_one_that_an_earlier_migration_made_so_says_nothing(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        project = shop(tmp_path, database, BY_SHELF, NOT_BY_SHELF, BY_SHELF, NOT_BY_SHELF)
        project.manage("migrate", "shop", "0004").expect(0)

        report = project.manage("schemaguard", "check", "--format", "json").expect(0).json
        assert report["verdict"] == "pending"


def test_an_index_to_which_a_later_migration_gives_a_name(tmp_path: Path, mysql: Any) -> None:
    """In the models of the migration that stopped nothing has that name."""
    made = """
        migrations.CreateModel(
            "Crate",
            [
                ("id", models.AutoField(primary_key=True)),
                ("size", models.IntegerField()),
                ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
            ],
            options={"index_together": {("shelf", "size")}},
        ),
    """
    named = 'migrations.RenameIndex("crate", new_name="by_size", old_fields=("shelf", "size")),'
    with mysql.fresh() as database:
        project = shop(tmp_path, database, made, named)
        project.manage("migrate", "shop", "0001").expect(0)
        project.manage("stopped", "0002_change", "1").expect(0)

        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        project.manage("migrate").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


def test_a_unique_whose_fields_a_later_migration_renames(tmp_path: Path, mysql: Any) -> None:
    """That of a many-to-many field, whose model gets another name."""
    made = 'migrations.AddField("shelf", "marks", models.ManyToManyField("shop.Tag")),'
    with mysql.fresh() as database:
        project = shop(tmp_path, database, made, 'migrations.RenameModel("Tag", "Mark"),')
        project.manage("migrate", "shop", "0001").expect(0)
        project.manage("stopped", "0002_change", "1").expect(0)

        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        project.manage("migrate").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
