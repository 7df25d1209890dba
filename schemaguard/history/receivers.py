"""Who listens to a signal of Django's: what a project runs before or after each `migrate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import ReferenceType

from django.dispatch import Signal


def receivers(signal: Signal) -> Iterator[Any]:
    """All that listen to it (django/dispatch/dispatcher.py: functions, or references to them)."""
    for entry in signal.receivers or ():
        found: Any = entry[1]
        receiver = found() if isinstance(found, ReferenceType) else found
        if receiver is not None:
            yield receiver
