"""What is done to one constraint or index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.schema.objects import Check, Constraint, ForeignKey

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import ConstraintTimeline


@dataclass(frozen=True, slots=True)
class MakeConstraint:
    timeline: ConstraintTimeline
    table: str
    constraint: Constraint
    concurrently: bool = False
    """Whether it is to be built outside of a transaction, while others write."""


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """Validates a constraint that is NOT VALID or NOT ENFORCED. Or makes an index visible that the server ignores."""

    timeline: ConstraintTimeline
    table: str
    actual: Constraint

    @property
    def enforces(self) -> bool:
        """Whether the server held no row to it."""
        return isinstance(self.actual, Check | ForeignKey) and not self.actual.enforced


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    """Renames an index or constraint that has another name than the migrations give it."""

    timeline: ConstraintTimeline
    table: str
    actual: Constraint
    new_name: str


@dataclass(frozen=True, slots=True)
class PromoteIndex:
    """A unique index becomes the constraint that it stands for; nothing is built, and no row is read."""

    timeline: ConstraintTimeline
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    timeline: ConstraintTimeline
    table: str
    actual: Constraint
    concurrently: bool = False
    comes_again: bool = False
    """Whether the same plan makes it again: what was made for it, as the index of a foreign key, stays."""
