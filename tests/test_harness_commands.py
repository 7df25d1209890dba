"""The harness runs commands: in this process, in another, and on projects that a test writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from tests.harness import Database, Result, Server, Sqlite, make_project, records, rows, run_manage
from tests.histories import ALONE, EMAIL, INITIAL, SHOP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.history.test_timeline import Connect

USERS = "CREATE TABLE users (id integer PRIMARY KEY, name varchar(75) NOT NULL)"


def test_the_process_works_on_the_database_it_is_pointed_at_and_comes_back(
    database: Database, connect: Connect, vendor: str
) -> None:
    before = connections["default"]
    with connect(database) as connection, connection.cursor() as cursor:
        assert connections["default"] is connection
        assert connection.vendor == vendor
        cursor.execute(USERS)
    assert connections["default"] is before
    assert connections.settings["default"] is before.settings_dict
    assert rows(database).keys() == {"users"}


def test_a_command_runs_in_this_process(database: Database, run_command: Callable[..., Result]) -> None:
    assert run_command(database, "migrate", "contenttypes", "--verbosity", "0").expect(0).out == ""
    assert records(database) == [
        ("contenttypes", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]


@pytest.mark.parametrize(
    ("argv", "code", "err"),
    [
        (["migrate", "nowhere"], 1, "CommandError: No installed app with label 'nowhere'."),
        (["showmigrations", "nowhere"], 2, "No installed app with label 'nowhere'."),
        (["migrate", "--nonsense"], 2, "error: unrecognized arguments: --nonsense"),
        (["nonsense"], 1, "Unknown command: 'nonsense'"),
    ],
)
def test_a_failure_in_this_process_ends_as_manage_py_ends(
    database: Database, run_command: Callable[..., Result], argv: tuple[str, ...], code: Any, err: str
) -> None:
    here = run_command(database, *argv)
    there = run_manage(database, *argv)
    assert here.code == there.code == code
    assert err in here.err
    assert err in there.err


def test_a_command_that_asks_reads_what_it_is_given_and_then_the_end(
    database: Database, run_command: Callable[..., Result]
) -> None:
    run_command(database, "migrate", "contenttypes", "--verbosity", "0").expect(0)
    assert "Flush cancelled." in run_command(database, "flush", stdin="no\n").out
    with pytest.raises(EOFError):
        run_command(database, "flush")


def test_manage_py_runs_for_real(database: Database) -> None:
    run_manage(database, "migrate", "contenttypes", "--verbosity", "0").expect(0)
    result = run_manage(database, "showmigrations", "contenttypes", "--no-color").expect(0)
    assert result.out == "contenttypes\n [X] 0001_initial\n [X] 0002_remove_content_type_name\n"


def test_an_unexpected_exit_code_shows_everything(
    sqlite_database: Database, run_command: Callable[..., Result]
) -> None:
    result = run_command(sqlite_database, "migrate", "nowhere")
    with pytest.raises(AssertionError, match=r"exit code 1, expected 0\n\$ manage\.py migrate nowhere\n") as failure:
        result.expect(0)
    assert "No installed app with label" in str(failure.value)


def test_a_project_is_written_and_migrated(tmp_path: Path, database: Database) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=database)
    project.manage("migrate").expect(0)
    assert records(database) == [("shop", "0001_initial"), ("shop", "0002_user_email")]


def test_a_history_can_grow_and_shrink_between_commands(tmp_path: Path) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL}}}, settings=ALONE)
    project.manage("migrate").expect(0)
    project.write_app("shop", {"migrations": {"0002_user_email": EMAIL}})
    assert "[ ] 0002_user_email" in project.manage("showmigrations").expect(0).out
    project.remove_migration("shop", "0002_user_email")
    assert "0002_user_email" not in project.manage("showmigrations").expect(0).out


def test_one_project_serves_several_databases(tmp_path: Path, sqlite: Sqlite) -> None:
    with sqlite.fresh() as here, sqlite.fresh() as there:
        project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=here)
        project.manage("migrate").expect(0)
        project.on(there).manage("migrate", "shop", "0001").expect(0)
        assert len(records(here)) == 2
        assert len(records(there)) == 1


def test_the_trouble_that_this_project_is_about(tmp_path: Path, database: Database) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=database)
    project.manage("migrate").expect(0)
    database.execute("DELETE FROM django_migrations")
    failure = project.manage("migrate").expect(1)
    assert "already exists" in failure.err


@pytest.mark.parametrize("argv", ["migrate", "showmigrations", "migrate nowhere", "migrate --nonsense", "nonsense"])
def test_a_forked_command_ends_as_a_fresh_one(tmp_path: Path, server: Server, argv: str) -> None:
    with server.fresh() as here, server.fresh() as there:
        project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=here)
        forked = project.manage(*argv.split())
        fresh = run_manage(there, *argv.split(), settings="project_settings", manage=tmp_path / "manage.py")
        assert (forked.code, forked.out, forked.err) == (fresh.code, fresh.out, fresh.err)


def test_a_forked_command_reads_its_own_standard_input(tmp_path: Path, sqlite_database: Database) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=sqlite_database)
    project.manage("migrate").expect(0)
    assert "Flush cancelled." in project.manage("flush", stdin="no\n").expect(0).out
    assert "EOFError" in project.manage("flush").expect(1).err
    assert "flush" not in project.manage("showmigrations", stdin="a line that nobody reads").expect(0).out


def test_a_file_written_twice_within_a_second_counts_as_written_last(tmp_path: Path, sqlite_database: Database) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=sqlite_database)
    for name in ("ab", "ba"):
        project.write(
            "shop/management/commands/say.py",
            f"""
            from django.core.management.base import BaseCommand
            class Command(BaseCommand):
                def handle(self, **options):
                    self.stdout.write("{name}")
        """,
        )
        assert project.manage("say").expect(0).out == f"{name}\n"


def test_a_command_can_be_killed(tmp_path: Path, sqlite_database: Database) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=sqlite_database)
    process = project.start("shell", "-c", "import time; time.sleep(60)")
    process.kill()
    process.communicate()
    assert process.returncode == -9
