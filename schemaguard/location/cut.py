"""A minimum s-t cut: which of many yes-or-no questions to answer with yes, so that the answers together cost least.

A problem is a set of questions, what each answer costs, and what pairs of answers cost. As long as a pair costs only
where one is yes and the other is no, the cheapest answers are a minimum cut of a graph: the questions on the source's
side are answered with yes. See Kolmogorov and Zabih, 'What energy functions can be minimized via graph cuts?' (2004).

The flow is found by Goldberg and Tarjan's push-relabel algorithm ('A new approach to the maximum-flow problem', 1988),
from the sink to the source. Augmenting paths would do as well, but in a long history there is one of every length, and
each length costs them a search of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
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
        self._demand: list[int] = [0, 0]
        """How much each node has yet to be given by others, so that it can send on what the sink has taken from it."""

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
        distance = _Pulling(self._residual, self._demand).distance
        unreached = len(self._names)
        return frozenset(
            name for name, steps in zip(self._names, distance, strict=True) if name is not None and steps < unreached
        )

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
            self._demand.append(0)
        return node

    def _add(self, node: int, other: int, cost: int) -> None:
        if cost and node != other:
            edges, left = self._capacity[node], self._residual[node]
            before = edges.get(other, 0)
            edges[other] = min(before + cost, NEVER)
            left[other] = left.get(other, 0) + edges[other] - before
            self._residual[other].setdefault(node, 0)


class _Pulling:
    """Pulls a flow from the source to the sink, until no node that has a demand can be reached from the source.

    `residual[a][b]` is what the edge from a to b still carries. Both this and `demand` are changed. `distance` is how
    many edges that still carry something lead from the source to each node: the number of nodes where none do. These
    are the sink's side of the cut, and it is the largest, where there are several.
    """

    def __init__(self, residual: list[dict[int, int]], demand: list[int]) -> None:
        self.residual = residual
        self.demand = demand
        self.size = len(residual)
        for node in list(residual[_NO]):
            taken = residual[node][_NO]
            residual[node][_NO] = 0
            residual[_NO][node] += taken
            demand[node] += taken
        self._measure()
        while self._highest >= 0:
            if not self._waiting[self._highest]:
                self._highest -= 1
                continue
            node = self._waiting[self._highest].pop()
            if self.distance[node] == self._highest:  # else it was moved since
                self._satisfy(node)
            if self._moves > self.size:
                self._measure()
        self._measure()

    def _measure(self) -> None:
        """The true distances. Without it they would be no more than lower bounds after a while, and the way long."""
        self.distance = distance = [self.size] * self.size
        distance[_YES] = 0
        queue = deque([_YES])
        while queue:
            node = queue.popleft()
            for other, left in self.residual[node].items():
                if left and other != _NO and distance[other] == self.size:
                    distance[other] = distance[node] + 1
                    queue.append(other)
        self._waiting: list[list[int]] = [[] for _ in range(self.size + 1)]
        self._at = [0] * (self.size + 1)
        """How many nodes there are at each distance."""
        self._highest, self._moves = -1, 0
        for node, steps in enumerate(distance):
            self._at[steps] += 1
            if node not in (_YES, _NO):
                self._wait(node)

    def _wait(self, node: int) -> None:
        steps = self.distance[node]
        if self.demand[node] and steps < self.size:
            self._waiting[steps].append(node)
            self._highest = max(self._highest, steps)

    def _satisfy(self, node: int) -> None:
        """Pulls what a node needs from those that are nearer to the source; where that is not enough, it moves away."""
        residual, distance, demand = self.residual, self.distance, self.demand
        while demand[node] and distance[node] < self.size:
            nearer, nearest = distance[node] - 1, self.size
            for other in residual[node]:
                left = residual[other][node]
                if not left or other == _NO:
                    continue
                if distance[other] == nearer:
                    pulled = min(left, demand[node])
                    residual[other][node] -= pulled
                    residual[node][other] += pulled
                    demand[node] -= pulled
                    if other != _YES:
                        demand[other] += pulled
                        self._wait(other)
                    if not demand[node]:
                        return
                    if pulled == left:
                        continue
                nearest = min(nearest, distance[other])
            self._move(node, min(nearest + 1, self.size))

    def _move(self, node: int, steps: int) -> None:
        """Where nobody is left at a distance, nobody beyond it can be reached any more."""
        before = self.distance[node]
        self._at[before] -= 1
        self._at[steps] += 1
        self.distance[node] = steps
        self._moves += 1
        if not self._at[before]:
            for other, beyond in enumerate(self.distance):
                if before < beyond < self.size and other != _NO:
                    self._at[beyond] -= 1
                    self._at[self.size] += 1
                    self.distance[other] = self.size
