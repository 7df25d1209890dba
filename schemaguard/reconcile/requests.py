"""What one run of reconcile is asked for, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.conf import EMPTY, Settings
from schemaguard.operations.requests import RunOutcome, RunRequest
from schemaguard.reconcile.plan.choosing.options import DEFAULTS, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemaguard.diagnosis.model import Diagnosis, Finding, PlanStep
    from schemaguard.history.graph import Key
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.plan.choosing.choices import Choice


@dataclass(frozen=True, kw_only=True, slots=True)
class Request(RunRequest):
    """One run of the command.

    `ask` is given each open choice whose flag is among `asks`, or that has no flag, and returns the name of one of its
    options. `confirm` is given the plan before anything is done. Where these are None, nobody is asked.
    """

    options: Options = DEFAULTS
    settings: Settings = EMPTY
    rehearse: bool = False
    followed: bool = False
    """Whether the caller runs `migrate` next, which then sends post_migrate."""
    plan_hash: str | None = None
    verbosity: int = 1
    ask: Callable[[Choice], str] | None = None
    asks: frozenset[str] = frozenset()
    confirm: Callable[[Diagnosis], bool] | None = None
    tell: Callable[[str], None] = lambda _text: None
    """Is told what is being done."""
    shown: str | None = None
    """The hash of the plan that was confirmed."""
    alone: frozenset[Key] = frozenset()
    """Migrations that were seen to end the transaction they ran in."""
    continues: int | None = None
    """The first entry that this run wrote into the journal, after the first."""

    def begin(self, step: Step, number: int, total: int) -> None:
        """Tells that a step begins."""
        of_several = f"step {number} of {total}, " if total > 1 else ""
        self.tell(f"schemaguard: {of_several}{step.action.value} {step.key[0]}.{step.key[1]} …")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """What a rehearsal saw of one step: how long it took, and the locks that it took and held."""

    seconds: float
    locks: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome(RunOutcome):
    """How a run ended: the diagnosis before and after, what was done, and the last of the journal's entries.

    `left`: whether steps that run outside of a transaction are still to come.
    `rehearsed` has one value for each of `performed`.
    """

    before: Diagnosis
    after: Diagnosis
    performed: tuple[PlanStep, ...] = ()
    blocked: tuple[str, ...] = ()
    rehearsed: tuple[Rehearsed, ...] = ()
    left: tuple[PlanStep, ...] = ()
    taken_back: str = "rolled back"
    """How a rehearsal left nothing behind."""
    accepted: frozenset[Finding] = frozenset()
    """Findings of `after` that somebody said to leave as they are."""

    def then(self, part: Outcome) -> None:
        """Adds what was done next."""
        self.after = part.after
        self.accepted = part.accepted
        self.performed += part.performed
        self.journal = part.journal if part.journal is not None else self.journal
        self.warnings = tuple(dict.fromkeys((*self.warnings, *part.warnings)))
        self.left = part.left
