"""SQLite's lock of reconciles: a file beside the database, whose lock the system lets go with the process.

BEGIN IMMEDIATE does not tell a reconcile from any other writer, and nothing of it is left between two transactions.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import threading
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schemaguard.database.backoff import Holder, Patience, pause_for_the_other, this_process
from schemaguard.exceptions import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = "-schemaguard-lock"
TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""How the systems say that somebody else has the lock; Windows in the first and the last way."""
_held: dict[tuple[str, int], int] = {}
"""The open files, by path and thread: whoever has the lock already does not wait for it."""


@contextmanager
def lock_file(connection: Any, *, needed: bool, patience: Patience | None = None) -> Iterator[None]:
    """Waits until no other reconcile has the lock, and keeps it. A database in memory has nobody to share with.

    Where no such file can be made (a folder that is read-only), one transaction can do without. `needed`: what is to
    come cannot, and Refused is raised. `patience`: how long to wait, if not for as long as it takes.
    """
    path = _path(connection)
    key = path, threading.get_ident()
    file = None if not path or key in _held else _waited_for(path, needed, patience)
    if file is None:
        yield
        return
    _held[key] = file
    try:
        yield
    finally:
        if _held.pop(key, None) is not None:
            with suppress(OSError):
                os.unlink(path)  # while it is locked: whoever has opened it sees that it is not the file any more
            os.close(file)


def holder_of(connection: Any) -> Holder | None:
    """Who has the lock of a database; None where nobody has it, or this thread has. Nothing is made for that."""
    path = _path(connection)
    if not path or (path, threading.get_ident()) in _held:
        return None
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:  # nobody has it, or it is another user's, of whom nothing can be said
        return None
    try:
        _lock(file, shared=True)
    except OSError as error:
        if error.errno not in TAKEN:
            return None
        return _holder(path)
    finally:
        os.close(file)
    return None


def _path(connection: Any) -> str:
    """Of the lock file; empty for a database in memory. Settings may name the database's file by a URI."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA database_list")
        name = next(str(file) for _, schema, file in cursor.fetchall() if schema == "main")
    return f"{os.path.realpath(name)}{SUFFIX}" if os.path.exists(name) else ""


def _holder(path: str) -> Holder:
    """Who has the lock, as that one has written into the file; nobody knows where it could not."""
    with suppress(OSError, ValueError, TypeError, KeyError), open(path, "rb") as file:
        file.seek(1)
        told = json.loads(file.read(1000))
        return Holder(
            process=told["process"], host=told["host"], since=datetime.fromisoformat(told["since"]), noted=True
        )
    return Holder()


def _sign(file: int) -> None:
    """Writes into the file who has its lock. Its first byte is the one that is locked on Windows."""
    me = this_process()
    told = {"process": me.process, "host": me.host, "since": me.since.isoformat() if me.since else None}
    with suppress(OSError):  # it is another user's
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, b"\n" + json.dumps(told).encode())
        os.lseek(file, 0, os.SEEK_SET)


def _waited_for(path: str, needed: bool, patience: Patience | None) -> int | None:
    """The file, open and locked; None where there can be none, and none is needed."""
    try:
        for attempt in itertools.count():  # pragma: no branch - it has no end
            file = _tried(path)
            if file is not None:
                _sign(file)
                return file
            if patience is None:
                pause_for_the_other(attempt)
            else:
                patience.pause(lambda: _holder(path))
    except OSError as error:
        # What is there and may not be opened is somebody else's, who may well have the lock.
        if needed or (isinstance(error, PermissionError) and os.path.exists(path)):
            why = (error.strerror or str(error)).lower()
            is_first = patience is not None or not needed
            end = "nothing was changed" if is_first else "the steps so far are done and recorded"
            raise Refused(f"cannot make the lock file {path}: {why}; {end}") from error
    return None


def _tried(path: str) -> int | None:
    """The file, open and locked; None where somebody else has it. Raises OSError where that cannot be."""
    file = _opened(path)
    ours = False
    try:
        _lock(file)
        # Not so where whoever had it took it away meanwhile.
        ours = os.path.samestat(os.fstat(file), os.stat(path))
    except OSError as error:
        if error.errno not in (*TAKEN, errno.ENOENT):
            raise
    finally:
        if not ours:
            os.close(file)
    return file if ours else None


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if not os.path.exists(path):
            raise
        return os.open(path, os.O_RDONLY)  # another user's: it can be locked all the same


def _forget() -> None:  # pragma: no cover - in the child alone
    """In a process made by fork: the lock is its parent's alone, and must not outlive it here."""
    for file in _held.values():
        os.close(file)
    _held.clear()


if os.name == "nt":  # pragma: no cover

    def _lock(file: int, *, shared: bool = False) -> None:
        import msvcrt

        del shared  # it has no such lock
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # on Windows alone

else:
    os.register_at_fork(after_in_child=_forget)

    def _lock(file: int, *, shared: bool = False) -> None:
        """`shared`: others who only look do not keep each other out."""
        import fcntl

        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
