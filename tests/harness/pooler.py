"""PgBouncer in front of a PostgreSQL server: transaction mode, and as many connections as a test gives it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.databases import Database

SECONDS = 30
NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []}
CONFIGURATION = """
[databases]
{name} = host={host} port={port} dbname={name}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
ignore_startup_parameters = extra_float_digits,options
query_wait_timeout = {seconds}
logfile = {folder}/log
"""


def program() -> str | None:
    """Where PgBouncer is; on Debian not in every user's PATH."""
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


@contextmanager
def pooled(database: Database, size: int) -> Iterator[Database]:
    """The database by way of a pool of `size` connections."""
    executable = program()
    assert executable is not None
    with tempfile.TemporaryDirectory(prefix="schemaguard-pool-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        port = _free_port()
        (folder / "users").write_text(f'"{database.user}" "{database.password}"\n')
        text = CONFIGURATION.format(
            name=database.name, host=database.host, port=database.port or 5432, listen_port=port, folder=folder,
            size=size, seconds=SECONDS,
        )  # fmt: skip
        (folder / "ini").write_text(text)
        who: Any = _user_for(database.host) if os.geteuid() == 0 else {}
        process = subprocess.Popen([executable, "-q", str(folder / "ini")], **who)
        try:
            _wait_for(port)
            yield replace(database, host="127.0.0.1", port=str(port))
        finally:
            process.kill()
            process.wait()


def _user_for(host: str) -> dict[str, Any]:
    """Whom it runs as, since it refuses to be root: the owner of the server's socket, whom others do not get at."""
    if not host.startswith("/"):
        return NOBODY
    owner = Path(host).stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if owner.st_uid else NOBODY


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "PgBouncer does not answer"
            time.sleep(0.05)
        else:
            return
