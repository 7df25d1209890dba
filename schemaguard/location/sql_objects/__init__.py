"""Views, functions, triggers and rules that SQL of the migrations makes: held against the live ones.

`reading` reads the statements and the live objects. `standing` tells which of them should be there, and `what_ran` what
may have become of them since. `comparing` says what is missing or different, and `likeness` whether what is there
already is what a migration without a record makes. Two definitions are compared part by part (`part_comparer`), by the
names that things have now (`definition_comparer`). An index on a materialized view is special in `view_indexes` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.sql_objects.comparing import Comparers, differing
from schemaguard.location.sql_objects.definition_comparer import DefinitionComparer
from schemaguard.location.sql_objects.likeness import Likeness, likeness
from schemaguard.location.sql_objects.model import SqlObject
from schemaguard.location.sql_objects.reading import read
from schemaguard.location.sql_objects.standing import fails_where_taken, standing
from schemaguard.location.sql_objects.view_indexes import told_with_views
from schemaguard.location.sql_objects.what_ran import WhatRan
from schemaguard.schema.kinds import COMPARED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.history.walk import History
    from schemaguard.location.matching import MatchResult
    from schemaguard.location.story import Event
    from schemaguard.schema.compare import Answers
    from schemaguard.schema.objects import Schema

__all__ = ["SqlObject", "SqlObjects"]


class SqlObjects:
    """Those of one history and one schema. All is read at the beginning, and stays as it is.

    What the server has not answered yet is open in the `answers` to a question, and incomparable in what comes out.
    """

    def __init__(self, history: History, backend: Backend, recorded: Sequence[bool], schema: Schema) -> None:
        self.history = history
        self.recorded = recorded
        self.schema = schema
        self.quote = backend.connection.ops.quote_name
        timelines = history.timelines.others.values()
        made = [
            timeline
            for timeline in timelines
            if timeline.kind in COMPARED and any(recorded[each.op[0]] for each in timeline.statements)
        ]
        pending = [
            timeline
            for timeline in timelines
            if timeline.is_replaceable
            and any(fails_where_taken(each, recorded) for each in timeline.statements)
            and schema.has_other(timeline.kind, timeline.name)
        ]
        found = {each.timeline: each for each in read(dict.fromkeys([*made, *pending]), backend, schema)}
        self.made = [found[timeline] for timeline in made]
        """Those of recorded migrations."""
        self.in_the_way = [found[timeline] for timeline in pending]
        """Those of unrecorded migrations that are there already, and whose CREATE cannot replace them."""

    def found(self, matched: MatchResult, answers: Answers, by_story: Collection[Event] = ()) -> tuple[SqlObject, ...]:
        """Those of recorded migrations that are not what they should be.

        `by_story` is what ran by a story: what this took away or renamed counts too where it has no record.
        """
        ran = WhatRan(history=self.history, recorded=self.recorded, by_story=by_story)
        comparers = self._comparers(ran, matched, answers)
        found = [thing for each in self.made for thing in differing(each, ran, comparers)]
        expected = [statements[-1] for each in self.made for statements in standing(each, ran)] if found else ()
        return tuple(told_with_views(found, expected, self.schema))

    def alike(self, matched: MatchResult, answers: Answers) -> Iterator[Likeness]:
        """Whether what is there already is what an unrecorded migration makes."""
        ran = WhatRan(history=self.history, recorded=self.recorded)
        comparers = self._comparers(ran, matched, answers)
        for each in self.in_the_way:
            yield from likeness(each, ran, comparers)

    def _comparers(self, ran: WhatRan, matched: MatchResult, answers: Answers) -> Comparers:
        return lambda statement: DefinitionComparer(statement, ran, matched, answers, self.quote)
