"""`--engine local`: processes that end with the one that has started them."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import Process, SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.fleet.engines import local

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not local.can_fork(), reason="NOT TESTED: no process is forked here")


class Slow:
    """Works for longer than the test does, and says who it is."""

    def __init__(self, pids: Any) -> None:
        self.pids = pids

    def close_connections(self) -> None:
        return

    def examine(self, _batch: Any) -> Iterator[Any]:
        self.pids.put(os.getpid())
        time.sleep(60)
        yield None


def _run(pids: Any) -> None:
    list(local._forked([object(), object()], Slow(pids), 2))  # type: ignore[list-item,arg-type]  # noqa: SLF001


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_parent_leaves_no_process_behind() -> None:
    pids: SimpleQueue[int] = SimpleQueue()
    parent = Process(target=_run, args=(pids,))
    parent.start()
    children = [pids.get(), pids.get()]
    assert parent.pid is not None
    os.kill(parent.pid, signal.SIGKILL)
    parent.join()
    until = time.monotonic() + 20
    while any(is_alive(pid) for pid in children):
        assert time.monotonic() < until, "they live on"
        time.sleep(0.2)
