"""What is there already, held against what a migration without a record makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import Op, OtherTimeline
from schemaguard.location.sql_objects.standing import fails_where_taken, standing
from schemaguard.schema.compare import Match, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.location.sql_objects.comparing import Comparers
    from schemaguard.location.sql_objects.model import ReadLive, ReadStatement, SqlTimeline
    from schemaguard.location.sql_objects.what_ran import WhatRan

Likeness = tuple[OtherTimeline, Match, "Op | None"]


def likeness(sql_timeline: SqlTimeline, ran: WhatRan, comparers: Comparers) -> Iterator[Likeness]:
    """Whether what is there already is what an unrecorded migration makes. Not of a function of other arguments.

    Where several statements make it, only what one of them alone makes tells anything: then with its operation.
    And where the first of them is to come, what is there is in its way.
    """
    timeline, visible = sql_timeline.timeline, sql_timeline.visible
    found = [(each, _match(each, visible, comparers)) for each in sql_timeline.statements if not each.statement.drops]
    same = [each.statement for each, match in found if match is Match.SAME]
    if len(timeline.statements) == 1:
        yield from ((timeline, match, None) for _, match in found if match is not None)
    elif len(same) == 1 and fails_where_taken(same[0], ran.recorded):
        yield timeline, Match.SAME, same[0].op
    elif found and not standing(sql_timeline, ran):
        if fails_where_taken(timeline.first_unrecorded(ran.recorded), ran.recorded):
            unsure = any(match is not Match.DIFFERENT for _, match in found)
            yield timeline, Match.INCOMPARABLE if unsure else Match.DIFFERENT, None


def _match(made: ReadStatement, live: tuple[ReadLive, ...], comparers: Comparers) -> Match | None:
    """Whether a live one is what a statement makes; None where there is none, or nobody can read the statement."""
    comparer = comparers(made)
    mine = [each for each in live if comparer.is_of(each.definition)]
    matches = [verdict_of(comparer.compare(each.printed, each.definition)) for each in mine]
    if not matches or made.definition is None:
        return None
    return Match.SAME if Match.SAME in matches else matches[0]
