"""A plan: steps, and what stands in their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.graph import Key
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.plan.choosing.choices import Choice


@dataclass(slots=True)
class Plan:
    """Steps in order, and what stands in their way: a sentence each, naming the option that says how.

    `choices` are the questions that nobody has answered yet. A blocked plan may have none, and a plan with open choices
    need not be blocked. `unmendable` are those of `blocked` against which no option helps.
    """

    steps: list[Step]
    blocked: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    warnings: tuple[str, ...] = ()
    unmendable: tuple[str, ...] = ()
    held: frozenset[int] = frozenset()
    """Positions of the migrations that the database holds, all, in part, or in another shape, before the plan."""
    accepted: frozenset[Finding] = frozenset()
    """What is left as it is on purpose."""
    left: frozenset[Key] = frozenset()
    """The migrations that are not applied only because something is left as it is on purpose."""
