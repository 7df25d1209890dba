"""Two `migrate` at once: one runs, the other says whom it waits for, and then has nothing to do."""

from __future__ import annotations

import re
import signal
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.database.backoff import Holder, Patience
from tests.harness import Database, Postgres, Project, make_project, migration, records
from tests.reconcile.transaction.test_waiting import at_work

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

ON_MYSQL = pytest.param("mysql", marks=pytest.mark.mysql)
EVERYWHERE = pytest.mark.parametrize("vendor", ["sqlite", "postgresql", ON_MYSQL], indirect=True)
INITIAL = migration(
    """
    migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),
    """
)
# As long as there is a file `gate`, the code does not end.
FILL = migration(
    "migrations.RunPython(fill),",
    after=[("app", "0002_one")],
    imports="""
    def fill(apps, schema_editor):
        import os
        import time

        apps.get_model("app", "Thing").objects.using(schema_editor.connection.alias).create(n=7)
        open("begun", "w").close()
        while os.path.exists("gate"):
            time.sleep(0.02)
    """,
)
HISTORY = {
    "0001_initial": INITIAL,
    "0002_one": migration(
        'migrations.AddField("thing", "one", models.IntegerField(null=True)),', after=[("app", "0001_initial")]
    ),
    "0003_fill": FILL,
    "0004_two": migration(
        'migrations.AddField("thing", "two", models.IntegerField(null=True)),', after=[("app", "0003_fill")]
    ),
}
NAMES = list(HISTORY)
NOTHING = "  No migrations to apply.\n"
WAITS = "has the lock of this database: this one waits for it\n"


def project_on(path: Path, database: Database, **settings: Any) -> Project:
    if settings:
        settings = {"SCHEMAGUARD": settings}
    return make_project(path, apps={"app": {"migrations": HISTORY}}, settings=settings, database=database)


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return project_on(tmp_path, database)


def at_the_gate(project: Project, *argv: str) -> subprocess.Popen[str]:
    """A `migrate` that is in the middle of its code, until the file `gate` goes."""
    project.write("gate", "")
    process = project.start("migrate", *argv)
    deadline = time.monotonic() + 30
    while not (project.path / "begun").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def ended(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=90)
    assert process.returncode == code, out + err
    return out, err


def everything_once(database: Database) -> None:
    assert [name for app, name in records(database) if app == "app"] == NAMES
    assert database.execute("SELECT n FROM app_thing") == [(7,)]


def waits(process: subprocess.Popen[str]) -> str:
    """The line in which it says whom it waits for."""
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.endswith(WAITS), line + process.stderr.read()
    return line


# ---------------------------------------------------------------------------------------------------------- two at once
@EVERYWHERE
@pytest.mark.parametrize("argv", [(), ("--reconcile", "--noinput")])
def test_the_second_says_whom_it_waits_for_and_has_nothing_to_do(project: Project, argv: tuple[str, ...]) -> None:
    first = at_the_gate(project, *argv)
    second = project.start("migrate", *argv)
    line = waits(second)
    (project.path / "gate").unlink()
    ended(first)
    out, err = ended(second)
    assert (NOTHING in out, err) == (True, "")
    everything_once(project.database)
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", line)
    assert line.startswith(f"schemaguard: process {first.pid} on {socket.gethostname()}, since ")


@EVERYWHERE
def test_whoever_waits_goes_on_where_a_killed_one_stopped(project: Project) -> None:
    project.manage("migrate", "app", "0002").expect(0)
    first = at_the_gate(project)
    second = project.start("migrate")
    waits(second)
    (project.path / "gate").unlink()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    ended(second)
    assert [name for app, name in records(project.database) if app == "app"] == NAMES


@EVERYWHERE
def test_a_reconcile_waits_as_well(project: Project) -> None:
    first = at_the_gate(project)
    second = project.start("schemaguard", "reconcile", "--noinput")
    assert second.stderr is not None
    assert "another reconcile or migrate is at work on this database" in second.stderr.readline()
    (project.path / "gate").unlink()
    ended(first)
    ended(second)
    everything_once(project.database)


@pytest.mark.long
@EVERYWHERE
@pytest.mark.parametrize("argv", [(), ("--reconcile", "--noinput")])
@pytest.mark.parametrize("begin", [(), ("app", "0001")])
def test_twenty_rounds(server: Any, tmp_path: Path, argv: tuple[str, ...], begin: tuple[str, ...]) -> None:
    for number in range(20):
        with server.fresh() as database:
            project = project_on(tmp_path / str(number), database)
            if begin:
                project.manage("migrate", *begin).expect(0)
            both = [project.start("migrate", *argv) for _ in range(2)]
            said = [ended(process)[0] for process in both]
            assert sum(NOTHING in out for out in said) == 1
            everything_once(database)


# ------------------------------------------------------------------------------------------------------------ reconcile
HALF_DONE = {
    **HISTORY,
    "0002_one": migration(
        """
        migrations.AddField("thing", "one", models.IntegerField(null=True)),
        migrations.AddField("thing", "more", models.IntegerField(null=True)),
        """,
        after=[("app", "0001_initial")],
        atomic=False,
    ),
}


@EVERYWHERE
def test_reconcile_goes_outside_of_a_transaction_under_the_same_lock(tmp_path: Path, database: Database) -> None:
    """Its own lock is the one that `migrate` holds: it does not wait for itself."""
    project = make_project(tmp_path, apps={"app": {"migrations": HALF_DONE}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.execute("ALTER TABLE app_thing ADD COLUMN one integer NULL")
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    everything_once(database)
    project.manage("schemaguard", "check").expect(0)


# ----------------------------------------------------------------------------------------------------- how long to wait
@EVERYWHERE
@pytest.mark.parametrize(
    ("seconds", "end"),
    [(0, "; nothing was changed\n"), (0.5, "; it was not to be had within 0.5 s; nothing was changed\n")],
)
def test_it_waits_no_longer_than_it_was_told(tmp_path: Path, database: Database, seconds: float, end: str) -> None:
    project = project_on(tmp_path, database, MIGRATE_LOCK_TIMEOUT=seconds)
    first = at_the_gate(project)
    begun = time.monotonic()
    refused = project.manage("migrate").expect(1)
    assert time.monotonic() - begun < 20
    last = refused.err.splitlines(keepends=True)[-1]
    assert last.startswith("MigrateStopped: migrate did not begin: ")
    assert last.endswith(f"UTC has the lock of this database{end}")
    assert len(refused.err.splitlines()) == (2 if seconds else 1)
    (project.path / "gate").unlink()
    ended(first)
    everything_once(database)


# -------------------------------------------------------------------------------------------------------- where none is
def test_nothing_pending_takes_no_lock(project: Project) -> None:
    project.manage("migrate").expect(0)
    with at_work(project.database):
        result = project.manage("migrate").expect(0)
    assert (NOTHING in result.out, result.err) == (True, "")


def test_a_setting_turns_it_off(tmp_path: Path, database: Database) -> None:
    project = project_on(tmp_path, database, LOCK_MIGRATE=False)
    with at_work(database):
        project.manage("migrate").expect(0)
    everything_once(database)


IN_A_TRANSACTION = (
    "from django.db import transaction; from django.core.management import call_command\n"
    "with transaction.atomic(): call_command('migrate')"
)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_transaction_of_the_callers_takes_no_lock(project: Project) -> None:
    with at_work(project.database):
        project.manage("shell", "-c", IN_A_TRANSACTION).expect(0)
    everything_once(project.database)


@pytest.fixture
def one_connection(postgres_database: Database) -> Iterator[Database]:
    """A role that may have a single connection."""
    role = f"single_{postgres_database.name[-8:]}"
    postgres_database.script(
        f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO {role};"
        f" GRANT CREATE ON DATABASE {postgres_database.name} TO {role}"
    )
    yield replace(postgres_database, user=role)
    postgres_database.script(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_where_there_is_no_second_connection_it_says_so_and_goes_on(
    tmp_path: Path, one_connection: Database, postgres: Postgres
) -> None:
    project = project_on(tmp_path, one_connection)
    result = project.manage("migrate").expect(0)
    assert result.err.startswith('schemaguard: database "default": one migrate at a time needs a second connection')
    assert result.err.endswith("; migrate goes on, and nothing keeps a second one waiting\n")
    everything_once(replace(one_connection, user=postgres.admin.user))


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_nothing_is_left_of_it(project: Project) -> None:
    project.manage("migrate").expect(0)
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert project.database.execute(others) == [(0,)]


def test_one_that_is_about_to_let_go_is_not_told_anew() -> None:
    """It takes its note away before the lock: for a moment nobody says whose it is."""
    said: list[str] = []
    patience = Patience(None, said.append)
    holders = [Holder(process="process 1", noted=True), Holder(process="connection 5 of the server"), Holder()]
    for holder in [*holders, Holder(process="process 2", noted=True)]:
        patience.pause(lambda holder=holder: holder)  # type: ignore[misc]
    assert [line.partition(" has")[0] for line in said] == ["process 1", "process 2"]
