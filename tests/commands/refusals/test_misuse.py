"""Bad input to `schemaguard check`: one clear line on stderr, exit code 2, and nothing on stdout."""

from __future__ import annotations

import dataclasses
import os
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.management.base import BaseCommand

from schemaguard.commands.output import Output
from schemaguard.exceptions import CannotStart
from tests.commands.refusals.lines import ADD, AFTER, APPS, refusal
from tests.harness import Database, Project, catalog_dump, make_project, migration, records
from tests.histories import INITIAL, SHOP

if TYPE_CHECKING:
    from pathlib import Path


# ------------------------------------------------------------------------------------------------------------- options
@pytest.mark.parametrize(
    "argv",
    [
        ("check",),
        ("reconcile",),
        ("reconcile", "--noinput"),
        ("reconcile", "--noinput", "--dry-run"),
        ("push", "--noinput"),
        ("adopt", "legacy", "--app"),
    ],
)
def test_unknown_app_label(project: Project, argv: tuple[str, ...]) -> None:
    """In a deploy script, on a database that has drifted, a slip of the pen is no 'nothing to do'."""
    project.manage("migrate").expect(0)
    project.database.script("DELETE FROM django_migrations")
    line = refusal(project.manage("schemaguard", *argv, "shopp"))
    assert line == 'unknown app label "shopp", did you mean "shop"?'
    if argv[0] != "adopt":
        assert refusal(project.manage("schemaguard", *argv, "shop", "xyz\n")) == r'unknown app label "xyz\n"'
    assert records(project.database) == []


def test_unknown_format(project: Project) -> None:
    line = refusal(project.manage("schemaguard", "check", "--format", "yaml"))
    assert line == "--format 'yaml': there are text, json, markdown, github, gitlab, sarif, junit, openmetrics, html"


def test_unknown_fail_level(project: Project) -> None:
    line = refusal(project.manage("schemaguard", "check", "--fail-level", "fatal"))
    assert line == "--fail-level 'fatal': there are error, warning, info"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("nonsense",), "argument subcommand: invalid choice: 'nonsense'"),
        (("check", "--nonsense"), "unrecognized arguments: --nonsense"),
        (("check", "--database"), "argument --database: expected one argument"),
        (("check", "--verbosity", "9"), "argument -v/--verbosity: invalid choice: 9"),
    ],
)
def test_a_command_line_that_cannot_be_read(sqlite_project: Project, argv: tuple[str, ...], message: str) -> None:
    line = refusal(sqlite_project.manage("schemaguard", *argv))
    assert line.startswith(message)
    assert line.endswith("--help)")


def test_no_subcommand(sqlite_project: Project) -> None:
    """As CONTRACT.md has it: the help, and exit code 2."""
    alone = sqlite_project.manage("schemaguard").expect(2)
    assert alone.err == ""
    assert alone.out.startswith("usage: manage.py schemaguard")
    assert "reconcile" in alone.out


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "it is a directory"), ("no/where", "no such file or directory"), ("manage.py/x", "not a directory")],
)
def test_an_output_file_that_cannot_be_written(sqlite_project: Project, name: str, why: str) -> None:
    path = sqlite_project.path / name
    # That there is no database either does not come to light: the file is looked at before any work is done.
    nowhere = dataclasses.replace(sqlite_project.database, name=str(sqlite_project.path / "missing"))
    line = refusal(sqlite_project.on(nowhere).manage("schemaguard", "check", "--output", str(path)))
    assert line == f"cannot write {path}: {why}"


def test_a_full_disk(sqlite_project: Project) -> None:
    result = sqlite_project.manage("schemaguard", "check", "--output", "/dev/full")
    assert refusal(result) == "cannot write /dev/full: no space left on device"


def test_an_output_file_without_permission(sqlite_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    report = sqlite_project.path / "report"
    report.write_text("of before")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(CannotStart, match=f"^cannot write {report}: permission denied$"):
        Output(BaseCommand(), {"output": str(report)})


def shell(project: Project, redirection: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **project.database.environment, "DJANGO_SETTINGS_MODULE": "project_settings"}
    line = f"exec {shlex.quote(sys.executable)} manage.py schemaguard check {redirection}"
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=project.path, env=environment, capture_output=True, text=True, check=False
    )


def test_a_full_disk_behind_stdout(sqlite_project: Project) -> None:
    done = shell(sqlite_project, "> /dev/full")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "schemaguard: cannot write the report: No space left on device\n"


def test_a_stdout_that_is_closed(sqlite_project: Project) -> None:
    done = shell(sqlite_project, ">&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "schemaguard: cannot write the report: standard output is closed\n"


def test_a_stderr_that_is_closed(sqlite_project: Project) -> None:
    """Nobody reads why, but the exit code still tells a check that was not made from one that found something."""
    done = shell(sqlite_project, "nowhere 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


# --------------------------------------------------------------------------------------------------------- migrations
IMPORTS = "migrations do not import: shop/migrations/0002_bad.py"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import nowhere", f"{IMPORTS}:1: ModuleNotFoundError: No module named 'nowhere'"),
        ("x = 1\n\nraise ValueError('one\\ntwo')", f"{IMPORTS}:3: ValueError: one"),
        ("x = 1\ndef x(:", f"{IMPORTS}:2: SyntaxError: invalid syntax"),
        ("x = 1", "migrations do not load: Migration 0002_bad in app shop has no Migration class"),
        (
            migration("", after=[("shop", "0001_gone")]),
            "migrations do not load: Migration shop.0002_bad dependencies reference nonexistent parent node "
            "('shop', '0001_gone')",
        ),
        (
            migration(ADD.format("x").replace("user", "nobody"), after=AFTER),
            "migrations cannot be replayed: shop.0002_bad, \"Add field x to nobody\", KeyError: ('shop', 'nobody')",
        ),
    ],
)
def test_migrations_that_do_not_load(tmp_path: Path, database: Database, source: str, line: str) -> None:
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_bad": source}}}
    project = make_project(tmp_path, apps=apps, settings=APPS, database=database)
    said = refusal(project.manage("schemaguard", "check"))
    assert said.replace("invalid syntax. Maybe", "invalid syntax") == line


def test_a_circle(tmp_path: Path, sqlite_database: Database) -> None:
    migrations = {
        "0001_a": migration("", after=[("shop", "0002_b")]),
        "0002_b": migration("", after=[("shop", "0001_a")]),
    }
    project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, settings=APPS, database=sqlite_database)
    line = refusal(project.manage("schemaguard", "check"))
    circles = ("shop.0001_a, shop.0002_b", "shop.0002_b, shop.0001_a")  # where Django enters it is chance
    assert line in [f"migrations depend on each other in a circle: {circle}" for circle in circles]


def test_conflicting_leaf_nodes(tmp_path: Path, database: Database) -> None:
    both = {f"0002_{name}": migration(ADD.format(name), after=AFTER) for name in "ba"}
    apps = {"shop": {"migrations": {"0001_initial": INITIAL}}}
    project = make_project(tmp_path, apps=apps, settings=APPS, database=database)
    project.manage("migrate").expect(0)
    database.script("CREATE TABLE legacy (id integer PRIMARY KEY)")
    project.write_app("shop", {"migrations": both})
    line = (
        "conflicting migrations, several leaf nodes: 0002_a, 0002_b in shop; "
        "mend that with: manage.py makemigrations --merge"
    )
    before = catalog_dump(database), records(database)
    assert refusal(project.manage("schemaguard", "check")) == line
    for more in ((), ("--migrate",), ("--dry-run",), ("--rehearse",), ("--format", "json")):
        assert refusal(project.manage("schemaguard", "reconcile", "--noinput", *more)) == line
    assert refusal(project.manage("schemaguard", "reconcile", "--migrate")) == line
    assert refusal(project.manage("schemaguard", "adopt", "legacy", "--app", "shop")) == line
    told = project.manage("check", "--database", "default").expect(0).err
    assert f"(schemaguard.W001) the database could not be compared with its migrations: {line}\n" in told
    assert "W008" not in told
    assert (catalog_dump(database), records(database)) == before


def test_a_hostile_file_name_is_shown_and_not_obeyed(tmp_path: Path, sqlite_database: Database) -> None:
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_\x1b[31m": "x = 1"}}}
    project = make_project(tmp_path, apps=apps, settings=APPS, database=sqlite_database)
    line = refusal(project.manage("schemaguard", "check"))
    assert line == r"migrations do not load: Migration 0002_\x1b[31m in app shop has no Migration class"


# ------------------------------------------------------------------------------------------------------------ settings
def test_a_settings_mistake(tmp_path: Path, sqlite_database: Database) -> None:
    settings = {**APPS, "SCHEMAGUARD": {"IGNORE": [{"table": "x"}]}}
    project = make_project(tmp_path, apps=SHOP, settings=settings, database=sqlite_database)
    assert refusal(project.manage("schemaguard", "check")) == (
        "settings.SCHEMAGUARD: IGNORE[0] has no 'reason'; say why this is ignored"
    )
    check = project.manage("check").expect(1)
    assert "(schemaguard.E005) settings.SCHEMAGUARD: IGNORE[0] has no 'reason'." in check.err


# -------------------------------------------------------------------------------------------------- how failures end
def test_a_traceback_is_there_for_who_asks(sqlite_project: Project) -> None:
    result = sqlite_project.manage("schemaguard", "check", "nowhere", "--traceback").expect(2)
    assert result.out == ""
    assert result.err.startswith("Traceback (most recent call last):\n")
    assert result.err.endswith('\nschemaguard: unknown app label "nowhere"\n')


def test_what_nobody_foresaw_is_no_finding(sqlite_project: Project) -> None:
    """Exit code 1 says that the database has drifted: a fault of ours must not say that."""
    settings = sqlite_project.path / "project_settings.py"
    settings.write_text(
        settings.read_text() + "import schemaguard.diagnosis.diagnose as d\nd.backend_of = lambda connection: 1 / 0\n"
    )
    result = sqlite_project.manage("schemaguard", "check").expect(2)
    assert result.out == ""
    assert "ZeroDivisionError" in result.err
    assert result.err.endswith("\nschemaguard: this failure was not foreseen; please report it\n")


def test_an_interrupt_is_quiet(sqlite_project: Project) -> None:
    settings = sqlite_project.path / "project_settings.py"
    settings.write_text(
        settings.read_text()
        + "import schemaguard.diagnosis.diagnose as d\n"
        + "def interrupt(connection): raise KeyboardInterrupt\n"
        + "d.backend_of = interrupt\n"
    )
    result = sqlite_project.manage("schemaguard", "check")
    assert (result.code, result.out, result.err) == (130, "", "")


def test_called_from_python_it_raises(sqlite_project: Project) -> None:
    call = "from django.core.management import call_command; call_command('schemaguard', 'check', 'nowhere')"
    result = sqlite_project.manage("shell", "-c", call)
    assert 'CommandError: unknown app label "nowhere"' in result.err


def test_a_file_of_before_stays_where_the_check_fails(sqlite_project: Project) -> None:
    report = sqlite_project.path / "report.json"
    report.write_text("of before")
    refusal(sqlite_project.manage("schemaguard", "check", "nowhere", "--output", str(report)))
    assert report.read_text() == "of before"
    assert stat.S_ISREG(report.stat().st_mode)
