"""The states of migrations and of their operations, in the words of CONTRACT.md."""

from __future__ import annotations

from enum import Enum


class State(str, Enum):
    """The state of a migration."""

    APPLIED = "applied"
    PENDING = "pending"
    PRESENT = "present"
    PARTIAL = "partial"
    MISSING = "missing"
    CONFLICTING = "conflicting"
    ORPHANED = "orphaned"


class OperationState(str, Enum):
    DONE = "done"
    ABSENT = "absent"
    PARTIAL = "partial"
    CONFLICTING = "conflicting"
    INVISIBLE = "invisible"
