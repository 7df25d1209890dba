"""A minimum s-t cut: which of many yes-or-no questions to answer with yes, so that the answers together cost least.

A problem is a set of questions, what each answer costs, and what pairs of answers cost. As long as a pair costs only
where one is yes and the other is no, the cheapest answers are a minimum cut of a graph: the questions on the source's
side are answered with yes. See Kolmogorov and Zabih, 'What energy functions can be minimized via graph cuts?' (2004).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from itertools import pairwise
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
NEVER = 1 << 40
"""The cost of what cannot be. Larger than any sum of costs, and finite, so that sums stay comparable."""
_YES, _NO = 0, 1


class Questions(Generic[Q]):
    """Yes-or-no questions with costs, in whole numbers. Questions are named by anything that can be a key."""

    def __init__(self) -> None:
        self._nodes: dict[Q, int] = {}
        self._names: list[Q | None] = [None, None]
        self._capacity: list[dict[int, int]] = [{}, {}]
        self._residual: list[dict[int, int]] = [{}, {}]

    def __contains__(self, question: Q) -> bool:
        return question in self._nodes

    def ask(self, question: Q) -> None:
        """Adds a question that costs nothing either way."""
        self._node(question)

    def cost_of_yes(self, question: Q, cost: int) -> None:
        self._add(self._node(question), _NO, cost)

    def cost_of_no(self, question: Q, cost: int) -> None:
        self._add(_YES, self._node(question), cost)

    def cost_of_yes_and_no(self, yes: Q, no: Q, cost: int) -> None:
        """What it costs that the first is answered with yes and the second with no."""
        self._add(self._node(yes), self._node(no), cost)

    def implies(self, question: Q, other: Q) -> None:
        """The first cannot be yes where the second is no."""
        self.cost_of_yes_and_no(question, other, NEVER)

    def cheapest(self) -> frozenset[Q]:
        """The questions to answer with yes. Of several cheapest answers, that with the fewest.

        More costs may be added afterwards. The next call then goes on from here, which is quick.
        """
        while levels := _levels(self._residual):
            _augment(self._residual, levels)
        return frozenset(name for name in map(self._names.__getitem__, _reached(self._residual)) if name is not None)

    def cost(self, yes: frozenset[Q]) -> int:
        """What a set of answers costs."""
        return sum(cost for _, _, cost in self.paid(yes))

    def paid(self, yes: frozenset[Q]) -> Iterator[tuple[Q | None, Q | None, int]]:
        """What a set of answers pays, as (answered with yes, answered with no, cost); None stands for no question."""
        for node, edges in enumerate(self._capacity):
            if node == _YES or self._names[node] in yes:
                for other, cost in edges.items():
                    if other != _YES and (other == _NO or self._names[other] not in yes):
                        yield self._names[node], self._names[other], cost

    def _node(self, question: Q) -> int:
        node = self._nodes.get(question)
        if node is None:
            node = self._nodes[question] = len(self._names)
            self._names.append(question)
            self._capacity.append({})
            self._residual.append({})
        return node

    def _add(self, node: int, other: int, cost: int) -> None:
        if cost and node != other:
            edges, left = self._capacity[node], self._residual[node]
            before = edges.get(other, 0)
            edges[other] = min(before + cost, NEVER)
            left[other] = left.get(other, 0) + edges[other] - before
            self._residual[other].setdefault(node, 0)


def _levels(residual: list[dict[int, int]]) -> list[int] | None:
    """How far each node is from the source, by edges that still carry something; None where the sink is cut off."""
    levels = [-1] * len(residual)
    levels[_YES] = 0
    queue = deque([_YES])
    while queue:
        node = queue.popleft()
        for other, left in residual[node].items():
            if left and levels[other] < 0:
                levels[other] = levels[node] + 1
                queue.append(other)
    return levels if levels[_NO] >= 0 else None


def _augment(residual: list[dict[int, int]], levels: list[int]) -> None:
    """Sends as much as can be sent along shortest paths (Dinic's blocking flow), without recursion."""
    edges = [list(each) for each in residual]
    path = [_YES]
    while path:
        node = path[-1]
        if node == _NO:
            sent = min(residual[a][b] for a, b in pairwise(path))
            cut = 0
            for position, (a, b) in enumerate(pairwise(path)):
                residual[a][b] -= sent
                residual[b][a] += sent
                if not residual[a][b] and not cut:
                    cut = position + 1
            del path[cut:]
            continue
        while edges[node]:
            other = edges[node][-1]
            if residual[node][other] and levels[other] == levels[node] + 1:
                path.append(other)
                break
            edges[node].pop()
        else:
            path.pop()
            if path:
                edges[path[-1]].pop()


def _reached(residual: list[dict[int, int]]) -> list[int]:
    """The source's side of the cut: the smallest, where there are several."""
    seen = {_YES}
    queue = [_YES]
    while queue:
        for other, left in residual[queue.pop()].items():
            if left and other not in seen:
                seen.add(other)
                queue.append(other)
    return [node for node in seen if node != _YES]
