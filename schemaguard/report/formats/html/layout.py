"""A layered layout of boxes and arrows, from left to right, after Sugiyama: pure numbers, no pictures.

The steps: turn arrows round until no cycle is left; give each box a layer; put the boxes of each layer into an order in
which few arrows cross; give each its height, as near to its neighbours as the others allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SWEEPS = 12


class Size(NamedTuple):
    """In pixels."""

    width: float
    height: float


class Point(NamedTuple):
    """The upper left corner of a box, or a bend of an arrow."""

    x: float
    y: float


GAP = Size(72, 20)
"""Between two layers, and between two boxes of one."""


@dataclass(slots=True)
class Layout:
    """Where the boxes stand. `bends` holds the points between the ends of an arrow that goes past other layers."""

    places: dict[str, Point]
    bends: dict[tuple[str, str], list[Point]]
    size: Size


@dataclass(slots=True)
class _Graph:
    """Boxes in layers, each arrow cut into pieces that lead to the next layer. A piece of an arrow is a box, too."""

    sizes: dict[str, Size]
    layers: list[list[str]] = field(default_factory=list)
    after: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    chains: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def connect(self, source: str, target: str) -> None:
        self.after.setdefault(source, []).append(target)
        self.before.setdefault(target, []).append(source)


def layered(
    sizes: Mapping[str, Size], arrows: Iterable[tuple[str, str]], *, gap: Size = GAP, thread: float = 10
) -> Layout:
    """The layout of one picture. `gap` is left between boxes, `thread` is what a passing arrow takes.

    Arrows from a box to itself are left out.
    """
    pairs = list(dict.fromkeys(each for each in arrows if each[0] != each[1]))
    turned = _without_cycles(list(sizes), pairs)
    graph = _in_layers(dict(sizes), turned, thread)
    _order(graph)
    tops = _tops(graph, gap.height)
    return _placed(graph, tops, gap.width, pairs)


def _without_cycles(boxes: Sequence[str], arrows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arrows, those turned round that lead back to where a walk came from."""
    after: dict[str, list[str]] = {each: [] for each in boxes}
    for source, target in arrows:
        after[source].append(target)
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in boxes:
        stack = [(root, iter(after[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            box, rest = stack[-1]
            for target in rest:
                if state.get(target) == 1:
                    back.add((box, target))
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(after[target])))
                    break
            else:
                state[box] = 2
                stack.pop()
    return list(dict.fromkeys((b, a) if (a, b) in back else (a, b) for a, b in arrows))


def _ranks(boxes: Iterable[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each box: the longest way to it; what nothing leads to stands just before what it leads to."""
    rank = dict.fromkeys(boxes, 0)
    for _ in rank:
        late = [(a, b) for a, b in arrows if rank[b] <= rank[a]]
        if not late:
            break
        for a, b in late:
            rank[b] = max(rank[b], rank[a] + 1)
    targets = {b for _, b in arrows}
    for box in rank:
        nexts = [rank[b] for a, b in arrows if a == box]
        if box not in targets and nexts:
            rank[box] = min(nexts) - 1
    return rank


def _in_layers(sizes: dict[str, Size], arrows: Sequence[tuple[str, str]], thread: float) -> _Graph:
    rank = _ranks(sizes, arrows)
    graph = _Graph(sizes, [[] for _ in range(max(rank.values(), default=-1) + 1)])
    for box, layer in rank.items():
        graph.layers[layer].append(box)
    for source, target in arrows:
        chain = [f"{source}\0{target}\0{layer}" for layer in range(rank[source] + 1, rank[target])]
        for layer, piece in enumerate(chain, start=rank[source] + 1):
            graph.layers[layer].append(piece)
            sizes[piece] = Size(0, thread)
        graph.chains[source, target] = chain
        path = [source, *chain, target]
        for one, other in pairwise(path):
            graph.connect(one, other)
    return graph


def _order(graph: _Graph) -> None:
    """Sorts each layer by the mean position of the neighbours, there and back, and keeps the best that came of it."""
    best = [list(layer) for layer in graph.layers]
    fewest = _crossings(graph, best)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        forth = sweep % 2 == 0
        numbers = range(1, len(graph.layers)) if forth else range(len(graph.layers) - 2, -1, -1)
        for number in numbers:
            fixed = graph.layers[number - 1 if forth else number + 1]
            place = {box: index for index, box in enumerate(fixed)}
            neighbours = graph.before if forth else graph.after
            here = {box: index for index, box in enumerate(graph.layers[number])}

            def mean(box: str) -> float:
                found = [place[each] for each in neighbours.get(box, ())]  # noqa: B023  # used before the next round
                return sum(found) / len(found) if found else here[box]  # noqa: B023

            graph.layers[number].sort(key=mean)
        crossings = _crossings(graph, graph.layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in graph.layers], crossings
    graph.layers = best


def _crossings(graph: _Graph, layers: Sequence[Sequence[str]]) -> int:
    count = 0
    for one, other in pairwise(layers):
        place = {box: index for index, box in enumerate(other)}
        ends = [sorted(place[each] for each in graph.after.get(box, ())) for box in one]
        seen: list[int] = []
        for mine in ends:
            count += sum(1 for end in mine for each in seen if each > end)
            seen += mine
    return count


def _tops(graph: _Graph, gap: float) -> dict[str, float]:
    """The upper edge of each box: near the middle of its neighbours, the order kept, and `gap` between two boxes."""
    tops: dict[str, float] = {}
    for layer in graph.layers:
        top = 0.0
        for box in layer:
            tops[box] = top
            top += graph.sizes[box].height + gap
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for layer in graph.layers if forth else reversed(graph.layers):
            wanted = []
            for box in layer:
                sides = (
                    (graph.before, graph.after) if sweep > SWEEPS // 2 else (graph.before if forth else graph.after,)
                )
                near = [tops[each] + graph.sizes[each].height / 2 for side in sides for each in side.get(box, ())]
                height = graph.sizes[box].height
                wanted.append(sum(near) / len(near) - height / 2 if near else tops[box])
            heights = [graph.sizes[box].height for box in layer]
            tops.update(zip(layer, _apart(wanted, heights, gap), strict=True))
    least = min(tops.values(), default=0.0)
    return {box: top - least for box, top in tops.items()}


def _apart(wanted: Sequence[float], heights: Sequence[float], gap: float) -> list[float]:
    """The positions nearest to the wanted ones, by least squares, at which nothing overlaps and the order is kept.

    That is isotonic regression: neighbours that would overlap become one block, which stands at the mean of its wishes.
    """
    offsets, total = [], 0.0
    for height in heights:
        offsets.append(total)
        total += height + gap
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wanted, offsets, strict=True):
        block = (wish - offset, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, count = blocks.pop()
            both = count + block[1]
            block = ((mean * count + block[0] * block[1]) / both, both)
        blocks.append(block)
    starts = [mean for mean, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _placed(graph: _Graph, tops: Mapping[str, float], gap: float, pairs: Sequence[tuple[str, str]]) -> Layout:
    places: dict[str, Point] = {}
    lanes: dict[str, tuple[Point, Point]] = {}
    left = 0.0
    for layer in graph.layers:
        width = max((graph.sizes[box].width for box in layer), default=0.0)
        for box in layer:
            places[box] = Point(left, tops[box])
            middle = tops[box] + graph.sizes[box].height / 2
            lanes[box] = Point(left, middle), Point(left + width, middle)
        left += width + gap
    bends = {}
    for source, target in pairs:
        chain = graph.chains.get((source, target))
        if chain is None:  # it was turned round
            back = reversed(graph.chains[target, source])
            bends[source, target] = [point for each in back for point in reversed(lanes[each])]
        else:
            bends[source, target] = [point for each in chain for point in lanes[each]]
    boxes = {box: place for box, place in places.items() if "\0" not in box}
    height = max((place.y + graph.sizes[box].height for box, place in boxes.items()), default=0.0)
    return Layout(boxes, bends, Size(max(left - gap, 0.0), height))
