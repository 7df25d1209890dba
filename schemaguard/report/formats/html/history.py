"""The line of history: each app a track, each migration a mark in its state, and where the database stands."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import DiagnosedMigration, DiagnosedOperation, Diagnosis, OperationState, State
from schemaguard.diagnosis.wording import numbered
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.formats.html.words import OPERATIONS, STATES
from schemaguard.report.tracks import IN_DATABASE, Stretch, Track, tracks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOM = 4
"""So many marks are as wide as the words at a cursor."""
NUMBER = re.compile(r"\d{1,5}")
Key = tuple[str, str]


def history(diagnosis: Diagnosis) -> Html:
    """The section with the picture, and the same as a table."""
    found = tracks(diagnosis.migrations)
    anchors = {each.key: f"m{number}" for number, each in enumerate(diagnosis.migrations)}
    broken = [each for each in found if not each.is_whole]
    whole = [each for each in found if each.is_whole]
    return tag(
        "section",
        tag("h2", "Where the database stands", id="history-title"),
        tag("p", _sentence(diagnosis.migrations), class_="lead"),
        legend(Counter(each.state for each in diagnosis.migrations)) if broken else None,
        tag("div", [_track(each, anchors) for each in broken], class_="tracks") if broken else None,
        _whole(whole, anchors, opened=not broken),
        _as_table(found, anchors),
        id="history",
        aria_labelledby="history-title",
    )


def mark(state: State) -> Html:
    """The shape of a state, in its colour."""
    return tag("span", icon(state.value), class_=f"mark s-{state.value}")


def legend(states: Mapping[State, int], *, counted: bool = True) -> Html:
    """The states that there are, each with its number and what it means."""
    entries = [
        tag("li", mark(state), tag("b", state.value), " ",
            tag("span", f"{states[state]:,}" if counted else "", class_="count"),
            tag("span", STATES[state], class_="means"))
        for state in State if states.get(state)
    ]  # fmt: skip
    return tag("ul", entries, class_="legend", aria_label="States")


def _sentence(migrations: Sequence[DiagnosedMigration]) -> str:
    real = [each for each in migrations if each.state is not State.ORPHANED]
    if not real:
        return "There are no migrations."
    there = sum(each.state in IN_DATABASE for each in real)
    recorded = sum(each.recorded for each in real)
    if there == recorded == len(real) and all(each.state is State.APPLIED for each in real):
        return f"{numbered(len(real), 'migration')}: all of them are recorded, and in the database."
    return f"Of {numbered(len(real), 'migration')}, {recorded:,} are recorded, and {there:,} are in the database."


# -------------------------------------------------------------------------------------------------------------- tracks
def _track(track: Track, anchors: Mapping[Key, str]) -> Html:
    applied = sum(each.state is State.APPLIED for each in track.migrations)
    name = tag(
        "div", tag("bdi", track.app), tag("small", f"{applied} of {len(track.migrations)} applied"), class_="app"
    )
    return tag("div", name, tag("ol", _line(track, anchors), class_="line", aria_label=_told(track)), class_="track")


def _told(track: Track) -> str:
    ends = {"records end at": track.recorded, "the database stands at": track.reached}
    told = [f"{what} {each.name if each is not None else 'nothing'}" for what, each in ends.items()]
    return f"{track.app}: {', '.join(told)}"


def _line(track: Track, anchors: Mapping[Key, str]) -> Iterator[Html]:
    """The marks of a track, with a cursor where the records end, and one where the database stands."""
    ends = {"records": track.recorded, "database": track.reached}
    if all(each.state is State.ORPHANED for each in track.stretches):
        ends = {}
    same = bool(ends) and track.recorded is track.reached
    if same:
        ends = {"database and records": track.reached}
    order = sorted(ends, key=lambda what: _place(track, ends[what]))
    first = "right" if same and _shown_before(track, track.reached) < ROOM else "left"
    sides = {what: first if number == 0 else "right" for number, what in enumerate(order)}
    yield from (_cursor(what, "right") for what in order if ends[what] is None)
    for stretch in track.stretches:
        yield from _stretch(stretch, anchors, [(what, each, sides[what]) for what, each in ends.items()])


def _place(track: Track, migration: DiagnosedMigration | None) -> int:
    return track.migrations.index(migration) if migration is not None else -1


def _shown_before(track: Track, last: DiagnosedMigration | None) -> int:
    """How many marks wide the line is up to a migration, which ends its stretch; a fold is as wide as two."""
    wide = 0
    for stretch in track.stretches if last is not None else ():
        wide += 2 if stretch.is_folded else len(stretch.migrations)
        if last in stretch.migrations:
            break
    return wide


def _cursor(what: str, side: str) -> Html:
    kind = "records" if what == "records" else "database"
    return tag("li", tag("span", what), class_=f"cursor c-{kind} to-{side}", aria_hidden="true")


def _stretch(
    stretch: Stretch, anchors: Mapping[Key, str], ends: Iterable[tuple[str, DiagnosedMigration | None, str]]
) -> Iterator[Html]:
    """A cursor stands after a migration, which is always the last one of a fold."""
    marks = [_mark(each, anchors[each.key]) for each in stretch.migrations]
    if stretch.is_folded:
        first, last = stretch.migrations[0].name, stretch.migrations[-1].name
        told = f"{numbered(len(marks), 'migration')} {stretch.state.value}: {first} to {last}"
        summary = tag("summary", mark(stretch.state), tag("span", f"{len(marks)}"), title=told, aria_label=told)
        yield tag("li", tag("details", summary, tag("ol", marks, class_="line")), class_="fold")
        yield from (_cursor(what, side) for what, each, side in ends if each is stretch.migrations[-1])
        return
    for migration, html in zip(stretch.migrations, marks, strict=True):
        yield html
        yield from (_cursor(what, side) for what, each, side in ends if each is migration)


def _mark(migration: DiagnosedMigration, anchor: str) -> Html:
    """A link to its row in the table; a script shows that row beside the mark."""
    number = NUMBER.match(migration.name)
    label = f"{migration.name}: {migration.state.value}{_progress(migration)}"
    shown = tag("span", number[0] if number else "·", class_="number")
    link = tag("a", icon(migration.state.value), shown, href=f"#{anchor}", aria_label=label)
    return tag("li", link, class_=f"mark s-{migration.state.value}")


def _progress(migration: DiagnosedMigration) -> str:
    """How much of it there is, where only some is."""
    if migration.state not in (State.PARTIAL, State.MISSING):
        return ""
    done = sum(each.state is OperationState.DONE for each in migration.operations)
    return f", {done} of {numbered(len(migration.operations), 'operation')} done"


def _whole(found: Sequence[Track], anchors: Mapping[Key, str], *, opened: bool) -> Html | None:
    """The apps of which every migration is applied, folded where others are not."""
    if not found:
        return None
    total = sum(len(each.migrations) for each in found)
    are = "is" if len(found) == 1 else "are"
    text = f"{numbered(len(found), 'app')} {are} whole: {numbered(total, 'migration')} applied"
    apps = [
        tag("li", tag("details", tag("summary", mark(State.APPLIED), tag("bdi", each.app), " ",
                                     tag("span", f"{len(each.migrations)}", class_="count")),
                      tag("ol", _line_of_marks(each, anchors), class_="line")))
        for each in found
    ]  # fmt: skip
    return tag("details", tag("summary", text), tag("ul", apps, class_="whole"), class_="more", open=opened)


def _line_of_marks(track: Track, anchors: Mapping[Key, str]) -> Iterator[Html]:
    return (_mark(each, anchors[each.key]) for each in track.migrations)


# --------------------------------------------------------------------------------------------------------------- table
def _as_table(found: Sequence[Track], anchors: Mapping[Key, str]) -> Html | None:
    """The same in words: every migration with its operations."""
    if not found:
        return None
    head = tag("tr", [tag("th", text, scope="col") for text in ("Migration", "State", "Recorded", "Operations")])
    bodies = [
        tag("tbody", tag("tr", tag("th", tag("bdi", track.app), colspan=4, scope="rowgroup", class_="group")),
            [_row(each, anchors[each.key]) for each in track.migrations])
        for track in found
    ]  # fmt: skip
    table = tag("table", tag("caption", "Every migration, and the state of its operations"), tag("thead", head), bodies)
    return tag(
        "details",
        tag("summary", "All migrations and their operations, as a table"),
        tag("div", table, class_="scroll", tabindex=0, role="region", aria_label="Table of all migrations"),
        class_="more", id="migrations",
    )  # fmt: skip


def _row(migration: DiagnosedMigration, anchor: str) -> Html:
    state = migration.state
    operations = [_operation(each) for each in migration.operations]
    return tag(
        "tr",
        tag("th", tag("code", migration.name), scope="row"),
        tag("td", icon(state.value), state.value, class_=f"s-{state.value}"),
        tag("td", "yes" if migration.recorded else "no"),
        tag("td", tag("ol", operations, class_="operations") if operations else "none"),
        id=anchor,
    )


def _operation(operation: DiagnosedOperation) -> Html:
    """What is done needs no word, and its sign is made by the style sheet."""
    if operation.state is OperationState.DONE:
        return tag("li", tag("span", operation.description))
    told = (tag("span", operation.description), " ", tag("em", OPERATIONS[operation.state]))
    return tag("li", icon(operation.state.value), told, class_=f"o-{operation.state.value}")
