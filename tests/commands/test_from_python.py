"""The command in the hands of Python code, and the options that are no numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from schemaguard.commands.output import Output
from schemaguard.diagnosis import diagnose
from schemaguard.exceptions import MigrationsBroken
from schemaguard.failures import described
from schemaguard.history.broken import importing
from tests.harness import Database, Result, Sqlite, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

RunCommand = Callable[..., Result]


def test_what_argparse_refuses_is_a_command_error() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("schemaguard", "check", "--nonsense")
    assert str(refused.value) == "Error: unrecognized arguments: --nonsense"
    assert refused.value.returncode == 2


def test_what_nobody_foresaw_comes_through(
    sqlite_database: Database, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = ZeroDivisionError("oh")

    def fail(connection: Any) -> None:
        raise fault

    monkeypatch.setattr(diagnose, "backend_of", fail)
    with connect(sqlite_database), pytest.raises(ZeroDivisionError) as raised:
        call_command("schemaguard", "check")
    assert raised.value is fault


LOCKS = {
    "soon": "--lock-timeout 'soon': not a number of seconds",
    "0": "--lock-timeout 0: between 0 and 86400 seconds",
    "nan": "--lock-timeout nan: between 0 and 86400 seconds",
    "inf": "--lock-timeout inf: between 0 and 86400 seconds",
}
WAITING = [("reconcile",), ("undo",), ("push",), ("adopt", "strange", "--app", "shipping")]


@pytest.mark.parametrize("seconds", LOCKS)
@pytest.mark.parametrize("argv", WAITING, ids=lambda argv: argv[0])
def test_a_command_that_waits_for_no_time(
    sqlite_database: Database, run_command: RunCommand, settings: Any, argv: tuple[str, ...], seconds: str
) -> None:
    settings.DEBUG = True
    result = run_command(sqlite_database, "schemaguard", *argv, "--lock-timeout", seconds).expect(2)
    assert result.err == f"schemaguard: {LOCKS[seconds]}\n"


def test_text_that_cannot_be_written_leaves_the_file_of_before(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("of before")
    output = Output(BaseCommand(), {"output": str(report)})
    with pytest.raises(UnicodeEncodeError):
        output.write("half of a character: \ud800")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"report.txt": "of before"}


def test_settings_without_a_default_database(sqlite: Sqlite, tmp_path: Path) -> None:
    with sqlite.fresh() as database:
        settings = {"DATABASES": {"other": database.settings}}
        project = make_project(tmp_path, apps={"shop": {"migrations": {}}}, settings=settings, database=database)
        result = project.manage("schemaguard", "check").expect(2)
    assert result.err == "schemaguard: settings: You must define a 'default' database.\n"


def test_a_migration_outside_of_the_folder_is_named_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    path = tmp_path / "0001_odd.py"

    with pytest.raises(MigrationsBroken) as raised, importing():
        compile("1 +", str(path), "exec")
    assert described(raised.value) == f"migrations do not import: {path}:1: SyntaxError: invalid syntax"


@pytest.mark.parametrize("commands", ["check, migrate, check", "migrate, check"])
def test_check_and_migrate_in_one_process_where_a_field_is_renamed_to_which_a_key_points(
    sqlite: Sqlite, tmp_path: Path, commands: str
) -> None:
    """Django's RenameField changes the key in the operation that made it."""
    key = '("id", models.BigAutoField(primary_key=True))'
    first = f"""
    migrations.CreateModel("Shelf", [{key}, ("code", models.CharField(max_length=9, unique=True))]),
    migrations.CreateModel("Thing", [
        {key}, ("shelf", models.ForeignKey("app.Shelf", models.CASCADE, to_field="code")),
    ]),
    """
    history = {
        "0001_first": migration(first),
        "0002_renamed": migration('migrations.RenameField("shelf", "code", "number"),', after=[("app", "0001_first")]),
    }
    with sqlite.fresh() as database:
        project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
        calls = {"check": 'call_command("schemaguard", "check")', "migrate": 'call_command("migrate", verbosity=0)'}
        lines = ["from django.core.management import call_command", "import contextlib"]
        for each in commands.split(", "):
            lines += ["with contextlib.suppress(SystemExit):", f"    {calls[each]}"]
        result = project.manage("shell", "-c", "\n".join(lines)).expect(0)
        assert "in sync" in result.out
