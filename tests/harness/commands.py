"""Runs management commands against a Database: in this process (fast), or as `manage.py` in another (real)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.core.management import ManagementUtility

from tests.harness import forkserver
from tests.harness.connections import connected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.harness.databases import Database

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120

# The same answer on every desk: no settings, colours or terminal width of the person who runs the tests.
LEFT_OUT = frozenset({"DJANGO_SETTINGS_MODULE", "DJANGO_COLORS", "FORCE_COLOR", "NO_COLOR"})
# A file may be written twice within a second, which a .pyc of the first would hide: its timestamp is in whole seconds.
SET = {"COLUMNS": "120", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """How a command ended: its exit code and everything it wrote."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    def expect(self, code: int) -> Result:
        """Returns itself; fails the test, showing all of the output, where the command ended with another code."""
        assert self.code == code, f"exit code {self.code}, expected {code}\n{self}"
        return self

    def __str__(self) -> str:
        return f"$ manage.py {' '.join(self.argv)}\n{self.out}\n[stderr]\n{self.err}\n[exit code {self.code}]"


def run_in_process(database: Database, *argv: str, stdin: str = "") -> Result:
    """Runs `manage.py ARGV` in this process with `default` pointed at `database`.

    SystemExit, CommandError and SystemCheckError end it as they end `manage.py`, with the same code and text. Any other
    exception, for which `manage.py` prints a traceback, comes through as it is. Settings and INSTALLED_APPS stay those
    of the test run. Standard input ends after `stdin`, so that a command which asks never hangs.
    """
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        connected(database),
        mock.patch.dict(os.environ, SET),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            program = ["manage.py", *argv]
            ManagementUtility(program).fetch_command(argv[0]).run_from_argv(program)
        except SystemExit as stop:
            code = forkserver.exit_code(stop)
    return Result(argv=argv, code=code, out=out.getvalue(), err=err.getvalue())


def run_manage(
    database: Database,
    *argv: str,
    settings: str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    manage: Path = ROOT / "manage.py",
    fork: bool = False,
) -> Result:
    """Runs `manage.py ARGV` for real, with `testproject.settings.VENDOR` unless `settings` names another module.

    `env` is added to the environment, and has the last word. With `fork`, a process that has imported Django already is
    forked for the command, where the system can; variables for Python itself (PYTHONPATH, …) then come too late. Raises
    subprocess.TimeoutExpired after two minutes; a fork is killed then (exit code -14).
    """
    variables = environment(database, settings, env)
    if fork and forkserver.AVAILABLE:
        code, out, err = _fork_server().run(manage, argv, env=variables, stdin=stdin, seconds=SECONDS)
        return Result(argv=argv, code=code, out=out, err=err)
    done = subprocess.run(
        [sys.executable, str(manage), *argv],
        cwd=manage.parent,
        env=variables,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return Result(argv=argv, code=done.returncode, out=done.stdout, err=done.stderr)


def start_manage(
    database: Database,
    *argv: str,
    settings: str | None = None,
    env: Mapping[str, str] | None = None,
    manage: Path = ROOT / "manage.py",
) -> subprocess.Popen[str]:
    """Starts `manage.py ARGV` and does not wait: to kill it, or to run two at once. The caller waits for it."""
    return subprocess.Popen(
        [sys.executable, str(manage), *argv],
        cwd=manage.parent,
        env=environment(database, settings, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@cache
def _fork_server() -> forkserver.ForkServer:
    return forkserver.ForkServer(env=SET)


def close_fork_server() -> None:
    if _fork_server.cache_info().currsize:
        _fork_server().close()
        _fork_server.cache_clear()


def environment(
    database: Database, settings: str | None = None, env: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables of a command: those of this process, without what belongs to its person's desk."""
    inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    module = settings or f"testproject.settings.{database.vendor}"
    return {**inherited, **SET, "DJANGO_SETTINGS_MODULE": module, **database.environment, **(env or {})}
