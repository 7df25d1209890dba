"""Columns that were altered by hand into a shape that comes much later in their history.

An integer made bigint by hand looks as if the migration had run that makes all keys bigint, and with it all that this
one depends on. Where more than that is missing of these, it is the column that is wrong, and not everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, Step, TableTimeline
from schemaguard.location.matching import Placement
from schemaguard.location.resolve import ops, tells_nothing


def manual_alterations(
    places: Mapping[AnyTimeline, Placement], recorded: Mapping[Op, bool], ancestors: Sequence[frozenset[int]]
) -> dict[AnyTimeline, Placement]:
    """The place of each such column: nearest to the shape that the records tell of.

    `recorded` says of an operation whether its migration is recorded, `ancestors[m]` what a migration depends on.
    """
    if all(recorded.values()):
        return {}  # nothing stands later than it is recorded
    by_hand, elsewhere = _altered(places, recorded)
    if not by_hand:
        return {}
    proven = {m for (m, _), is_recorded in recorded.items() if is_recorded} | elsewhere
    proven |= {above for m in elsewhere for above in ancestors[m]}
    unproven = {above for m in by_hand.values() for above in ancestors[m]} - proven
    lacking = _lacking(places, unproven) if unproven else {}
    found: dict[AnyTimeline, Placement] = {}
    for timeline, m in by_hand.items():
        missing = sum(lacking.get(above, 0) for above in ancestors[m])
        speaking_for = sum(other == m or m in ancestors[other] for other in by_hand.values())
        if missing > speaking_for:
            found[timeline] = replace(places[timeline], allowed=(timeline.recorded_step(recorded),), nearest=True)
    return found


def _altered(
    places: Mapping[AnyTimeline, Placement], recorded: Mapping[Op, bool]
) -> tuple[dict[ColumnTimeline, int], set[int]]:
    """Columns that stand in another, later shape than they are recorded in, each with the migration that gives it that;
    and the migrations of which something else shows that they have run."""
    by_hand: dict[ColumnTimeline, int] = {}
    elsewhere: set[int] = set()
    for timeline, place in places.items():
        low = min(place.allowed)
        if low == 0 or low <= (step := timeline.recorded_step(recorded)):
            continue
        op = ops(timeline)[low]
        if op is None or place.nearest or place.in_doubt or tells_nothing(timeline, place):
            continue
        if isinstance(timeline, ColumnTimeline) and _is_altered_alone(timeline, step, low):
            by_hand[timeline] = op[0]
        else:
            elsewhere.add(op[0])
    return by_hand, elsewhere


def _is_altered_alone(timeline: ColumnTimeline, step: int, low: int) -> bool:
    """Whether a column was there before, under the name that it has."""
    names = {each.shape.name if each.shape is not None else None for each in timeline.steps[step : low + 1]}
    return len(names) == 1 and None not in names


def _lacking(places: Mapping[AnyTimeline, Placement], migrations: Collection[int]) -> dict[int, int]:
    """By migration, how many tables and columns would be missing, or left behind, if it had run."""
    found: dict[int, int] = {}
    for timeline, place in places.items():
        if isinstance(timeline, TableTimeline | ColumnTimeline):
            for op in _beyond(timeline, max(place.allowed)):
                if op[0] in migrations:
                    found[op[0]] = found.get(op[0], 0) + 1
    return found


def _beyond(timeline: TableTimeline | ColumnTimeline, place: int) -> Iterator[Op]:
    """The operations that make or remove the thing after a step."""
    steps: list[Step[Any]] = list(timeline.steps)
    for before, after in zip(steps[place:], steps[place + 1 :], strict=False):
        if after.op is not None and (before.shape is None) != (after.shape is None):
            yield after.op
