"""The layout of boxes and arrows: nothing overlaps, and arrows go on from layer to layer."""

from __future__ import annotations

import time
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from schemaguard.report.formats.html.layout import GAP, Layout, Size, layered

NAMES = "abcdefghijkl"
boxes = st.dictionaries(st.sampled_from(NAMES), st.builds(Size, st.integers(40, 300), st.integers(30, 200)), min_size=1)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=24)


def overlap(layout: Layout, sizes: dict[str, Size], one: str, other: str) -> bool:
    (left, top), (right, bottom) = layout.places[one], layout.places[other]
    width = (sizes[one] if left <= right else sizes[other]).width
    height = (sizes[one] if top <= bottom else sizes[other]).height
    return abs(left - right) < width and abs(top - bottom) < height


@given(boxes, pairs)
def test_every_box_has_a_place_of_its_own(sizes: dict[str, Size], arrows: list[tuple[str, str]]) -> None:
    arrows = [each for each in arrows if each[0] in sizes and each[1] in sizes]
    layout = layered(sizes, arrows)
    assert layout.places.keys() == sizes.keys()
    assert not [pair for pair in combinations(sizes, 2) if overlap(layout, sizes, *pair)]
    for name, place in layout.places.items():
        assert 0 <= place.x <= layout.size.width - sizes[name].width + 0.01
        assert -0.01 <= place.y <= layout.size.height - sizes[name].height + 0.01
    for source, target in arrows:
        if source != target:
            ends = layout.places[source].x, layout.places[target].x
            assert ends[0] != ends[1]
            bends = [point.x for point in layout.bends[source, target]]
            assert bends == sorted(bends, reverse=ends[0] > ends[1])


def test_without_a_cycle_arrows_lead_to_the_right() -> None:
    sizes = dict.fromkeys("abcd", Size(100, 40))
    layout = layered(sizes, [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")])
    x = {name: place.x for name, place in layout.places.items()}
    step = 100 + GAP.width
    assert x == {"a": 0, "b": step, "c": 2 * step, "d": step}  # what only points at c stands right before it
    assert len(layout.bends["a", "c"]) == 2  # it passes a layer


def test_arrows_that_need_not_cross_do_not() -> None:
    sizes = dict.fromkeys(("a", "b", "c", "1", "2", "3"), Size(100, 40))
    layout = layered(sizes, [("a", "3"), ("b", "2"), ("c", "1")])
    order = sorted("abc", key=lambda name: layout.places[name].y)
    targets = sorted("123", key=lambda name: layout.places[name].y)
    assert [{"a": "3", "b": "2", "c": "1"}[name] for name in order] == targets
    assert all(layout.places[one].y == layout.places[other].y for one, other in zip(order, targets, strict=True))


def test_a_large_graph_takes_no_time() -> None:
    names = [f"t{number}" for number in range(120)]
    arrows = [(name, names[number // part]) for number, name in enumerate(names) for part in (2, 3, 7)]
    started = time.perf_counter()
    layered(dict.fromkeys(names, Size(200, 80)), arrows)
    assert time.perf_counter() - started < 3
