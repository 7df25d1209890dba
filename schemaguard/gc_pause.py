"""Python's collector of cycles, kept away from what lives as long as the process: it would go through it in vain."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def pause() -> bool:
    """Returns whether the collector ran until now, which `resume` wants to know."""
    ran = gc.isenabled()
    gc.disable()
    return ran


def resume(ran: bool) -> None:
    if not gc.get_freeze_count():  # into the oldest generation at once; else all of it would be gone through now
        gc.freeze()
        gc.unfreeze()
    if ran:
        gc.enable()


@contextmanager
def paused() -> Iterator[None]:
    ran = pause()
    try:
        yield
    finally:
        resume(ran)
