"""Recorded migrations that never ran: one `migrate --fake` too many, or the records of another, newer database.

If their objects were made again one by one, as after a DROP by hand, the code between them would not run. And what they
drop would go before its values were copied. Here the records are wrong, and not the schema. Which records these are is
a part of the story (`story`), with the weights of `evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.history.bits import ancestors_of, bits_of, positions_in
from schemaguard.history.graph import Key, replaced_by
from schemaguard.location.locate import relocate
from schemaguard.location.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemaguard.location.location import Location


@dataclass(frozen=True, slots=True)
class FalseRecords:
    """`keys` are recorded migrations that never ran; `location` is the database without their records.

    `unsure` are the migrations right before them whose code leaves nothing to see: nobody can say whether that ran.
    """

    location: Location
    keys: frozenset[Key] = frozenset()
    unsure: frozenset[Key] = frozenset()


def false_records(location: Location, *, unsure: bool = False) -> FalseRecords:
    """What is recorded and never ran; with `unsure`, what is uncertain counts as not run as well.

    There are none unless all of them are pending without their records, so that a plain `migrate` goes on from there.
    """
    graph, story = location.graph, location.story
    never_ran = {m for m, is_recorded in enumerate(graph.recorded) if is_recorded and not story.has_begun(m)}
    if not never_ran:
        return FalseRecords(location)
    gone, before = _keys(location, never_ran), _keys(location, _unseen_before(location, never_ran))
    if unsure:
        gone, before = gone | before, frozenset()
    amended = relocate(location, graph.records - records_of(location, gone))
    pending = {key for key, m in amended.graph.plan_index.items() if amended.states.migrations[m] is State.PENDING}
    if not gone <= pending:  # pragma: no cover  # no such history is known; the verification would refuse that plan
        return FalseRecords(location)
    return FalseRecords(amended, gone, before)


def records_of(location: Location, keys: Iterable[Key]) -> frozenset[Key]:
    """The rows of django_migrations that record these: for a squash, those of what it replaces too."""
    named = {name for key in keys for name in (key, *replaced_by(location.graph.loader, key))}
    return location.graph.records & named


def _keys(location: Location, positions: Iterable[int]) -> frozenset[Key]:
    plan = location.graph.plan
    return frozenset((plan[m].app_label, plan[m].name) for m in positions)


def _unseen_before(location: Location, never_ran: Collection[int]) -> set[int]:
    """Recorded migrations right before those, of which the catalog shows nothing: they run code, or depend on such.

    Left out is whatever a migration depends on that is in the database.
    """
    graph, visible = location.graph, location.states.visible
    above = positions_in(ancestors_of(never_ran, graph.ancestors))
    found = {m for m in above if graph.recorded[m] and not visible[m]}
    there = {m for m in range(len(graph.plan)) if location.story.has_begun(m)}
    there -= found | set(never_ran)
    found -= set(positions_in(ancestors_of(there, graph.ancestors)))
    code = {m for m in found if location.history.has_code(m)}
    return {m for m in found if m in code or graph.ancestors[m] & bits_of(code)}
