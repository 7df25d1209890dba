"""What a command that changes a database is asked for, and what it did: the part that the commands share.

Each adds what is its own: `reconcile/requests.py`, `push/run.py`, `journal/undo.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.exceptions import Refused
from schemaguard.operations.hazards.losses import not_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.diagnosis.model import Hazard

NOTHING = "nothing was changed"
ROLLED_BACK = "everything was rolled back"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """One run on one database. `lock_timeout`: the seconds to wait for each lock."""

    alias: str = "default"
    app_labels: tuple[str, ...] = ()
    dry_run: bool = False
    accept_data_loss: bool = False
    lock_timeout: float = 5.0

    def refuse_hazards(self, hazards: Iterable[Hazard], end: str = NOTHING) -> None:
        """Raises Refused, naming the rows, where there is one that nobody allowed."""
        found, hint = self.not_allowed(hazards)
        if found:
            raise Refused(*(hazard.message for hazard in found), end=f"{end}{hint}")

    def not_allowed(self, hazards: Iterable[Hazard]) -> tuple[list[Hazard], str]:
        """The hazards that nobody allowed, and what allows them: a text to end a sentence with, or nothing."""
        return not_allowed(hazards, accept_data_loss=self.accept_data_loss)


@dataclass(kw_only=True, slots=True)
class RunOutcome:
    """`journal`: the last entry that the run wrote; `warnings` are for whoever started it."""

    journal: int | None = None
    warnings: tuple[str, ...] = ()
