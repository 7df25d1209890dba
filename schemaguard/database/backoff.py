"""How long to pause between two tries."""

from __future__ import annotations

import logging
import time

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
        logger.warning("schemaguard: another reconcile is at work on this database; this one waits for it")
    time.sleep(min(0.5, 0.05 * 2 ** min(attempt, 10)))
