"""A server of MariaDB or MySQL for one session, of the programs that this machine has: on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.harness.databases import MYSQL_DRIVER, Database
from tests.harness.embedded import SYSTEM_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

# What makes a server durable is what a test never needs.
FAST = ("--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
PROGRAMS = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
"""Where its programs are looked for."""
SECONDS = 60
"""So long a server may take until it answers."""


class NoServer(Exception):
    """There is no program, or it does not start; says why."""


def answers(database: Database) -> bool:
    """Whether this server lets us in."""
    exec(MYSQL_DRIVER, {})  # noqa: S102 (a constant, which projects begin with as well)
    try:
        database.execute("SELECT 1")
    except Exception:  # noqa: BLE001 (whatever a driver raises: it is no server for us)
        return False
    return True


@contextmanager
def own_server(programs: str = PROGRAMS) -> Iterator[Database]:
    """Starts one in a temporary folder, and stops and deletes it at the end. Raises NoServer."""
    program = shutil.which("mariadbd", path=programs) or shutil.which("mysqld", path=programs)
    if program is None:
        raise NoServer("this machine has neither mariadbd nor mysqld")
    folder = Path(tempfile.mkdtemp(prefix="schemaguard-"))
    try:
        with (folder / "log").open("w", encoding="utf-8") as log:
            admin = Database(vendor="mysql", name="", host="127.0.0.1", port=str(_free_port()), user="root")
            # Its temporary tables beside its data: whoever cleans the system's folder of temporary files breaks them.
            (folder / "tmp").mkdir()
            options = [
                "--no-defaults",
                f"--datadir={folder / 'data'}",
                f"--tmpdir={folder / 'tmp'}",
                *(["--user=root"] if _is_root() else []),
            ]
            _initialize(program, programs, options, log)
            options += [f"--port={admin.port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}", *FAST]
            if not _is_mariadb(program):
                options.append("--mysqlx=OFF")
            running = subprocess.Popen([program, *options], stdout=log, stderr=log)
            try:
                _wait(admin, running, folder / "log")
                yield admin
            finally:
                running.terminate()
                running.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialize(program: str, programs: str, options: list[str], log: Any) -> None:
    """Makes the folder of its data, in which root has no password."""
    if _is_mariadb(program):
        install = shutil.which("mariadb-install-db", path=programs)
        if install is None:
            raise NoServer(f"there is {program}, and no mariadb-install-db")
        command = [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"]
    else:
        command = [program, *options, "--initialize-insecure"]
    if subprocess.run(command, stdout=log, stderr=log, check=False).returncode:
        raise NoServer(f"{Path(command[0]).name} fails: {_last_line(Path(log.name))}")


def _wait(admin: Database, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while not answers(admin):
        if running.poll() is not None or time.monotonic() > until:
            raise NoServer(f"the server does not start: {_last_line(log)}")
        time.sleep(0.1)


def _is_mariadb(program: str) -> bool:
    version = subprocess.run([program, "--no-defaults", "--version"], capture_output=True, text=True, check=False)
    return "mariadb" in version.stdout.lower()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")
