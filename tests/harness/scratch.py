"""Where the tests keep what they make, servers and databases most of all: in memory, where there is room for it.

They write much and need none of it afterwards. A disk that is slow, or busy with something else, makes a test take
up to twice as long.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 (Linux mounts it as a file system in memory)
ROOM = 6 * 2**30
"""Bytes: three workers with a server each take about one gigabyte; the rest is for others."""


def keep_in_memory() -> None:
    """For this process and all that it starts, unless TMPDIR says where else."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # to be looked up again


def _has_room(folder: Path) -> bool:
    """Both in the file system, whose limit may be low in a container, and in the machine's memory."""
    try:
        of_folder = os.statvfs(folder)
        of_machine = Path("/proc/meminfo").read_text(encoding="ascii")
    except (OSError, AttributeError):  # no such folder; a system without statvfs
        return False
    memory = re.search(r"^MemAvailable:\s+(\d+) kB", of_machine, re.MULTILINE)
    may_run = not of_folder.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK | os.X_OK)
    free = min(of_folder.f_bavail * of_folder.f_frsize, int(memory[1]) * 1024 if memory else 0)
    return may_run and free >= ROOM
