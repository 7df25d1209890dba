"""Batches worked off by processes of this machine, forked from one that has walked the history already."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.fleet.examining import Examined, Examiner
from schemaguard.fleet.workers import worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from schemaguard.fleet.targets import Batch

WAITING = 2
"""Batches for each process that are handed out at a time: results that nobody has fetched take memory."""
TRIES = 3
LOOKS = 1.0
"""Seconds between two looks for the parent."""
ENDED = "the process that looked at it has ended before its time; looked at again, it did so again"

_examiner: Examiner | None = None
"""Of a forked process: what its parent had made."""


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(batches: Sequence[Batch], options: Mapping[str, Any], jobs: int) -> Iterator[Sequence[Examined]]:
    """What came out of each batch; a list for each, or for a part of one."""
    with closing(worker(options)) as examiner:
        left = list(batches)
        # It walks the history, and the processes get it with all the rest of the memory.
        if left:
            first = left[0]
            alone = replace(first, schemas=first.schemas[:1])
            yield list(examiner.examine(alone))
            rest = replace(first, schemas=first.schemas[1:])
            left = [*([rest] if rest.schemas else []), *left[1:]]
        if jobs < 2 or len(left) < 2 or not can_fork():
            for batch in left:
                yield list(examiner.examine(batch))
            return
        yield from _forked(left, examiner, min(jobs, len(left)))


def can_fork() -> bool:
    """On macOS a forked process may not use what its parent has loaded; Windows has no fork."""
    return sys.platform != "darwin" and "fork" in multiprocessing.get_all_start_methods()


def _forked(batches: list[Batch], examiner: Examiner, jobs: int) -> Iterator[Sequence[Examined]]:
    global _examiner
    from concurrent.futures.process import BrokenProcessPool

    examiner.close_connections()
    _examiner = examiner
    left = list(batches)
    try:
        for _ in range(TRIES):
            try:
                yield from _pooled(left, jobs)
            except BrokenProcessPool:
                continue  # `left` holds what nobody has answered
            return
        for batch in left:
            for name in batch.schemas or (None,):
                yield [Examined({"alias": batch.alias, "schema": name}, None, error=ENDED)]
    finally:
        _examiner = None


def _pooled(left: list[Batch], jobs: int) -> Iterator[Sequence[Examined]]:
    """Takes off `left` what is done. Raises BrokenProcessPool where a process has ended before its time."""
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

    gc.freeze()  # pages that the collector of a process does not touch stay shared
    try:
        forking = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(jobs, mp_context=forking, initializer=_end_with, initargs=(os.getpid(),))
        try:
            waiting: dict[Future[list[Examined]], Batch] = {}
            coming = iter(list(left))
            while True:
                for batch in coming:
                    waiting[pool.submit(_work, batch)] = batch
                    if len(waiting) >= jobs * WAITING:
                        break
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    found = future.result()
                    left.remove(waiting.pop(future))
                    yield found
        finally:
            pool.shutdown(cancel_futures=True)
    finally:
        gc.unfreeze()


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever: it holds the other end of the queue itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOKS)
        os._exit(1)  # what it was at is rolled back, as if it had been killed too

    threading.Thread(target=watch, daemon=True).start()


def _work(batch: Batch) -> list[Examined]:
    assert _examiner is not None
    return list(_examiner.examine(batch))
