"""The matrix of a report on many databases: a row for those that are alike, a column for migrations that are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import State
from schemaguard.diagnosis.wording import numbered
from schemaguard.report.formats.html.history import legend, mark
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.many.text import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.report.many.base import Group, Many

MOST_ROWS, MOST_COLUMNS = 100, 40
"""More would make a page of several megabytes, which nobody reads; the JSON document has all of it."""
MOST_CHARACTERS = 400_000
"""Of the names of the targets."""
Key = tuple[str, str]
States = tuple["State | None", ...]


@dataclass(frozen=True, slots=True)
class Column:
    """Migrations of an app, one after the other, that are in the same state wherever one looks."""

    app: str
    names: tuple[str, ...]
    states: States
    """A state for each row; None where the row has no such migration."""

    @property
    def is_whole(self) -> bool:
        return all(each in (State.APPLIED, None) for each in self.states)


def matrix(many: Many, examples: Sequence[Diagnosis | None], anchors: Mapping[str, str]) -> Html:
    """The section. `examples` are the diagnoses of the first groups; `anchors`: fingerprint → the id of a group."""
    groups = many.groups[: len(examples)]
    found = list(columns(examples))
    told = [each for each in found if not each.is_whole]
    shown = _most_telling(told, groups)
    states = {state: 1 for each in shown for state in each.states if state is not None}
    return tag(
        "section",
        tag("h2", "Where they stand", id="targets-title"),
        tag("p", _lead(found, told, shown), class_="lead"),
        _meanings(states),
        tag("div", _table(many, groups, shown, anchors), class_="scroll matrix", tabindex=0, role="region",
            aria_label="Table of targets and migrations"),
        _rest(many, len(groups)),
        id="targets", aria_labelledby="targets-title",
    )  # fmt: skip


def columns(examples: Sequence[Diagnosis | None]) -> Iterator[Column]:
    """The migrations of all of them, app by app; neighbours that are in the same states are one column."""
    by_app: dict[str, dict[str, list[State | None]]] = {}
    for number, diagnosis in enumerate(examples):
        for each in diagnosis.migrations if diagnosis is not None else ():
            states = by_app.setdefault(each.app, {}).setdefault(each.name, [None] * len(examples))
            states[number] = each.state
    for app, migrations in by_app.items():
        run: list[str] = []
        before: States = ()
        for name, states in migrations.items():
            if run and tuple(states) != before:
                yield Column(app, tuple(run), before)
                run = []
            before = tuple(states)
            run.append(name)
        yield Column(app, tuple(run), before)


def _most_telling(found: Sequence[Column], groups: Sequence[Group]) -> list[Column]:
    """Those that most targets have not applied, in their order."""

    def weight(column: Column) -> int:
        return sum(
            group.count
            for group, state in zip(groups, column.states, strict=True)
            if state not in (State.APPLIED, None)
        )

    chosen = {id(each) for each in sorted(found, key=weight, reverse=True)[:MOST_COLUMNS]}
    return [each for each in found if id(each) in chosen]


def _lead(found: Sequence[Column], told: Sequence[Column], shown: Sequence[Column]) -> str:
    whole = sum(len(each.names) for each in found if each.is_whole)
    parts = ["Those that are alike are one row."]
    if whole:
        parts.append(f"{numbered(whole, 'migration')} that {'is' if whole == 1 else 'are'} applied in each of them "
                     f"{'has' if whole == 1 else 'have'} no column.")  # fmt: skip
    left = sum(len(each.names) for each in told) - sum(len(each.names) for each in shown)
    if left:
        parts.append(f"{numbered(left, 'migration')} more {'has' if left == 1 else 'have'} no room here: "
                     "--format json has all of them.")  # fmt: skip
    return " ".join(parts)


def _meanings(states: Mapping[State, int]) -> Html | None:
    return legend(states, counted=False) if states else None


def _table(many: Many, groups: Sequence[Group], shown: Sequence[Column], anchors: Mapping[str, str]) -> Html:
    apps: dict[str, list[Column]] = {}
    for column in shown:
        apps.setdefault(column.app, []).append(column)
    head = tag(
        "tr", tag("th", many.what.capitalize(), scope="col", rowspan=2), tag("th", "Verdict", scope="col", rowspan=2),
        [tag("th", tag("bdi", app), scope="colgroup", colspan=len(mine), class_="group") for app, mine in apps.items()],
    )  # fmt: skip
    names = tag("tr", [tag("th", tag("span", _name(each)), scope="col") for mine in apps.values() for each in mine])
    ordered = [each for mine in apps.values() for each in mine]
    room = MOST_CHARACTERS
    rows = []
    for number, group in enumerate(groups):
        targets, room = _within(group.targets, room)
        rows.append(_row(group, number, targets, ordered, anchors.get(group.fingerprint)))
    caption = tag("caption", "Each row with the state of its migrations", class_="said")
    return tag("table", caption, tag("thead", head, names if shown else None), tag("tbody", rows))


def _within(targets: Sequence[str], room: int) -> tuple[Sequence[str], int]:
    """So many of the names as there is room for, and the room that is left."""
    for number, each in enumerate(targets):
        room -= len(each) + 2
        if room < 0:
            return targets[:number], 0
    return targets, room


def _name(column: Column) -> str:
    first, last = column.names[0], column.names[-1]
    if len(column.names) == 1:
        return first
    return f"{first} … {last}, {len(column.names)}" if len(column.names) > 2 else f"{first}, {last}"


def _row(group: Group, number: int, targets: Sequence[str], shown: Sequence[Column], anchor: str | None) -> Html:
    text = f"{group.count:,} alike" if group.count > 1 else group.targets[0]
    title = tag("a", tag("bdi", text), href=f"#{anchor}") if anchor is not None else tag("bdi", text)
    verdict = icon(ICONS[group.verdict]), WORDS[group.verdict]
    states = [each.states[number] for each in shown]
    cells = (
        tag("td", group.error, colspan=max(1, len(shown)), class_="why") if group.error is not None
        else [_cell(each) for each in states]
    )  # fmt: skip
    return tag(
        "tr", tag("th", title, _names(targets, group), scope="row"),
        tag("td", *verdict, class_=f"w-{group.verdict}"), cells,
    )  # fmt: skip


ICONS = {"in_sync": "in_sync", "pending": "waiting", "reconcilable": "reconcilable", "conflict": "conflict",
         "failed": "error"}  # fmt: skip


def _cell(state: State | None) -> Html:
    if state is None:
        return tag("td", tag("span", "–", aria_hidden="true"), tag("span", "none", class_="said"))  # noqa: RUF001
    return tag("td", mark(state), tag("span", state.value, class_="said"))


def _names(targets: Sequence[str], group: Group) -> Html | None:
    if group.count == 1:
        return None
    left = group.count - len(targets)
    more = f" and {left:,} more, which --format json names" if left else ""
    return tag(
        "details", tag("summary", "Names"), tag("p", ", ".join(targets), more, class_="names"),
    )  # fmt: skip


def _rest(many: Many, shown: int) -> Html | None:
    left = many.groups[shown:]
    if not left:
        return None
    number = sum(each.count for each in left)
    text = f"{numbered(len(left), 'more row')} of {number:,} {many.what} {'is' if len(left) == 1 else 'are'} left out"
    return tag("p", f"{text}: the page would be too large to be read. --format json has all of them.", class_="gone")
