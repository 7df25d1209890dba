"""Which tables a picture shows: those that differ, in detail, and those that foreign keys join them with, by name."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import numbered
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import DiagnosedTable, Finding

MOST = 24
"""So many tables that differ are shown in one picture."""
ALTOGETHER = 72
"""And so many in all pictures of a page, each app having its share."""
FEWEST = 6
WHOLE = 20
"""So many tables that differ stand in one picture, whatever their apps. Are there more, each app has a picture."""
NEIGHBOURS = 5
"""So many neighbours of a table, to one side of it, are shown by name; more are one box with their number."""
ROWS = 9


class Look(str, Enum):
    """What a picture says of a table, of a row of it, or of a foreign key."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    ALIKE = "alike"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Row:
    look: Look
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A table, or the tables that `rest` names. `rows` are what differs, and the columns that arrows begin at."""

    name: str
    look: Look
    app: str | None = None
    rows: tuple[Row, ...] = ()
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """A foreign key, from a box to a box. `column` is None where several tables are folded at an end."""

    source: str
    target: str
    look: Look
    column: str | None = None


@dataclass(slots=True)
class Picture:
    """`left_out` counts tables that differ and are told in the list alone. `app` is None for all of them."""

    app: str | None = None
    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    left_out: int = 0


def by_table(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings about objects, by their tables; what is only a note makes no table differ."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.table is not None and finding.kind is not Kind.MIGRATION and finding.level is not Level.INFO:
            found[finding.table].append(finding)
    return dict(found)


def pictures(tables: Iterable[DiagnosedTable], findings: Mapping[str, Sequence[Finding]]) -> list[Picture]:
    """One picture, or one an app; those that nothing is left for are empty.

    A table that is told of and not known is shown by its findings alone.
    """
    known = {table.name: table for table in tables}
    near = _neighbours(known)
    apps: defaultdict[str | None, list[str]] = defaultdict(list)
    for name in findings:
        table = known.get(name)
        apps[(table.app if table is not None else None) if len(findings) > WHOLE else None].append(name)
    found: list[Picture] = []
    left, share = ALTOGETHER, max(FEWEST, ALTOGETHER // max(1, len(apps)))
    for app, names in apps.items():
        shown = names[: min(MOST, share, left)]
        left -= len(shown)
        found.append(_picture(app, shown, known, near, findings))
        found[-1].left_out = len(names) - len(shown)
    return found


def look_of(findings: Iterable[Finding]) -> Look:
    """Of a whole table."""
    for finding in findings:
        if finding.kind is Kind.TABLE and finding.problem in (Problem.MISSING, Problem.EXTRA):
            return Look(finding.problem.value)
    return Look.DIFFERENT


def _neighbours(known: Mapping[str, DiagnosedTable]) -> dict[str, tuple[list[str], list[str]]]:
    """Table → those that it points at, and those that point at it."""
    found: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in known}
    for name, table in known.items():
        for target in dict.fromkeys(each.target for each in table.references):
            if target in found and target != name:
                found[name][0].append(target)
                found[target][1].append(name)
    return found


def _picture(
    app: str | None,
    shown: Sequence[str],
    known: Mapping[str, DiagnosedTable],
    near: Mapping[str, tuple[list[str], list[str]]],
    findings: Mapping[str, Sequence[Finding]],
) -> Picture:
    picture = Picture(app=app)
    for name in shown:
        picture.boxes[name] = _box(name, known.get(name), findings[name])
    wanted = Counter(each for name in shown for side in near.get(name, ((), ())) for each in side)
    for name in shown:
        for outwards, side in zip((True, False), near.get(name, ((), ())), strict=True):
            _add_side(picture, name, sorted(side, key=lambda each: -wanted[each]), known, findings, outwards)
    return picture


def _add_side(
    picture: Picture,
    name: str,
    side: Sequence[str],
    known: Mapping[str, DiagnosedTable],
    findings: Mapping[str, Sequence[Finding]],
    outwards: bool,
) -> None:
    """The tables to one side of a table: by name what is shown anyway or is one of few, the rest in one box."""
    there = [each for each in side if each in picture.boxes]
    new = [each for each in side if each not in picture.boxes]
    fits = len(new) <= NEIGHBOURS and len(picture.boxes) + len(new) <= 4 * MOST
    named = new if fits or len(new) == 1 else []
    for each in named:
        differs = each in findings
        look = look_of(findings[each]) if differs else Look.ALIKE
        picture.boxes[each] = Box(each, look, known[each].app)
    for each in (*there, *named):
        pair = (name, each) if outwards else (each, name)
        picture.arrows += [arrow for arrow in _arrows(known[pair[0]], pair[1]) if arrow not in picture.arrows]
    rest = [each for each in new if each not in named]
    if rest:
        box = f"{name}{' → ' if outwards else ' ← '}"
        picture.boxes[box] = Box(f"{len(rest)} more tables", Look.FOLDED, rest=tuple(rest))
        ends = (name, box) if outwards else (box, name)
        picture.arrows.append(Arrow(*ends, Look.ALIKE))


def _arrows(table: DiagnosedTable, target: str) -> Iterator[Arrow]:
    for each in table.references:
        if each.target == target:
            look = Look.ALIKE if each.expected == each.actual else (Look.MISSING if each.expected else Look.EXTRA)
            # What no migration made has nothing to be extra to.
            look = look if table.expected else Look.ALIKE
            yield Arrow(table.name, target, look, each.columns[0])


def _box(name: str, table: DiagnosedTable | None, findings: Sequence[Finding]) -> Box:
    look = look_of(findings)
    rows = [_row(each) for each in findings if each.kind is not Kind.TABLE]
    rows += [Row(Look.DIFFERENT, str(each.expected or each.kind.words)) for each in findings if _of_table(each)]
    if table is None:
        return Box(name, look, None, tuple(_cut(rows, 0)))
    told = {row.name for row in rows}
    joining = {column for each in table.references for column in each.columns}
    whole = look in (Look.MISSING, Look.EXTRA)
    rest = [each for each in table.columns if each.name not in told]
    shown = [each for each in rest if each.name in joining or (whole and len(rest) <= ROWS)]
    rows += [Row(Look.ALIKE, each.name, each.definition) for each in shown[: max(0, ROWS - len(rows))]]
    hidden = len(rest) - len(shown[: max(0, ROWS - len(told))])
    return Box(name, look, table.app, tuple(_cut(rows, hidden, whole=whole)))


def _of_table(finding: Finding) -> bool:
    return finding.kind is Kind.TABLE and finding.problem is Problem.DIFFERENT


def _row(finding: Finding) -> Row:
    looks = {Problem.MISSING: Look.MISSING, Problem.EXTRA: Look.EXTRA}
    name = finding.name or ", ".join(finding.columns or ()) or finding.kind.words
    look = looks.get(finding.problem, Look.DIFFERENT)
    is_column = finding.kind is Kind.COLUMN
    note = (finding.actual or finding.expected or "") if is_column else finding.kind.words
    return Row(look, name, note)


def _cut(rows: Sequence[Row], hidden: int, *, whole: bool = False) -> Iterator[Row]:
    yield from rows[:ROWS]
    if len(rows) > ROWS:
        yield Row(Look.FOLDED, f"{len(rows) - ROWS} more that differ")
    if hidden > 0:
        alike = numbered(hidden, "column")
        yield Row(Look.FOLDED, alike if whole else f"{alike} alike")
