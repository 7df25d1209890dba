"""`schemaguard check` on a small project: the document of CONTRACT.md in every state, and what the options do."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract import validated
from tests.harness import Database, Project, Server, catalog_dump, make_project, migration, records, run_manage

MODELS = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)
    email = models.EmailField(null=True)
    age = models.IntegerField(null=True)

    class Meta:
        db_table = "users"
"""
THING = """
from django.db import models

class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=75, unique=True)),
        ],
        options={"db_table": "users"},
    ),
    """
)
EMAIL_AND_AGE = migration(
    """
    migrations.AddField("user", "email", models.EmailField(null=True)),
    migrations.AddField("user", "age", models.IntegerField(null=True)),
    """,
    after=[("shop", "0001_initial")],
)
SHOP = {"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL, "0002_user": EMAIL_AND_AGE}}}
APPS = {"INSTALLED_APPS": ["schemaguard", "shop"]}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Migrated."""
    project = make_project(tmp_path, apps=SHOP, settings=APPS, database=database)
    project.manage("migrate").expect(0)
    return project


@pytest.fixture
def sqlite_project(tmp_path: Path, sqlite_database: Database) -> Project:
    project = make_project(tmp_path, apps=SHOP, settings=APPS, database=sqlite_database)
    project.manage("migrate").expect(0)
    return project


def checked(project: Project, *argv: str, code: int = 0) -> dict:
    """The document, which has the shape of the contract, and nothing beside it."""
    before = catalog_dump(project.database), records(project.database)
    result = project.manage("schemaguard", "check", "--format", "json", *argv).expect(code)
    assert (catalog_dump(project.database), records(project.database)) == before
    assert result.err == ""
    document = json.loads(result.out)
    return validated(document)


def states(document: dict) -> dict[str, str]:
    return {each["name"]: each["state"] for each in document["migrations"]}


def codes(document: dict) -> list[str]:
    return [each["code"] for each in document["findings"]]


# -------------------------------------------------------------------------------------------------------------- states
def test_in_sync(project: Project) -> None:
    document = checked(project)
    assert document["format"] == 1
    assert document["database"]["vendor"] == project.database.vendor
    assert document["database"]["name"] == project.database.name
    assert document["verdict"] == "in_sync"
    assert document["findings"] == document["plan"] == []
    assert document["migrations"][1] == {
        "app": "shop",
        "name": "0002_user",
        "recorded": True,
        "state": "applied",
        "file": "shop/migrations/0002_user.py",
        "operations": [
            {"index": 0, "description": "Add field email to user", "state": "done"},
            {"index": 1, "description": "Add field age to user", "state": "done"},
        ],
    }


def test_pending(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    document = checked(project)
    assert document["verdict"] == "pending"
    assert states(document) == {"0001_initial": "applied", "0002_user": "pending"}
    assert codes(document) == []


def test_an_empty_database(tmp_path: Path, database: Database) -> None:
    document = checked(make_project(tmp_path, apps=SHOP, settings=APPS, database=database))
    assert document["verdict"] == "pending"
    assert set(states(document).values()) == {"pending"}


def test_present(project: Project) -> None:
    project.database.execute("DELETE FROM django_migrations")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "present", "0002_user": "present"}
    assert codes(document) == ["SG101", "SG101"]


def test_partial(project: Project) -> None:
    project.database.execute("DELETE FROM django_migrations WHERE name = '0002_user'")
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "applied", "0002_user": "partial"}
    assert [each["state"] for each in document["migrations"][1]["operations"]] == ["done", "absent"]
    assert document["findings"][0]["message"] == (
        "shop.0002_user is in the database in part, and not recorded, so that migrate would fail: "
        "column users.email is there; column users.age is missing"
    )


def test_missing(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    document = checked(project, code=1)
    assert document["verdict"] == "reconcilable"
    assert states(document) == {"0001_initial": "applied", "0002_user": "missing"}
    (finding,) = document["findings"]
    assert finding == {
        "code": "SG203",
        "level": "error",
        "kind": "column",
        "problem": "missing",
        "table": "users",
        "name": "age",
        "columns": ["age"],
        "app": "shop",
        "migration": "0002_user",
        "file": "shop/migrations/0002_user.py",
        "line": 8,
        "expected": "integer NULL",
        "actual": None,
        "message": "users.age is missing; shop.0002_user makes it",
        "hint": "manage.py schemaguard reconcile",
    }


def another_type(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    project.database.execute("ALTER TABLE users ADD COLUMN age date")


def test_conflicting(project: Project) -> None:
    another_type(project)
    document = checked(project, code=1)
    assert document["verdict"] == "conflict"
    assert states(document) == {"0001_initial": "applied", "0002_user": "conflicting"}
    (finding,) = document["findings"]
    assert (finding["code"], finding["expected"], finding["actual"]) == ("SG204", "integer NULL", "date NULL")


def test_orphaned(project: Project) -> None:
    project.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_old', '2020-01-01 00:00:00')"
    )
    document = checked(project)
    assert document["verdict"] == "in_sync"
    assert document["migrations"][2] == {
        "app": "gone",
        "name": "0001_old",
        "recorded": True,
        "state": "orphaned",
        "file": None,
        "operations": [],
    }
    assert codes(document) == ["SG104"]


# ------------------------------------------------------------------------------------------------------------- options
def test_one_line_where_all_is_well(project: Project) -> None:
    result = project.manage("schemaguard", "check").expect(0)
    assert result.err == ""
    vendor = project.database.vendor
    assert result.out.startswith(f"default ({vendor} ")
    assert result.out.endswith(f", {project.database.name}): in sync, 2 migrations applied\n")
    assert result.out.count("\n") == 1


def test_hints_are_commands_for_the_database_that_was_checked(tmp_path: Path, server: Server) -> None:
    """As they stand: told of another database they would mend the default one, or hand a name to the shell."""
    odd = "a b; $(touch pwned)"
    with server.fresh() as one, server.fresh() as two:
        settings = {**APPS, "DATABASES": {"default": one.settings, "fleet 2": two.settings}}
        project = make_project(tmp_path, apps=SHOP, settings=settings, database=two)
        project.manage("migrate", "--database", "fleet 2").expect(0)
        two.execute(f'CREATE TABLE "{odd}" (id integer)')
        two.execute("DELETE FROM django_migrations WHERE name = '0002_user'")

        found = project.manage("schemaguard", "check", "--database", "fleet 2", "--format", "json").expect(1).json
        hints = {each["code"]: each["hint"] for each in found["findings"]}
        adopt, _, rest = hints["SG202"].rpartition(", or list it")
        database = ["--database", "fleet 2"]
        assert shlex.split(adopt) == ["manage.py", "schemaguard", "adopt", *database, odd, "--app", "APP_LABEL"]
        assert rest == ' under SCHEMAGUARD["IGNORE_TABLES"]'
        mend = shlex.split(hints["SG101"])
        assert mend == ["manage.py", "schemaguard", "reconcile", *database]
        text = project.manage("schemaguard", "check", "--database", "fleet 2").expect(1).out
        assert text.count("manage.py schemaguard") == text.count("--database 'fleet 2'") == 2

        project.manage(*mend[1:], "--noinput").expect(0)
        assert ("shop", "0002_user") in records(two)
        assert records(one) == []


def test_what_a_person_reads(sqlite_project: Project) -> None:
    another_type(sqlite_project)
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    result = sqlite_project.manage("schemaguard", "check").expect(1)
    assert result.err == ""
    assert result.out.splitlines()[1:] == [
        "",
        "shop.0002_user  conflicting",
        "  error    SG204  column age of users has another type  shop/migrations/0002_user.py:8",
        "                  expected  integer NULL",
        "                  actual    date NULL",
        "",
        "  warning  SG202  table legacy was made outside the migrations",
        "                  hint      manage.py schemaguard adopt legacy --app APP_LABEL, "
        'or list it under SCHEMAGUARD["IGNORE_TABLES"]',
        "",
        *([line] if (line := next((x for x in result.out.splitlines() if x.startswith("plan")), "")) else []),
        "next  manage.py schemaguard reconcile --on-conflict alter",
    ]


@pytest.mark.parametrize(
    ("level", "code"),
    [((), 0), (("--fail-level", "error"), 0), (("--fail-level", "warning"), 1), (("--fail-level=info",), 1)],
)
def test_fail_level(sqlite_project: Project, level: str, code: Any) -> None:
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    assert codes(checked(sqlite_project, *level, code=code)) == ["SG202"]


def test_a_report_in_a_file(sqlite_project: Project) -> None:
    report = sqlite_project.path / "report.json"
    sqlite_project.database.execute("DELETE FROM django_migrations")
    result = sqlite_project.manage("schemaguard", "check", "--format", "json", "--output", str(report)).expect(1)
    assert result.out == result.err == ""
    assert json.loads(report.read_text())["verdict"] == "reconcilable"
    umask = os.umask(0)
    os.umask(umask)
    assert report.stat().st_mode & 0o777 == 0o666 & ~umask
    report.chmod(0o640)
    sqlite_project.manage("schemaguard", "check", "--output", str(report), "--force-color").expect(1)
    assert report.read_text().startswith("default (sqlite ")
    assert "\x1b" not in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in sqlite_project.path.glob(".report*")] == []


def test_a_symbolic_link_stays_one(sqlite_project: Project) -> None:
    target, link = sqlite_project.path / "target", sqlite_project.path / "link"
    target.write_text("before")
    link.symlink_to(target)
    sqlite_project.manage("schemaguard", "check", "--output", str(link)).expect(0)
    assert link.is_symlink()
    assert "in sync" in target.read_text()


def test_a_device_is_written_to_and_not_replaced(sqlite_project: Project) -> None:
    sqlite_project.manage("schemaguard", "check", "--output", "/dev/null").expect(0)
    assert not Path("/dev/null").is_file()


def test_options_of_django_work_on_either_side(sqlite_project: Project) -> None:
    before = sqlite_project.manage("schemaguard", "--verbosity", "0", "--no-color", "check").expect(0)
    after = sqlite_project.manage("schemaguard", "check", "-v0", "--no-color", "--settings=project_settings").expect(0)
    assert before.out == after.out
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    one = sqlite_project.manage("schemaguard", "-v", "0", "check").expect(0)
    other = sqlite_project.manage("schemaguard", "check", "-v", "0").expect(0)
    assert one.out == other.out
    assert one.out.count("\n") == 1


def test_colours_are_for_terminals(sqlite_project: Project) -> None:
    assert "\x1b" not in sqlite_project.manage("schemaguard", "check").out
    forced = sqlite_project.manage("schemaguard", "check", "--force-color", env={"TERM": "xterm"}).expect(0)
    assert forced.out.startswith("\x1b[1mdefault\x1b[0m (sqlite ")
    assert forced.out.count("\n") == 1


def test_a_stream_that_takes_no_unicode(sqlite_project: Project) -> None:
    sqlite_project.database.execute('CREATE TABLE "tische_ü" (id integer)')
    env = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    manage = sqlite_project.path / "manage.py"
    result = run_manage(
        sqlite_project.database, "schemaguard", "check", settings="project_settings", env=env, manage=manage
    ).expect(0)
    assert r"table tische_\xfc was made outside the migrations" in result.out


def test_a_reader_who_goes_away(sqlite_project: Project) -> None:
    import subprocess

    environment = {**os.environ, **sqlite_project.database.environment}
    environment["DJANGO_SETTINGS_MODULE"] = "project_settings"
    sqlite_project.database.execute("DELETE FROM django_migrations")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "schemaguard", "check", "--format", "json"],
        cwd=sqlite_project.path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 1


# -------------------------------------------------------------------------------------------------------------- labels
@pytest.fixture
def two_apps(tmp_path: Path, sqlite_database: Database) -> Project:
    other = migration(
        'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True, serialize=False))]),'
    )
    apps = {"shop": SHOP["shop"], "other": {"models": THING, "migrations": {"0001_initial": other}}}
    settings = {"INSTALLED_APPS": ["schemaguard", "shop", "other"]}
    project = make_project(tmp_path, apps=apps, settings=settings, database=sqlite_database)
    project.manage("migrate").expect(0)
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    project.database.execute("CREATE INDEX by_hand ON other_thing (id)")
    return project


def test_labels_narrow_the_report_and_the_exit_code_but_not_the_verdict(two_apps: Project) -> None:
    assert sorted(codes(checked(two_apps, code=1))) == ["SG203", "SG353"]
    shop = checked(two_apps, "shop", code=1)
    assert codes(shop) == ["SG203"]
    assert {each["app"] for each in shop["migrations"]} == {"shop"}
    other = checked(two_apps, "other")
    assert codes(other) == ["SG353"], "a thing that no migration made belongs to the app of its table"
    assert shop["verdict"] == other["verdict"] == "reconcilable"
    assert shop["fingerprint"] == other["fingerprint"]
    assert sorted(codes(checked(two_apps, "shop", "other", code=1))) == ["SG203", "SG353"]


PROXY = """
from django.db import models
from other.models import Thing

class Shown(Thing):
    class Meta:
        proxy = True

class Report(models.Model):
    class Meta:
        managed = False
        db_table = "other_thing"
"""


def installing(project: Project, *apps: str) -> None:
    path = project.path / "project_settings.py"
    path.write_text(f"{path.read_text()}INSTALLED_APPS = {['schemaguard', *apps]!r}\n")


def test_a_table_belongs_to_the_app_that_manages_it(two_apps: Project) -> None:
    two_apps.write_app("views", {"models": PROXY})
    installing(two_apps, "shop", "other", "views")
    assert codes(checked(two_apps, "other")) == ["SG353"]
    assert codes(checked(two_apps, "views")) == []


@pytest.mark.parametrize("apps", [("views", "other"), ("other", "views")])
def test_a_column_is_known_that_any_model_of_its_table_has(two_apps: Project, apps: Any) -> None:
    noted = PROXY.replace(
        "    class Meta:\n        managed", "    note = models.TextField(null=True)\n\n    class Meta:\n        managed"
    )
    two_apps.write_app("views", {"models": noted})
    two_apps.database.execute("ALTER TABLE other_thing ADD COLUMN note text NULL")
    assert sorted(codes(checked(two_apps, "other"))) == ["SG205", "SG353"]
    installing(two_apps, "shop", *apps)
    assert codes(checked(two_apps, "other")) == ["SG353"]


def test_an_app_without_migrations_has_a_label_too(two_apps: Project) -> None:
    document = checked(two_apps, "schemaguard")
    assert document["migrations"] == document["findings"] == []


def test_the_label_of_records_without_an_app(two_apps: Project) -> None:
    two_apps.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_old', '2020-01-01 00:00:00')"
    )
    assert codes(checked(two_apps, "gone")) == ["SG104"]


# ------------------------------------------------------------------------------------------------------------ ignoring
def ignoring(project: Project, **setting: object) -> None:
    path = project.path / "project_settings.py"
    path.write_text(f"{path.read_text()}SCHEMAGUARD = {setting!r}\n")


def test_what_is_ignored_counts_for_nothing(project: Project) -> None:
    another_type(project)
    ignoring(project, IGNORE=[{"code": "SG204", "table": "users", "column": "age", "reason": "being moved by hand"}])
    document = checked(project, "--fail-level", "info")
    assert document["verdict"] == "in_sync"
    assert document["findings"] == []


def test_an_ignored_table(project: Project) -> None:
    project.database.execute("CREATE TABLE legacy_log (id integer)")
    ignoring(project, IGNORE_TABLES=["legacy_*"])
    assert checked(project, "--fail-level", "info")["findings"] == []


def test_a_pattern_that_matches_nothing_any_more(project: Project) -> None:
    ignoring(project, IGNORE_TABLES=["legacy_*"])
    document = checked(project, "--fail-level", "warning", code=1)
    assert document["verdict"] == "in_sync"
    assert codes(document) == ["SG901"]


# ------------------------------------------------------------------------------------------------------- hostile names
def test_hostile_names_in_a_real_database(project: Project) -> None:
    hostile = "a\"b'c; DROP TABLE users; --\n\x1b[31m<script>[red]ü\u202e"
    quoted = hostile.replace('"', '""')
    project.database.execute(f'CREATE TABLE "{quoted}" (id integer)')
    result = project.manage("schemaguard", "check").expect(0)
    shown = hostile.replace("\n", r"\n").replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    assert f"  warning  SG202  table {shown} was made outside the migrations\n" in result.out
    assert all(character.isprintable() or character == "\n" for character in result.out)
    assert checked(project)["findings"][0]["table"] == hostile
