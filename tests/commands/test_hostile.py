"""Names and values that come from outside, in the project's own migrations, on its way through every report."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.contract import validated
from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "quotes": "it's `odd`",
    "statement": "x; DROP TABLE users; --",
    "lines": "one\ntwo\r\nthree\tfour",
    "markup": "<script>alert(1)</script>",
    "terminal": "\x1b[31mred\x1b[0m",
    "rich": "[bold]b[/bold]",
    "percent": "100% of %(x)s",  # not `%s`: Django, as it makes an SQLite table anew, takes that for a parameter
    "foreign": "täble_ñ_表_ß",
    "direction": "a\u202eb\u200bc",
    "backslash": "back\\slash\\",
    "braces": "{0} {x}",
    "long": "n" * 63,
}


def everything(name: str) -> str:
    """A migration that gives this name, or value, to all that bears one. Django makes nothing whose name has a `%`."""
    return migration(
        """
        migrations.CreateModel(
            "Odd",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("one", models.IntegerField(db_column=NAME)),
                ("text", models.CharField(max_length=200, db_comment=NAME, default=VALUE)),
                ("link", models.ForeignKey("self", models.CASCADE, null=True, db_column=NAME[:50] + "_link")),
            ],
            options={"db_table": NAME, "db_table_comment": NAME},
        ),
        migrations.AddIndex("odd", models.Index(fields=["one"], name="odd_index")),
        migrations.AddIndex("odd", named(models.Index(fields=["text"], name="x", condition=models.Q(text=VALUE)))),
        migrations.AddConstraint("odd", models.UniqueConstraint(fields=["one", "text"], name=NAME[:50] + "_uniq")),
        migrations.AddConstraint("odd", check(~models.Q(text=VALUE + "!"), NAME[:50] + "_check")),
        migrations.RunSQL(f"ALTER TABLE {quoted(NAME)} ADD COLUMN {quoted(NAME[:50] + '_sql')} integer NULL"),
        migrations.RunSQL(f"CREATE INDEX {quoted(NAME[:50] + '_byhand')} ON {quoted(NAME)} (id, {quoted(NAME)})"),
        """,
        imports=f"""
            import django

            NAME = {name.replace("%", "")!r}
            VALUE = {name!r}

            def quoted(name):
                return '"' + name + '"'

            def named(index):  # longer than Django allows, as an index of an older migration can be
                index.name = NAME[:50] + "_index"
                return index

            def check(condition, name):
                keyword = "condition" if django.VERSION >= (5, 1) else "check"
                return models.CheckConstraint(**{{keyword: condition}}, name=name)
        """,
    )


@pytest.fixture(params=list(NAMES.values()), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(tmp_path: Path, database: Database, name: str) -> Project:
    apps = {"shop": {"migrations": {"0001_initial": everything(name)}}}
    settings = {"INSTALLED_APPS": ["schemaguard", "shop"], "SILENCED_SYSTEM_CHECKS": ["fields.W163"]}
    return make_project(tmp_path, apps=apps, settings=settings, database=database)


def checked(project: Project, code: int) -> dict:
    """The document; the text beside it is of characters that can be seen."""
    text = project.manage("schemaguard", "check", "-v2").expect(code)
    assert all(each.isprintable() for each in text.out.replace("\n", "")), text
    assert text.err == ""
    result = project.manage("schemaguard", "check", "--format", "json").expect(code)
    assert result.out.isascii()
    return validated(result.json)


def findings(document: dict) -> list[tuple[str, str]]:
    return [(each["code"], each["name"]) for each in document["findings"] if each["code"] != "SG106"]


def test_all_that_a_migration_can_name(project: Project, name: str) -> None:
    project.manage("migrate").expect(0)
    document = checked(project, 0)
    assert findings(document) == []
    assert document["verdict"] == "in_sync"

    short = name.replace("%", "")[:50]
    quoted = '"' + short + '_byhand"'
    project.database.script(f"DROP INDEX {quoted}")
    document = checked(project, 1)
    assert findings(document) == [("SG351", f"{short}_byhand")]

    project.database.execute("DELETE FROM django_migrations")
    document = checked(project, 1)
    assert document["migrations"][0]["state"] == "partial"
    states = {each["description"]: each["state"] for each in document["migrations"][0]["operations"]}
    assert set(states.values()) <= {"done", "absent"}


def test_the_name_of_a_migration_and_of_an_app_that_is_gone(tmp_path: Path, database: Database) -> None:
    odd = "0002_it's;--\n\x1b[31m<b>[red]%s{x}ü\u202e"
    tables = {
        name: migration(
            f'migrations.CreateModel("{model}", [("id", models.BigAutoField(primary_key=True))]),', after=after
        )
        for name, model, after in [("0001_initial", "One", []), (odd, "Two", [("shop", "0001_initial")])]
    }
    settings = {"INSTALLED_APPS": ["schemaguard", "shop"]}
    project = make_project(tmp_path, apps={"shop": {"migrations": tables}}, settings=settings, database=database)
    project.manage("migrate").expect(0)
    assert [each["state"] for each in checked(project, 0)["migrations"]] == ["applied", "applied"]

    gone = odd.replace("0002", "app")
    with closing(database.connect()) as connection:
        mark = "?" if database.vendor == "sqlite" else "%s"
        insert = f"INSERT INTO django_migrations (app, name, applied) VALUES ({mark}, {mark}, '2020-01-01 00:00:00')"
        connection.cursor().execute("DELETE FROM django_migrations WHERE name <> '0001_initial'")
        connection.cursor().execute(insert, [gone, odd])
    document = checked(project, 1)
    states = [(each["app"], each["name"], each["state"]) for each in document["migrations"]]
    assert states[1:] == [("shop", odd, "present"), (gone, odd, "orphaned")]
    assert document["migrations"][1]["file"] == f"shop/migrations/{odd}.py"
    assert document["plan"][0]["name"] == odd
