"""Every command that writes waits for a reconcile that is at work, and for anybody else no longer than it was told."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.database.postgresql.locking import ADVISORY
from schemaguard.database.sqlite.lock_file import SUFFIX
from tests.harness import Database, Project, make_project, migration, records
from tests.shop import everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.long

APP: Mapping[str, Any] = {
    "models": """
    from django.db import models

    class Thing(models.Model):
        id = models.BigAutoField(primary_key=True)
        n = models.IntegerField(null=True)
    """,
    "migrations": {
        "0001_initial": migration(
            """
            migrations.CreateModel(
                "Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(null=True))]
            ),
            """
        )
    },
}
FORGET = "DELETE FROM django_migrations"
COMMANDS = {
    "reconcile": (FORGET, ("reconcile", "--noinput")),
    "undo": (FORGET, ("undo",)),
    "push": ("ALTER TABLE app_thing DROP COLUMN n", ("push", "--noinput")),
    "push --rename": ("ALTER TABLE app_thing RENAME COLUMN n TO m", ("push", "--noinput", "--rename", "app.thing.m:n")),
    "adopt": ("CREATE TABLE strange (id integer NOT NULL PRIMARY KEY)", ("adopt", "strange", "--app", "app")),
}
WAITS = "schemaguard: another reconcile or migrate is at work on this database; this one waits for it\n"


@contextmanager
def at_work(database: Database) -> Iterator[None]:
    """Another reconcile, that has the lock and is between two transactions."""
    if database.vendor == "sqlite":
        import fcntl

        path = Path(f"{database.name}{SUFFIX}")
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
            path.unlink()
    else:
        with closing(database.connect()) as connection:
            connection.execute("BEGIN")
            connection.execute(f"SELECT pg_advisory_xact_lock({ADVISORY}, hashtext(current_schema()))")
            yield
            connection.execute("ROLLBACK")


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(tmp_path: Path, database: Database, command: str) -> Project:
    """With something to do for the command."""
    settings = {"INSTALLED_APPS": ["schemaguard", "app"], "SCHEMAGUARD": {"ALLOW_PUSH": True}}
    made = make_project(tmp_path, apps={"app": APP}, settings=settings, database=database)
    made.manage("migrate").expect(0)
    database.script(COMMANDS[command][0])
    if command == "undo":
        made.manage("schemaguard", "reconcile", "--noinput").expect(0)
    return made


def test_it_waits_for_a_reconcile_that_is_at_work(project: Project, command: str) -> None:
    before = everything(project.database)
    with at_work(project.database):
        process = project.start("schemaguard", *COMMANDS[command][1])
        assert process.stderr is not None
        assert process.stderr.readline() == WAITS
        time.sleep(1)
        assert process.poll() is None
        assert everything(project.database) == before
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), out + err
    assert everything(project.database) != before


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_it_gives_up_where_somebody_else_writes(project: Project, command: str) -> None:
    before = everything(project.database)
    with closing(project.database.connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        result = project.manage("schemaguard", *COMMANDS[command][1], "--lock-timeout", "0.5").expect(1)
        took = time.monotonic() - begun
        connection.execute("ROLLBACK")
    assert result.err == "schemaguard: a lock was not to be had within 0.5 s, 3 times; nothing was changed\n"
    assert took < 15
    assert everything(project.database) == before
    assert not Path(f"{project.database.name}{SUFFIX}").exists()
    project.manage("schemaguard", *COMMANDS[command][1]).expect(0)
    assert len(set(records(project.database))) == len(records(project.database))
