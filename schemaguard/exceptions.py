"""What can go wrong in a way that is foreseen. A command turns each into one clear line."""

from __future__ import annotations

from typing import Any


class SchemaguardError(Exception):
    """Anything of ours."""


class CannotStart(SchemaguardError):
    """The work could not begin: nothing was looked at, nothing was changed. Exit code 2."""


class CannotMend(SchemaguardError):
    """A thing is missing, and nothing in the migrations tells how to make it by itself."""


class Refused(SchemaguardError):
    """The work began and was rolled back, or was not begun because a person has to choose. Exit code 1."""

    done: Any = None
    """The outcome of what was committed before that, where anything was."""
