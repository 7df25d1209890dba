"""What a push refuses, shows and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django import VERSION

from tests.harness import Database, Project, catalog_dump, migration, rows
from tests.push.stories import project_with, push, write_models

if TYPE_CHECKING:
    from pathlib import Path

THING = """\
class Thing(models.Model):
    name = models.CharField(max_length=50)
    size = models.IntegerField(null=True)
"""
TWO = "INSERT INTO shop_thing (name, size) VALUES ('a long name', 1), ('a long name', NULL)"


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    """A table of two rows."""
    found = project_with(tmp_path / "project", database, THING, migrate=False)
    push(found)
    database.execute(TWO)
    return found


ALL = '(for example id 1, 2; SELECT * FROM "shop_thing"{where})'
NAMED = ALL.format(where=' WHERE "name" {has_value}')
LOSSES = {
    "table": ("", f"2 rows of shop_thing are dropped with the table {ALL.format(where='')}"),
    "column": (
        "class Thing(models.Model):\n    name = models.CharField(max_length=50)\n",
        "1 row of shop_thing (size) holds a value in a column that is dropped "
        '(for example id 1; SELECT * FROM "shop_thing" WHERE "size" {has_value})',
    ),
    "narrowed": (
        THING.replace("50", "4"),
        "2 rows of shop_thing (name) are longer than {varchar}(4) allows "
        + ALL.format(where=' WHERE length(CAST("name" AS text)) > 4'),
    ),
    "cast": (
        THING.replace("CharField(max_length=50)", "IntegerField(default=0)"),
        "2 rows of shop_thing (name) hold a value that cannot become integer: the column is dropped and made anew "
        + NAMED,
    ),
    "unreadable": (
        THING.replace("CharField(max_length=50)", "UUIDField(null=True)"),
        "2 rows of shop_thing (name) hold a value that cannot become {uuid}: the column is dropped and made anew "
        + NAMED,
    ),
}
IMPOSSIBLE = {
    "not null on nulls": (
        THING.replace("null=True", ""),
        "1 row of shop_thing (size) is NULL in a column that becomes NOT NULL: fill them, or give the field a default",
    ),
    "unique on duplicates": (
        THING.replace("max_length=50", "max_length=50, unique=True"),
        "1 row of shop_thing (name) repeats the values of another row (for example a long name; "
        'SELECT "name", count(*) FROM "shop_thing" WHERE "name" {has_value} GROUP BY "name" HAVING count(*) > 1)',
    ),
    "new column without a value": (
        THING + "    more = models.IntegerField()\n",
        "2 rows of shop_thing (more) would have no value in the new NOT NULL column: "
        "give the field a default, or null=True",
    ),
    "unique on duplicates, with a new column": (
        THING
        + "    more = models.IntegerField(default=1)\n    class Meta:\n        unique_together = [('name', 'more')]\n",
        "1 row of shop_thing (name, more) would repeat the values of another row, with one default in more",
    ),
    "one default in a unique column": (
        THING + "    more = models.IntegerField(default=1, unique=True)\n",
        "2 rows of shop_thing (more) would all have the same default in the new unique column",
    ),
}


def told(text: str, database: Database) -> str:
    if database.vendor == "postgresql":
        return text.format(varchar="character varying", uuid="uuid", has_value=database.has_value)
    return text.format(varchar="varchar", uuid="char(32)", has_value=database.has_value)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_counted_and_refused(project: Project, name: str) -> None:
    models, text = LOSSES[name]
    write_models(project, models)
    database = project.database
    before = catalog_dump(database), rows(database)
    message = told(text, database)
    refused = push(project, code=1)
    assert refused.err == f"schemaguard: {message}; nothing was changed; --accept-data-loss allows it\n"
    assert f"-- {message}" in push(project, "--dry-run").out
    assert (catalog_dump(database), rows(database)) == before
    push(project, "--force")
    assert "nothing to do" in push(project).out
    if name == "narrowed":
        assert database.execute("SELECT name FROM shop_thing") == [("a lo",), ("a lo",)]


ALTERED: dict[str, dict[str, tuple[str, Any, str, Any]]] = {
    "postgresql": {
        "TimeField()": ("DateTimeField()", "2024-05-06 07:08:09+00", "time without time zone", "07:08:09"),
        "JSONField()": ("TextField()", '{"a": 1, "a": 2}', "jsonb", {"a": 2}),
    },
    "sqlite": {
        "IntegerField()": ("CharField(max_length=9)", "007", "integer", 7),
        "FloatField()": ("BigIntegerField()", 9007199254740993, "real", 9007199254740992.0),
        "TextField()": ("FloatField()", 0.30000000000000004, "text", "0.3"),
    },
}


@pytest.mark.parametrize(("vendor", "field"), [(v, f) for v in ALTERED for f in ALTERED[v]], indirect=["vendor"])
def test_values_that_the_new_type_would_change(database: Database, tmp_path: Path, field: str) -> None:
    before, value, type_, changed = ALTERED[database.vendor][field]
    models = "class Thing(models.Model):\n    value = models.{}\n"
    project = project_with(tmp_path / "project", database, models.format(before), migrate=False)
    push(project)
    database.execute(f"INSERT INTO shop_thing (value) VALUES ({value!r})")
    write_models(project, models.format(field))

    refused = push(project, code=1)

    assert refused.err.startswith(
        f"schemaguard: 1 row of shop_thing (value) would not keep their value as {type_} (for example id 1; SELECT "
    )
    assert refused.err.endswith("; nothing was changed; --accept-data-loss allows it\n")
    push(project, "--accept-data-loss")
    ((now,),) = database.execute("SELECT value FROM shop_thing")
    assert now == changed or str(now) == changed


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_value_that_django_would_read_as_none(database: Database, tmp_path: Path) -> None:
    models = "class Thing(models.Model):\n    day = models.{}(null=True)\n"
    models += "    more = models.CharField(max_length=9, null=True)\n"
    project = project_with(tmp_path / "project", database, models.format("DateTimeField"), migrate=False)
    push(project)
    database.execute("INSERT INTO shop_thing (day, more) VALUES ('2024-05-06 07:08:09', 'null')")
    write_models(project, models.format("DateField").replace("CharField(max_length=9, ", "JSONField("))

    assert push(project, code=1).err == (
        "schemaguard: 1 row of shop_thing (day) holds a value that cannot become date: the column is dropped and made "
        'anew (for example id 1; SELECT * FROM "shop_thing" WHERE "day" IS NOT NULL); nothing was changed; '
        "--accept-data-loss allows it\n"
    )


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_string_longer_than_sqlite_was_told_is_not_cut_where_the_column_widens(project: Project) -> None:
    long = "x" * 80
    project.database.execute("UPDATE shop_thing SET name = ?", [long])
    write_models(project, THING.replace("max_length=50", "max_length=60, null=True"))
    push(project)
    write_models(project, THING.replace("max_length=50", "max_length=60, default='x'"))
    push(project)
    assert project.database.execute("SELECT name FROM shop_thing") == [(long,), (long,)]


@pytest.mark.skipif(VERSION < (5, 0), reason="generated fields")
def test_a_column_that_is_worked_out_from_now_on_loses_what_it_held(project: Project) -> None:
    generated = "size = models.GeneratedField(expression=models.F('id') + 1, output_field=models.IntegerField(), "
    write_models(
        project, THING.replace("size = models.IntegerField(", generated).replace("null=True", "db_persist=True")
    )
    assert push(project, code=1).err.startswith("schemaguard: 1 row of shop_thing (size) holds a value that cannot ")
    push(project, "--accept-data-loss")
    assert project.database.execute("SELECT size FROM shop_thing ORDER BY id") == [(2,), (3,)]


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_done_is_refused_whatever_is_accepted(project: Project, name: str) -> None:
    models, text = IMPOSSIBLE[name]
    write_models(project, models)
    before = catalog_dump(project.database), rows(project.database)
    assert push(project, code=1).err == f"schemaguard: {told(text, project.database)}; nothing was changed\n"
    assert (
        push(project, "--accept-data-loss", code=1).err
        == f"schemaguard: {told(text, project.database)}; nothing was changed\n"
    )
    assert (catalog_dump(project.database), rows(project.database)) == before


def test_values_survive(project: Project) -> None:
    models = THING.replace("size = models.IntegerField(null=True)", "length = models.BigIntegerField(default=9)")
    write_models(project, models + "    more = models.TextField(default='x')\n")
    push(project, "--rename", "shop.thing.size:length")
    found = project.database.execute("SELECT name, length, more FROM shop_thing ORDER BY id")
    assert found == [("a long name", 1, "x"), ("a long name", 9, "x")]


def test_without_debug(project: Project) -> None:
    project.write("project_settings.py", (project.path / "project_settings.py").read_text() + "DEBUG = False\n")
    write_models(project, "")
    refused = push(project, "--dry-run", code=2)
    assert refused.err == 'schemaguard: push is for prototypes: set DEBUG, or SCHEMAGUARD["ALLOW_PUSH"] = True\n'
    text = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", text + "SCHEMAGUARD = {'ALLOW_PUSH': True}\n")
    push(project, "--accept-data-loss")


def test_strange_tables_and_raw_sql_are_left_alone(database: Database, tmp_path: Path) -> None:
    project = project_with(tmp_path / "project", database, THING)
    raw = 'migrations.RunSQL("CREATE INDEX by_hand ON shop_thing (size)"),'
    project.write("shop/migrations/0002_raw.py", migration(raw, after=[("shop", "0001_initial")]))
    project.manage("migrate", "--noinput").expect(0)
    database.execute("CREATE TABLE stranger (id integer)")
    database.execute("CREATE INDEX strange ON shop_thing (name)")
    write_models(project, THING.replace("max_length=50", "max_length=60, unique=True"))
    push(project)
    dump = catalog_dump(database)
    assert "by_hand" in dump
    assert "stranger" in dump
    assert "INDEX strange" not in dump


def test_a_question_for_each_rename(project: Project) -> None:
    write_models(project, THING.replace("size", "length"))
    asked = project.manage("schemaguard", "push", stdin="y\ny\n").expect(0)
    assert "Was Thing.size renamed to Thing.length" in asked.err
    assert "Carry this out? [y/N]" in asked.err
    assert project.database.execute("SELECT length FROM shop_thing ORDER BY id") == [(1,), (None,)]


def test_no_answer_is_no(project: Project) -> None:
    write_models(project, THING.replace("size", "length"))
    before = catalog_dump(project.database)
    assert (
        project.manage("schemaguard", "push")
        .expect(1)
        .err.endswith("nobody answered; --noinput carries it out without a question; nothing was changed\n")
    )
    write_models(project, THING + "    more = models.TextField(null=True)\n")
    project.manage("schemaguard", "push", stdin="n\n").expect(1)
    assert catalog_dump(project.database) == before


BAD = {
    "shop.thing": "--rename 'shop.thing': write app.model.old:new for a field, or app.Old:New for a model",
    "shop.thing.size:nothing": "--rename shop.thing.size:nothing: shop.thing has no field nothing",
    "shop.thing.what:size2": "--rename shop.thing.what:size2: shop_thing has no column what",
    "shop.Old:New": "--rename shop.Old:New: this database has no model shop.New",
}


@pytest.mark.parametrize("rename", BAD)
def test_a_rename_of_nothing(project: Project, rename: str) -> None:
    write_models(project, THING.replace("size", "size2"))
    text = BAD[rename].replace("shop.Old:New: ", "shop.old:New: ")
    assert push(project, "--rename", rename, code=2).err == f"schemaguard: {text}\n"


def test_what_hangs_on_a_column_is_told_and_nothing_is_changed(database: Database, tmp_path: Path) -> None:
    if database.vendor != "postgresql":
        pytest.skip("a view that hangs on a column")
    project = project_with(tmp_path / "project", database, THING)
    database.execute("CREATE VIEW v AS SELECT size FROM shop_thing")
    write_models(project, THING.replace("size = models.IntegerField(null=True)", "text = models.TextField(default='')"))
    before = catalog_dump(database)
    refused = push(project, code=1)
    assert refused.err == (
        "schemaguard: view v hangs on column shop_thing.size, which would be dropped; nothing was changed\n"
    )
    assert catalog_dump(database) == before


def test_models_with_errors_are_not_pushed(project: Project) -> None:
    write_models(project, THING.replace("max_length=50", "max_length=-1"))
    push(project, code=2)


TWICE = """\
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

class Command(BaseCommand):
    def handle(self, **options):
        try:
            call_command("schemaguard", "push", "--noinput")
        except CommandError as error:
            self.stdout.write(str(error))
        self.stdout.write(f"in a transaction: {connection.in_atomic_block}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM shop_thing")
            self.stdout.write(f"{cursor.fetchone()[0]} rows")
"""


def test_a_refusal_leaves_the_connection_fit_for_use(project: Project) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/twice.py", TWICE)
    more = "    class Meta:\n        constraints = [models.UniqueConstraint(functions.Lower('name'), name='once')]\n"
    models = THING.replace("null=True", "default=2") + more
    write_models(project, "from django.db.models import functions\n" + models)
    found = project.manage("twice").expect(0).out
    assert "everything was rolled back" in found or "nothing was changed" in found
    assert found.endswith("in a transaction: False\n2 rows\n")
