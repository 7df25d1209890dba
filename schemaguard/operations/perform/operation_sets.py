"""Sets of operations in the order of the history."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.history.bits import bits_of, positions_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemaguard.history.graph import Graph
    from schemaguard.history.object_timeline import Op


class OperationSets:
    """Makes sets of the operations of one graph. Each operation has a number, in the order of the history."""

    def __init__(self, graph: Graph) -> None:
        self.ancestors = graph.ancestors
        self.sizes = tuple(len(migration.operations) for migration in graph.plan)
        self.ops: tuple[Op, ...] = tuple((m, o) for m, size in enumerate(self.sizes) for o in range(size))
        starts = [0]
        for size in self.sizes:
            starts.append(starts[-1] + size)
        self.starts = tuple(starts)

    def all_that(self, holds: Callable[[Op], bool]) -> OperationSet:
        return OperationSet(self, bits_of(number for number, op in enumerate(self.ops) if holds(op)))

    def of_migration(self, m: int) -> OperationSet:
        return OperationSet(self, ((1 << self.sizes[m]) - 1) << self.starts[m])


@dataclass(frozen=True, slots=True)
class OperationSet:
    """A set of operations. `bits` has the bit of each one's number."""

    sets: OperationSets
    bits: int

    @property
    def is_all(self) -> bool:
        return self.bits == (1 << len(self.sets.ops)) - 1

    def __contains__(self, op: Op) -> bool:
        return bool(self.bits >> (self.sets.starts[op[0]] + op[1]) & 1)

    def __iter__(self) -> Iterator[Op]:
        """In the order of the history."""
        return map(self.sets.ops.__getitem__, positions_in(self.bits))

    def __or__(self, other: OperationSet) -> OperationSet:
        return OperationSet(self.sets, self.bits | other.bits)

    def __sub__(self, other: OperationSet) -> OperationSet:
        return OperationSet(self.sets, self.bits & ~other.bits)

    def with_ancestors(self) -> OperationSet:
        """These, and all operations of the migrations that theirs depend on.

        A migration may be recorded without the ones that it depends on. Django has no state in which only it has run.
        """
        bits, below = self.bits, 0
        for m in self._migrations():
            below |= self.sets.ancestors[m]
        for m in positions_in(below):
            bits |= self.sets.of_migration(m).bits
        return OperationSet(self.sets, bits)

    def _migrations(self) -> Iterator[int]:
        """The positions of the migrations that these operations belong to."""
        left = self.bits
        while left:
            m = bisect_right(self.sets.starts, (left & -left).bit_length() - 1) - 1
            yield m
            left = left >> self.sets.starts[m + 1] << self.sets.starts[m + 1]
