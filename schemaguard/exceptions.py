"""What can go wrong in a way that is foreseen. A command turns each into one clear line."""

from __future__ import annotations

from typing import Any


class SchemaguardError(Exception):
    """Anything of ours."""


class CannotStart(SchemaguardError):
    """The work could not begin: nothing was looked at, nothing was changed. Exit code 2."""


class CannotMend(SchemaguardError):
    """A thing is missing, and nothing in the migrations tells how to make it by itself."""


class MigrationsBroken(SchemaguardError):
    """The migrations do not import, or cannot be replayed: nothing can be said of any database."""


class CodeFailed(SchemaguardError):
    """Code of the project, or of a third party, raised something that nobody could foresee."""


class CannotCount(SchemaguardError):
    """Rows would be lost, and nobody can say how many: this role does not see them all."""


class Refused(SchemaguardError):
    """The work began and was rolled back, or was not begun because a person has to choose. Exit code 1.

    `reasons` says why, a sentence each; `heading` what they are reasons for, where that does not go without saying.
    `end` says what became of the database, and what allows it all the same.
    """

    done: Any = None
    """The outcome of what was committed before that, where anything was."""

    def __init__(self, *reasons: str, heading: str = "", end: str = "") -> None:
        before = f"{heading}: " if heading else ""
        super().__init__(before + "; ".join(filter(None, [*reasons, end])))
        self.heading = heading
        self.reasons = reasons
        self.end = end

    @property
    def lines(self) -> tuple[str, ...]:
        """One line where there is one reason; else a heading, and a line for each reason."""
        if len(self.reasons) < 2:
            return (str(self),)
        end = f"; {self.end}" if self.end else ""
        heading = self.heading or f"{len(self.reasons)} things stand in the way"
        return (f"{heading}{end}", *(f"  {each}" for each in self.reasons))


class LockHeld(Refused):
    """Somebody else has the lock, for longer than one was told to wait."""
