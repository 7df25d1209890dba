"""What the recorded statements make, held against what is live.

What a later operation may have taken along or replaced is neither missing nor different.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from schemaguard.location.sql_objects.definition_comparer import DefinitionComparer
from schemaguard.location.sql_objects.model import ReadLive, ReadStatement, SqlObject, SqlTimeline
from schemaguard.location.sql_objects.standing import standing
from schemaguard.schema.definitions import Rule, Trigger
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from schemaguard.history.timelines import Timelines
    from schemaguard.location.sql_objects.what_ran import WhatRan

Comparers = Callable[[ReadStatement], DefinitionComparer]


def differing(sql_timeline: SqlTimeline, ran: WhatRan, comparers: Comparers) -> Iterator[SqlObject]:
    """Those of one name that are missing, or not for sure what they should be."""
    timeline = sql_timeline.timeline
    to_come = [each for each in sql_timeline.statements if not ran.recorded[each.op[0]] and each.sql is not None]
    should_stand = standing(sql_timeline, ran)
    others = _names(ran.timelines) - {timeline.name} if should_stand else frozenset()
    for *before, last in should_stand:
        op, expected = last.op, last.definition
        needs = expected.reads & others if expected is not None else frozenset()
        if ran.history.may_have_redefined(timeline, op, needs) or ran.took_its_table(expected, op):
            continue
        comparer = comparers(last)
        candidates = _candidates(comparer, sql_timeline, is_alone=len(should_stand) == 1)
        if not candidates:
            if not ran.may_have_taken(timeline, expected, op):
                yield SqlObject(
                    timeline=timeline, op=op, sql=last.sql, expected=expected, lost=comparer.renamed(),
                    follows=comparer.hangs_on_what_is_missing(),
                )  # fmt: skip
            continue
        differences = [comparer.compare(each.printed, each.definition) for each in candidates]
        if () not in differences and not _is_made(to_come, candidates, comparers):
            yield SqlObject(
                timeline=timeline, op=op, sql=last.sql, expected=expected, live=candidates[0].printed,
                differences=differences[0], earlier=_is_made(before, candidates, comparers), lost=comparer.renamed(),
            )  # fmt: skip


def _candidates(comparer: DefinitionComparer, sql_timeline: SqlTimeline, *, is_alone: bool) -> Sequence[ReadLive]:
    """The live ones that may be it; `is_alone`: nothing else should stand under its name."""
    live = sql_timeline.live
    candidates = [each for each in sql_timeline.visible or live if comparer.is_of(each.definition)]
    if not candidates and is_alone and len(live) == 1 and not isinstance(comparer.expected, Trigger | Rule):
        return live
    return candidates


def _is_made(statements: Iterable[ReadStatement], live: Collection[ReadLive], comparers: Comparers) -> bool:
    """Whether one of the statements makes one of the live ones."""
    return any(not comparers(each).compare(one.printed, one.definition) for each in statements for one in live)


def _names(timelines: Timelines) -> frozenset[str]:
    """All that tables and other objects are called at some time."""
    names = {bare(name) for table in timelines.every_table for name in table.names}
    return frozenset(names | {name for _, name in timelines.others})
