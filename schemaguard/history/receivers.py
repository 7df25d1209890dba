"""Who listens to a signal of Django's: what a project runs before or after each `migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ReferenceType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.dispatch import Signal


def receivers(signal: Signal) -> Iterator[Any]:
    """All that listen to it (django/dispatch/dispatcher.py: functions, or references to them)."""
    for entry in signal.receivers or ():
        found: Any = entry[1]
        receiver = found() if isinstance(found, ReferenceType) else found
        if receiver is not None:
            yield receiver
