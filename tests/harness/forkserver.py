"""Runs many `manage.py` commands quickly: a process that has imported Django once, and forks for each command.

A command is then a process of its own, as always, and takes a tenth of a second instead of half of one. Run as a
script, this file is that process: it reads one JSON request a line, and answers each with a line, the exit code.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AVAILABLE = hasattr(os, "fork")

# What commands spend their start on. Nothing that reads settings: those belong to the command.
IMPORTED = (
    "django.core.cache.backends.locmem",
    "django.core.mail",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.template.defaultfilters",
    "django.template.defaulttags",
    "django.template.loader_tags",
    "django.templatetags.i18n",
    "django.utils.log",
    "django.utils.translation.reloader",
    "django.views.csrf",
    "django.views.debug",
    "logging.config",
    "logging.handlers",
    "rich.console",
    "sqlglot",
)

FOR_OTHERS = ("schemaguard.admin", "schemaguard.contrib", "schemaguard.models", "schemaguard.testing")
"""For packages that a project may have; no command imports these."""
# It looks for the `migrate` of other installed apps as it is imported.
READS_SETTINGS = "schemaguard.management.commands.migrate"


class ForkServer:
    """The side of the tests; `env` is for Python itself.

    With `project`, the folder of a manage.py, that project is set up and its migrations are imported before the first
    fork, under the DJANGO_SETTINGS_MODULE of `env`: only the database may then be another for each command.
    The process ends when it is closed, or when its standard input ends: at the latest with the tests themselves.
    """

    def __init__(self, env: Mapping[str, str], project: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__, *([str(project)] if project else [])],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(
        self, manage: Path, argv: Sequence[str], *, env: Mapping[str, str], stdin: str, seconds: int
    ) -> tuple[int, str, str]:
        """Runs `manage.py ARGV`; returns exit code (-14 when out of time), stdout and stderr."""
        with tempfile.TemporaryDirectory(prefix="schemaguard-") as folder:
            files = {name: Path(folder, name) for name in ("stdin", "stdout", "stderr")}
            files["stdin"].write_text(stdin, encoding="utf-8")
            request = {
                "manage": str(manage.resolve()),
                "argv": list(argv),
                "env": dict(env),
                "seconds": seconds,
                "files": {name: str(path) for name, path in files.items()},
            }
            code = self._ask(json.dumps(request))
            return code, files["stdout"].read_text(encoding="utf-8"), files["stderr"].read_text(encoding="utf-8")

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, request: str) -> int:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(request + "\n")
            stdin.flush()
            answer = stdout.readline()
        assert answer, "the fork server ended"
        return int(answer)


def serve(project: str | None = None) -> None:
    _import_all()
    if project is not None:
        _set_up(project)
    while request := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            _run(json.loads(request))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _import_all() -> None:
    import schemaguard

    of_the_app = (module.name for module in pkgutil.walk_packages(schemaguard.__path__, "schemaguard."))
    for module in (*IMPORTED, *of_the_app):
        if module != READS_SETTINGS and not module.startswith(FOR_OTHERS):
            importlib.import_module(module)
    # All of it is old then: the collector of a fork would go through it, and copy every page by that.
    gc.collect()


def _set_up(project: str) -> None:
    """What every command of the project would do first, done once."""
    import django
    from django.db.migrations.loader import MigrationLoader

    sys.path[0] = project
    os.chdir(project)
    django.setup()
    MigrationLoader(None)
    gc.collect()


def _connect_elsewhere() -> None:
    """Where the settings were read before this command's environment was known."""
    from django.db import connections

    given = {key: os.environ["SCHEMAGUARD_DB_" + key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    connections.settings["default"].update(given)


def _run(request: dict[str, Any]) -> None:
    """The command, in the forked process, which it ends."""
    from django.conf import settings

    signal.alarm(request["seconds"])
    for descriptor, (name, flags) in enumerate(
        (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY | os.O_CREAT), ("stderr", os.O_WRONLY | os.O_CREAT))
    ):
        os.dup2(os.open(request["files"][name], flags), descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (it forgets what the server had read ahead)
    os.environ.clear()
    os.environ.update(request["env"])
    manage = request["manage"]
    folder = str(Path(manage).parent)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = [manage, *request["argv"]]
    if settings.configured:
        _connect_elsewhere()
    code = 0
    try:
        runpy.run_path(manage, run_name="__main__")
    except SystemExit as stop:
        code = exit_code(stop)
    except BaseException:  # noqa: BLE001 (as the interpreter does)
        traceback.print_exc()
        code = 1
    _end(code)


def _end(code: int) -> None:
    """As the interpreter ends, but for taking every module apart: that costs as much as many a command."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 (it waits for the threads that are not daemons)
    atexit._run_exitfuncs()  # noqa: SLF001 (for coverage's data, and what a command registered)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def exit_code(stop: SystemExit) -> int:
    """What the interpreter makes of a SystemExit: None is success, and a text goes to stderr and is a failure."""
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    sys.stderr.write(f"{stop.code}\n")
    return 1


if __name__ == "__main__":
    serve(*sys.argv[1:])
