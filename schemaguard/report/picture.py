"""Where the database stands in each app, in one line an app: a mark for each migration, in its state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import State
from schemaguard.report.spans import EMPTY, Line, Role, Span, span
from schemaguard.report.tracks import SHORT, Stretch, Track, tracks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.diagnosis.model import DiagnosedMigration

MARKS = {
    State.APPLIED: ("●", Role.LABEL),
    State.PENDING: ("○", Role.INFO),
    State.PRESENT: ("◆", Role.WARNING),
    State.PARTIAL: ("◐", Role.WARNING),
    State.MISSING: ("✗", Role.ERROR),
    State.CONFLICTING: ("▲", Role.ERROR),
    State.ORPHANED: ("□", Role.LABEL),
}
IN_ASCII = str.maketrans({"●": "#", "○": ".", "◆": "+", "◐": "%", "✗": "x", "▲": "!", "□": "?", "…": "..."})
"""For a terminal that has none of these."""
MOST = 20
"""So many apps are shown."""
WIDEST = 30
"""Where the words begin at the latest, counted from the first mark."""


def picture(migrations: Iterable[DiagnosedMigration]) -> Iterator[Line]:
    """A line for each app of which a part is one thing and a part another, after an empty line.

    An app that is the same from end to end, or that is applied so far and pending from there, needs no picture: the
    lines of its findings, and those of what is pending, say all of it.
    """
    found = [each for each in tracks(migrations) if _is_worth_it(each)]
    if not found:
        return
    name = max(len(each.app) for each in found[:MOST])
    marks = [list(_marks(each)) for each in found[:MOST]]
    wide = min(WIDEST, max(sum(len(each.text) for each in line) for line in marks))
    yield EMPTY
    for track, line in zip(found[:MOST], marks, strict=True):
        gap = span(" " * max(2, wide + 2 - sum(len(each.text) for each in line)))
        yield span(f"  {track.app:<{name}}  ", Role.HEADING), *line, gap, *_words(track)
    if len(found) > MOST:
        yield (span(f"  and {len(found) - MOST} more apps", Role.LABEL),)


def _is_worth_it(track: Track) -> bool:
    states = [each.state for each in track.stretches if each.state is not State.ORPHANED]
    return len(states) > 1 and states != [State.APPLIED, State.PENDING]


def _marks(track: Track) -> Iterator[Span]:
    """`9● ◆◆○◆`: many of one state are their number and one mark."""
    for number, stretch in enumerate(track.stretches):
        yield span(_text(stretch, track, number), MARKS[stretch.state][1], folds=number == 0)


def _text(stretch: Stretch, track: Track, number: int) -> str:
    mark, _ = MARKS[stretch.state]
    many = len(stretch.migrations)
    text = f"{many}{mark}" if many > SHORT else mark * many
    before = track.stretches[number - 1] if number else None
    apart = before is not None and (many > SHORT or len(before.migrations) > SHORT)
    return f" {text}" if apart else text


def _words(track: Track) -> Iterator[Span]:
    """What the marks stand for, with the number of each: `◆ 3 present  ○ 1 pending`."""
    states = Counter(each.state for each in track.migrations)
    shown = [state for state in State if states[state] and state is not State.APPLIED]
    for number, state in enumerate(shown):
        mark, role = MARKS[state]
        yield span(f"{'  ' if number else ''}{mark} {states[state]} {state.value}", role)
