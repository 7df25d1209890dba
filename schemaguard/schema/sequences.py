"""What gives an automatic key its numbers."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping


@value(frozen=True, kw_only=True, slots=True)
class Sequence:
    """The sequence behind an automatic key. `last` is None where it is not known.

    `used` is false where it has given no number yet. The catalog does not tell where it then begins, so `last` is a
    guess by its definition.
    `feeds` is false where the column owns it and takes no number from it. Example: the default was dropped.
    `most` is the last number that it has, None where that is not known.
    """

    name: str
    table: str
    column: str
    last: int | None = None
    used: bool = True
    step: int = 1
    least: int = 1
    most: int | None = None
    cycles: bool = False
    feeds: bool = True

    def after(self, number: int) -> int:
        """The number that it gives after this one."""
        found = number + self.step
        if self.step < 0 and self.cycles and self.most is not None and found < self.least:
            return self.most
        return self.least if self.cycles and self.most is not None and found > self.most else found

    def has(self, number: int) -> bool:
        """Whether it goes as far."""
        if self.step < 0:
            return self.cycles or number >= self.least
        return self.most is None or number <= self.most


@value(frozen=True, kw_only=True, slots=True)
class Beside:
    """What stands beside tables, as SQL says it: what is usual is left out.

    `steps`: `table.column` → how the sequence counts that the column owns, where that is unusual. `sequences`: the same
    of each that no column owns, by its name. `partitions`: what a partition is one of and with which bounds, and what a
    table is partitioned by.
    """

    steps: Mapping[str, str] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, str] = field(default_factory=dict)
