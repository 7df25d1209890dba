"""How long to pause between two tries."""

from __future__ import annotations

import logging
import os
import platform
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from schemaguard.exceptions import LockHeld

if TYPE_CHECKING:
    from collections.abc import Callable

TELLS = 4
"""So many tries for the lock are over in about a second."""
logger = logging.getLogger(__name__)


def pause(attempt: int) -> None:
    """A growing pause before another try."""
    time.sleep(min(4.0, 0.5 * 2**attempt))


def pause_for_the_other(attempt: int) -> None:
    """Between two tries for a lock that another reconcile has; there is no end to that but the other's.

    Whoever looks is told once, after a second or so, by way of the project's logging.
    """
    if attempt == TELLS:
        logger.warning("schemaguard: another reconcile or migrate is at work on this database; this one waits for it")
    time.sleep(min(0.5, 0.05 * 2 ** min(attempt, 10)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who has the lock: the process on its host, where that is known, and since when.

    `noted`: it says so itself. One that ends takes its note away first, and the lock is still its own for a moment.
    """

    process: str = "another process"
    host: str = ""
    since: datetime | None = None
    noted: bool = False

    def __str__(self) -> str:
        text = f"{self.process} on {self.host}" if self.host else self.process
        if self.since is None:
            return text
        return f"{text}, since {self.since.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def this_process() -> Holder:
    """Who we are, for others who wait."""
    return Holder(process=f"process {os.getpid()}", host=platform.node(), since=datetime.now(timezone.utc), noted=True)


class Patience:
    """How long somebody waits for the lock that another run has (seconds; None: as long as it takes).

    They count from when it is known that another one has it, since to connect may take long by itself. `tell` is given
    one sentence as soon as the wait begins, and whenever another one has the lock that says who it is.
    """

    def __init__(self, seconds: float | None, tell: Callable[[str], object]) -> None:
        self.seconds = seconds
        self._tell = tell
        self._begun: float | None = None
        self._attempt = 0
        self._told: tuple[str, str] | None = None

    @property
    def has_waited(self) -> bool:
        return self._told is not None

    def pause(self, holder: Callable[[], Holder]) -> None:
        """Between two tries. Raises LockHeld where that was the last."""
        has = holder()
        if self._begun is None:
            self._begun = time.monotonic()
        left = None if self.seconds is None else self._begun + self.seconds - time.monotonic()
        if left is not None and left <= 0:
            waited = f"; it was not to be had within {self.seconds:g} s" if self.seconds else ""
            raise LockHeld(f"{has} has the lock of this database{waited}; nothing was changed")
        if self._told is None or (has.noted and (has.process, has.host) != self._told):
            self._tell(f"{has} has the lock of this database: this one waits for it")
            self._told = has.process, has.host
        pause = min(0.5, 0.05 * 2 ** min(self._attempt, 10))
        self._attempt += 1
        time.sleep(pause if left is None else min(pause, left))
