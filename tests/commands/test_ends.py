"""A check ends, in time, and says what it could not look at; nobody else writes into its document."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.reconcile.transaction.test_failures import half_way, transaction
from tests.shop import everything, history, reconcile

if TYPE_CHECKING:
    from pathlib import Path

ON_SQLITE = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
THING = migration(
    """
    migrations.CreateModel(
        "Thing",
        [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(default=0))],
        options={"indexes": [models.Index(fields=["n"], name="thing_n", condition=models.Q(n__gt=1))]},
    ),
    migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    migrations.RunSQL("ALTER TABLE app_thing ADD CONSTRAINT thing_check CHECK (n > 0 AND n < 9)"),
    """
)


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    sql = 'migrations.RunSQL("ALTER TABLE app_thing ADD CONSTRAINT thing_check CHECK (n > 0 AND n < 9)"),'
    text = THING if database.vendor == "postgresql" else THING.replace(sql, "")
    project = make_project(tmp_path, apps={"app": {"migrations": {"0001_thing": text}}}, database=database)
    project.manage("migrate").expect(0)
    database.script("INSERT INTO app_thing (n) VALUES (1); INSERT INTO app_other (id) VALUES (1)")
    return project


# ------------------------------------------------------------------------------------------------------------- locks
@ON_POSTGRESQL
@pytest.mark.parametrize("how", ["LOCK TABLE app_thing", "LOCK TABLE app_thing, app_other", "REINDEX INDEX thing_n"])
def test_a_table_that_somebody_keeps_locked_is_not_looked_at(project: Project, database: Database, how: str) -> None:
    begun = time.monotonic()
    with transaction(database, how) as pid:
        result = project.manage("schemaguard", "check", "--format", "json").expect(0)
    assert time.monotonic() - begun < 15
    assert result.json["verdict"] == "in_sync"
    tables = ["app_thing", "app_other"] if "app_other" in how else ["app_thing"]
    who = f"process {pid} (postgres, -, idle in transaction)"
    expected = {
        (
            "SG210", "info", "incomparable", table,
            f"table {table} is locked by {who}: its checks, generated columns, indexed expressions and sequences were "
            "not looked at",
        )
        for table in tables
    }  # fmt: skip
    told = {
        tuple(each[key] for key in ("code", "level", "problem", "table", "message"))
        for each in result.json["findings"]
        if each["code"] not in ("SG106", "SG401")
    }
    assert told == expected
    lines = {f"schemaguard: not looked at: table {table}, which is locked by {who}" for table in tables}
    assert set(result.err.splitlines()) == lines


@ON_POSTGRESQL
def test_the_records_are_locked(project: Project, database: Database) -> None:
    begun = time.monotonic()
    with transaction(database, "LOCK TABLE django_migrations") as pid:
        result = project.manage("schemaguard", "check").expect(2)
    assert time.monotonic() - begun < 15
    assert result.err == (
        f'schemaguard: database "default": table django_migrations is locked by process {pid} '
        "(postgres, -, idle in transaction), so that nobody can tell what is recorded\n"
    )


@ON_POSTGRESQL
def test_the_guard_does_not_wait_for_a_lock(project: Project, database: Database) -> None:
    last = migration(
        'migrations.AddField("other", "more", models.IntegerField(null=True)),', after=[("app", "0001_thing")]
    )
    project.write("app/migrations/0002_more.py", last)
    begun = time.monotonic()
    with transaction(database, "LOCK TABLE app_thing"):
        project.manage("migrate").expect(0)
    assert time.monotonic() - begun < 20


@ON_POSTGRESQL
def test_a_dry_run_does_not_count_behind_a_lock_for_ever(project: Project, database: Database) -> None:
    database.script("ALTER TABLE app_thing ALTER COLUMN n TYPE bigint")
    begun = time.monotonic()
    with transaction(database, "LOCK TABLE app_thing"):
        argv = ("--dry-run", "--on-conflict", "alter", "--lock-timeout", "1")
        result = project.manage("schemaguard", "reconcile", *argv).expect(2)
    assert time.monotonic() - begun < 15
    assert result.err == "schemaguard: a lock was not to be had within 1 s; nothing was changed\n"


@ON_POSTGRESQL
def test_a_session_that_may_not_be_idle(project: Project, database: Database) -> None:
    """The migrations take longer to import than a transaction may be idle."""
    project.write(
        "app/migrations/0002_slow.py", f"import time\ntime.sleep(1.5)\n{migration('', after=[('app', '0001_thing')])}"
    )
    env = {"PGOPTIONS": "-c idle_in_transaction_session_timeout=300ms"}
    assert project.manage("schemaguard", "check", "--format", "json", env=env).expect(0).json["verdict"] == "pending"
    reconcile(project, "--migrate", env=env)


@ON_POSTGRESQL
def test_dates_in_another_style(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "pass")
    env = {"PGOPTIONS": "-c DateStyle=German,DMY"}
    project.manage("schemaguard", "check", env=env).expect(1)
    reconcile(project, "--migrate", env=env)
    entries = project.manage("schemaguard", "history", "--format", "json", env=env).expect(0).json["entries"]
    assert entries == history(project)
    project.manage("schemaguard", "show", "1", env=env).expect(0)
    assert "cannot be taken back" in project.manage("schemaguard", "undo", env=env).expect(1).err


# ----------------------------------------------------------------------------------------------------------- records
@pytest.mark.parametrize("column", ["app", "name", "applied"])
def test_records_with_null(tmp_path: Path, database: Database, column: str) -> None:
    """As after a restore that went wrong."""
    project = half_way(tmp_path, database, "pass")
    database.script(
        "DROP TABLE django_migrations;"
        "CREATE TABLE django_migrations"
        " (id integer PRIMARY KEY, app varchar(255), name varchar(255), applied timestamp)"
    )
    if database.vendor == "postgresql":
        database.script(
            "ALTER TABLE django_migrations ALTER id TYPE bigint, ALTER applied TYPE timestamptz;"
            "ALTER TABLE django_migrations ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 9)"
        )
    values = {"app": "'app'", "name": "'0001_initial'", "applied": "'2026-01-01'", column: "NULL"}
    database.script(f"INSERT INTO django_migrations (id, {', '.join(values)}) VALUES (1, {', '.join(values.values())})")
    result = project.manage("schemaguard", "check", "--format", "json").expect(1)
    nameless = "schemaguard: not looked at: 1 row of django_migrations without an app or a name\n"
    assert result.err == ("" if column == "applied" else nameless)
    reconcile(project, "--migrate")
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


# ------------------------------------------------------------------------------------------------- code of the project
def test_code_that_ends_the_process_is_a_failure(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "raise SystemExit")
    before = everything(database)
    line = "app.0002_code: its code ended the process by sys.exit(None); everything was rolled back"
    assert reconcile(project, code=1).err == f"schemaguard: {line}\n"
    assert everything(database) == before


def test_a_module_that_ends_the_process_is_a_failure(project: Project) -> None:
    project.write("app/migrations/0002_exit.py", "import sys\nsys.exit(0)\n")
    for command in ("check", "reconcile"):
        result = project.manage("schemaguard", command, *(["--noinput"] if command == "reconcile" else [])).expect(2)
        assert result.err.startswith("schemaguard: migrations do not import: ")
        assert result.err.endswith("0002_exit.py:2: SystemExit: 0\n")


def test_what_child_processes_write_is_no_part_of_the_document(tmp_path: Path, database: Database) -> None:
    body = "import os, subprocess; subprocess.run(['echo', 'a child']); os.system('echo another'); print('itself')"
    project = half_way(tmp_path, database, body)
    process = project.start("schemaguard", "reconcile", "--noinput", "--format", "json")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith('{\n  "format": 1,')
    assert out.endswith("}\n")
    assert sorted(err.split("\n")) == ["", "a child", "another", "itself"]


def test_without_standard_error_the_document_is_whole(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "import os; os.system('echo a child')")
    line = f"'{sys.executable}' manage.py schemaguard reconcile --noinput --format json 2>&-"
    env = {**os.environ, **database.environment, "DJANGO_SETTINGS_MODULE": "project_settings"}
    command = ["/bin/sh", "-c", line]
    done = subprocess.run(command, cwd=project.path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith('{\n  "format": 1,')
    assert done.stdout.endswith("}\n")


# ----------------------------------------------------------------------------------------------------------- databases
@ON_SQLITE
@pytest.mark.parametrize("query", ["", "?mode=rwc", "?cache=shared", "?mode=ro"])
@pytest.mark.parametrize("form", ["file:{}", "file://{}", "file://localhost{}", "file:{}%2Fmore"])
def test_a_check_makes_no_file_of_a_uri(project: Project, tmp_path: Path, form: str, query: str) -> None:
    missing = tmp_path / "missing"
    database = dataclasses.replace(project.database, name=form.format(missing) + query)
    for command in (("check",), ("history",), ("reconcile", "--noinput")):
        result = project.on(database).manage("schemaguard", *command).expect(2)
        name = f"{missing}/more" if "more" in form else missing
        assert result.err == f'schemaguard: cannot connect to database "default": there is no file {name}\n'
    assert not missing.exists()


@ON_SQLITE
@pytest.mark.parametrize("name", ["file::memory:?cache=shared", "file:x?mode=memory&cache=shared", ":memory:"])
def test_a_database_in_memory_is_no_file(project: Project, name: str) -> None:
    in_memory = project.on(dataclasses.replace(project.database, name=name))
    document = in_memory.manage("schemaguard", "check", "--format", "json").expect(0).json
    assert document["verdict"] == "pending"
    assert not (project.path / "x").exists()


@ON_POSTGRESQL
@pytest.mark.parametrize("password", ["p@ss/w:rd", "se@cret@word", "a@b"])
def test_no_part_of_a_password_with_an_at_is_shown(project: Project, password: str) -> None:
    """libpq ends the password at the first @, and takes the rest for the host."""
    url = f"postgresql://us@er:{password}@127.0.0.1:1/x"
    for argv in (("check",), ("reconcile", "--noinput"), ("history",), ("check", "--traceback")):
        result = project.on(dataclasses.replace(project.database, name=url)).manage("schemaguard", *argv).expect(2)
        for piece in (password, *password.split("@")):
            if len(piece) > 3:
                assert piece not in result.err.replace("password", "")
        assert "traceback" in argv[-1] or len(result.err.splitlines()) == 1


@pytest.mark.parametrize("command", [["check"], ["reconcile", "--dry-run"], ["reconcile", "--noinput"]])
def test_what_an_operation_prints_is_no_part_of_the_document(
    tmp_path: Path, database: Database, command: list[str]
) -> None:
    """It is asked for its SQL while the plan is made."""
    talkative = migration(
        """
        migrations.CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))]),
        Talkative("owner", "age", models.IntegerField(null=True)),
        """,
        imports="""
class Talkative(migrations.AddField):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        print("an operation")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
""",
    )
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_step": talkative}}}, database=database)
    project.manage("migrate").expect(0)
    database.script("ALTER TABLE shop_owner DROP COLUMN age; DELETE FROM django_migrations")
    result = project.manage("schemaguard", *command, "--format", "json")
    assert "an operation" in result.err
    assert json.loads(result.out)["format"] == 1
