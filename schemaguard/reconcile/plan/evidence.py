"""Why a fake may be believed: what was looked at, and what it looked like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.naming import words_for
from schemaguard.schema.objects import Check, Column, Exclusion, ForeignKey, Index, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.object_timeline import (
        AnyTimeline,
        Op,
    )
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location

MOST = 200


def evidence(location: Location, m: int, filled: Mapping[Op, str]) -> tuple[str, ...]:
    """What speaks for it that a migration ran, a sentence for each object, and then what speaks against it.

    For it: an object that it made and that was found, or that it removed and that is gone. Against it: the reverse.
    `filled`: code that seems to have run → the table in which there are rows.
    """
    speaks_for: list[str] = []
    against: list[str] = []
    for effect in location.effects_of(m):
        if effect.step <= location.located_step(effect.timeline):
            speaks_for.append(_found(location, effect))
        elif effect.step <= location.story.step_of(effect.timeline):
            against.append(f"against it: {_not_found(location, effect)}")
    tables = dict.fromkeys(table for op, table in filled.items() if op[0] == m)
    speaks_for += [f"table {table}, which its code fills, has rows" for table in tables]
    if m in location.notes:
        noted = location.notes[m]
        speaks_for.append(
            f"migrate noted that {noted.ran} of {len(location.graph.plan[m].operations)} operations ran"
            + (f", at {noted.at:%Y-%m-%d %H:%M:%S} UTC" if noted.at is not None else "")
        )
    if not speaks_for:
        speaks_for = ["nothing of it can be seen in the catalog; what depends on it is in the database"]
    if m in location.story.close:
        against.append("against it: the database would look the same if it had not run")
    return (*_shortened(speaks_for), *_shortened(against))


def _shortened(sentences: list[str]) -> list[str]:
    more = len(sentences) - MOST
    return [*sentences[:MOST], f"and {more} more like these"] if more > 0 else sentences


def _found(location: Location, effect: AnyEffect) -> str:
    timeline = effect.timeline
    live = location.live(timeline)
    shape = live if live is not None else timeline.shape_at(location.located_step(timeline))
    return f"{_words(location, timeline, shape)} is {_state(live)}"


def _state(live: Any) -> str:
    """What a live object is. That of a table, and of a view or the like, is told by its parts, or by nothing."""
    match live:
        case None:
            return "gone"
        case Column():
            return wording.column(live)
        case Index() | PrimaryKey() | ForeignKey() | Check() | Exclusion():
            return wording.constraint(live)
        case _:
            return "there"


def _not_found(location: Location, effect: AnyEffect) -> str:
    timeline = effect.timeline
    what = _words(location, timeline, timeline.shape_at(effect.step))
    if not effect.after:
        return f"{what} is still there"
    return f"{what} is missing" if location.live(timeline) is None else f"{what} is as it was before"


def _words(location: Location, timeline: AnyTimeline, shape: Any) -> str:
    """What an object of that shape is called, with its table as that is called in the database, or last was."""
    return words_for(timeline, shape, location.table_name(timeline, location.located_step(timeline)))
