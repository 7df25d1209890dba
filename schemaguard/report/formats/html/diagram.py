"""A picture of tables as SVG: boxes with rows, and arrows for foreign keys."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from schemaguard.report.escape import visible
from schemaguard.report.formats.html.layout import Layout, Point, Size, layered
from schemaguard.report.formats.html.pictures import Arrow, Box, Look, Picture, Row
from schemaguard.report.formats.html.tags import Html, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

CHARACTER = 7.3
"""The width of a character at 12 pixels, in the widest of the fonts that may be there."""
HEAD, ROW, PADDING, GLYPH = 30, 20, 12, 18
LONGEST = 30
"""Characters of a name; a longer one is cut in its middle, and whole in its title."""
SHELF = 880
"""Pictures that nothing joins stand side by side up to this width."""
GAP = 28


def svg(picture: Picture, label: str) -> Html:
    """The whole picture. `label` names it for those who do not see it."""
    parts = list(_components(picture))
    laid = [layered({name: _size(picture.boxes[name]) for name in names}, pairs) for names, pairs in parts]
    offsets, size = _shelves([each.size for each in laid])
    drawn: list[Html] = []
    for (names, _), layout, offset in zip(parts, laid, offsets, strict=True):
        inside = set(names)
        arrows = [each for each in picture.arrows if each.source in inside]
        shapes = [*_arrows(picture, arrows, layout), *(_box(picture.boxes[n], layout.places[n]) for n in names)]
        drawn.append(tag("g", shapes, transform=f"translate({offset.x:.0f} {offset.y:.0f})"))
    width, height = round(size.width) + 16, round(size.height) + 16
    return tag(
        "svg", drawn, viewBox=f"-8 -8 {width} {height}", width=width, height=height, role="img", aria_label=label,
        class_="tables",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- layout
def _components(picture: Picture) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    """What arrows join, the largest first."""
    joined: dict[str, set[str]] = {name: set() for name in picture.boxes}
    for arrow in picture.arrows:
        joined[arrow.source].add(arrow.target)
        joined[arrow.target].add(arrow.source)
    seen: set[str] = set()
    found = []
    for start in picture.boxes:
        if start in seen:
            continue
        members, waiting = {start}, [start]
        while waiting:
            new = joined[waiting.pop()] - members
            members |= new
            waiting += sorted(new)
        seen |= members
        found.append([name for name in picture.boxes if name in members])
    for names in sorted(found, key=len, reverse=True):
        inside = set(names)
        yield names, [(each.source, each.target) for each in picture.arrows if each.source in inside]


def _shelves(sizes: Iterable[Size]) -> tuple[list[Point], Size]:
    """Puts pictures side by side, and on to the next shelf where one is full."""
    places: list[Point] = []
    x = y = high = wide = 0.0
    for size in sizes:
        if x > 0 and x + size.width > SHELF:
            x, y, high = 0.0, y + high + GAP, 0.0
        places.append(Point(x, y))
        x += size.width + GAP
        high, wide = max(high, size.height), max(wide, x - GAP)
    return places, Size(wide, y + high)


def _size(box: Box) -> Size:
    longest = max([_width(box.name) + 4, *(_row_width(row) for row in box.rows)])
    height = HEAD + (len(box.rows) * ROW + 8 if box.rows else 0)
    return Size(round(longest * CHARACTER + 2 * PADDING), height)


def _row_width(row: Row) -> float:
    note = min(len(row.note), LONGEST) + 2 if row.note else 0
    return _width(row.name) + note + GLYPH / CHARACTER


def _width(text: str) -> int:
    """In characters; an East Asian one is as wide as two."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in _cut(text))


def _cut(text: str) -> str:
    text = visible(text)
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[-half:]}"


# ------------------------------------------------------------------------------------------------------------ drawing
def _box(box: Box, place: Point) -> Html:
    width, height = _size(box)
    head = tag("text", _cut(box.name), x=PADDING, y=20, class_="t-name")
    body: list[Html] = []
    for number, row in enumerate(box.rows):
        body += _row(row, HEAD + 4 + number * ROW, width)
    line = tag("path", d=f"M0 {HEAD}H{width:.0f}", class_="t-rule") if box.rows else None
    title = ", ".join(box.rest) if box.rest else f"{box.name}{f', {box.app}' if box.app else ''}"
    return tag(
        "g", tag("title", title), tag("rect", width=f"{width:.0f}", height=f"{height:.0f}", rx=7), head,
        _glyph(box.look, width - PADDING - 10, 9), line, body,
        transform=f"translate({place.x:.0f} {place.y:.0f})", class_=f"t-box l-{box.look.value}",
    )  # fmt: skip


def _row(row: Row, top: float, width: float) -> Iterator[Html]:
    left = PADDING + (GLYPH if row.look is not Look.FOLDED else 0)
    is_cut = len(visible(row.name)) > LONGEST or len(row.note) > LONGEST
    title = tag("title", f"{row.name} {row.note}".strip()) if is_cut else None
    parts = [title, _glyph(row.look, PADDING, top + 4)]
    sign = "+ " if row.look is Look.FOLDED else ""
    parts.append(tag("text", f"{sign}{_cut(row.name)}", x=left, y=f"{top + 14:.0f}"))
    if row.note:
        cut = row.note if len(row.note) <= LONGEST else f"{row.note[: LONGEST - 1]}…"
        parts.append(
            tag("text", cut, x=f"{width - PADDING:.0f}", y=f"{top + 14:.0f}", text_anchor="end", class_="t-note")
        )
    yield tag("g", parts, class_=f"t-row l-{row.look.value}")


def _glyph(look: Look, x: float, y: float) -> Html | None:
    """The state as a shape, for those to whom colours say nothing."""
    if look in (Look.ALIKE, Look.FOLDED):
        return None
    return tag("use", href=f"#i-{look.value}", x=f"{x:.0f}", y=f"{y:.0f}", width=12, height=12)


def _arrows(picture: Picture, arrows: Sequence[Arrow], layout: Layout) -> Iterator[Html]:
    for arrow in arrows:
        if arrow.source == arrow.target:
            continue
        source, target = layout.places[arrow.source], layout.places[arrow.target]
        start_box, end_box = picture.boxes[arrow.source], picture.boxes[arrow.target]
        forth = source.x < target.x
        start = Point(source.x + (_size(start_box).width if forth else 0), source.y + _port(start_box, arrow.column))
        end = Point(target.x - 2 if forth else target.x + _size(end_box).width + 2, target.y + HEAD / 2)
        points = [start, *layout.bends[arrow.source, arrow.target], end]
        marker = "url(#arrow-missing)" if arrow.look is Look.MISSING else "url(#arrow)"
        title = None
        if arrow.look is not Look.ALIKE:
            title = tag("title", f"{arrow.look.value}: foreign key {arrow.column} to {end_box.name}")
        yield tag(
            "path", title, d=_curve(points, forth), class_=f"t-key l-{arrow.look.value}",
            marker_end=marker,
        )  # fmt: skip


def _port(box: Box, column: str | None) -> float:
    """Where an arrow leaves a box: at the row of its column, where that is shown."""
    rows: Mapping[str, int] = {row.name: number for number, row in reversed(list(enumerate(box.rows)))}
    return HEAD / 2 if column is None or column not in rows else HEAD + 14 + rows[column] * ROW


def _curve(points: Sequence[Point], forth: bool) -> str:
    """A line that leaves and reaches each point horizontally."""
    path = [f"M{points[0].x:.0f} {points[0].y:.0f}"]
    for one, other in pairwise(points):
        half = max(24.0, abs(other.x - one.x) / 2) * (1 if forth else -1)
        path.append(f"C{one.x + half:.0f} {one.y:.0f} {other.x - half:.0f} {other.y:.0f} {other.x:.0f} {other.y:.0f}")
    return "".join(path)
