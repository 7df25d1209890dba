"""Standard output for the report alone: also what the project's child processes write goes to standard error."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, OutputWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT, STDERR = 1, 2
_reports: set[int] = set()
"""The descriptors of reports that are open."""


@contextmanager
def kept_for_the_report(command: BaseCommand) -> Iterator[None]:
    """While this lasts, descriptor 1 is standard error's, and `command.stdout` writes to a copy of the real one.

    Only where the command writes to descriptor 1: whoever gave it another stream has kept the two apart. To be used by
    a process that was started for the command: the descriptor is that of all its threads.
    """
    stream: Any = getattr(command.stdout, "_out", command.stdout)
    if _descriptor(stream) != STDOUT:
        yield
        return
    before = command.stdout
    stream.flush()
    _open_stderr()
    report = open(  # noqa: SIM115 (closed below, after the descriptor is put back)
        os.dup(STDOUT), "w", encoding=stream.encoding, errors=stream.errors, buffering=1 if stream.isatty() else -1
    )
    _reports.add(report.fileno())
    try:
        os.dup2(STDERR, STDOUT)
        command.stdout = OutputWrapper(report)
        yield
    finally:
        command.stdout = before
        with suppress(OSError, ValueError):
            stream.flush()  # of whoever kept the stream itself, as a logging handler does
        with suppress(OSError, ValueError):
            report.flush()
        _reports.discard(report.fileno())
        with suppress(OSError):  # in a process made by fork the report's is closed
            os.dup2(report.fileno(), STDOUT)
        with suppress(OSError):
            report.close()


def real_file(file: str) -> str:
    """The name of a file that was given: /dev/stdout is where the report goes, while descriptor 1 is another."""
    if file in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1") and _reports:
        return f"/dev/fd/{max(_reports)}"
    return file


def _descriptor(stream: Any) -> int | None:
    try:
        found: int = stream.fileno()
    except (AttributeError, OSError, ValueError, io.UnsupportedOperation):
        return None
    return found


def _open_stderr() -> None:
    """Where it is closed: else the next descriptor that is opened takes its place, and gets what is written there."""
    try:
        os.fstat(STDERR)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != STDERR:
            os.dup2(nowhere, STDERR)
            os.close(nowhere)


def _forget() -> None:  # pragma: no cover - in the child alone
    """In a process made by fork: whoever reads the report must not wait for what the project's code leaves running."""
    for descriptor in _reports:
        with suppress(OSError):
            os.close(descriptor)
    _reports.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
