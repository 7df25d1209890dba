"""Which hazards stop a run, and what allows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.diagnosis.model import Hazard

LOSSES = ("rows_dropped", "too_long")
"""The kinds of hazards that --accept-data-loss allows. No option allows the others."""


def not_allowed(hazards: Iterable[Hazard], *, accept_data_loss: bool) -> tuple[list[Hazard], str]:
    """The hazards that nobody allowed, and what allows them: a text to end a sentence with, or nothing."""
    found = [hazard for hazard in hazards if not (hazard.kind in LOSSES and accept_data_loss)]
    return found, "; --accept-data-loss allows it" if all(hazard.kind in LOSSES for hazard in found) else ""
