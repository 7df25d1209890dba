"""Views, functions, triggers and rules that SQL of the recorded migrations makes: held against the live ones.

The statements of recorded migrations tell which of them should stand. They are compared part by part; queries and
conditions by the server. What a later operation may have taken along or replaced is neither missing nor different.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Any

from schemaguard.database.base import Backend
from schemaguard.history.object_timeline import ColumnTimeline, Op, OtherTimeline, Statement, TableTimeline
from schemaguard.history.sql import definition_of, leaves_what_is_there
from schemaguard.history.walk import History
from schemaguard.location.definition_comparer import DefinitionComparer
from schemaguard.location.matching import MatchResult
from schemaguard.location.story import Event
from schemaguard.schema.compare import Answers, Difference, Match, verdict_of
from schemaguard.schema.definitions import Definition, Live, Rule, Trigger, ViewIndex
from schemaguard.schema.kinds import COMPARED, Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Schema
from schemaguard.schema.values import value

DIFFERENT, INCOMPARABLE = Match.DIFFERENT, Match.INCOMPARABLE
PLAIN = re.compile(r"\s*CREATE\s+(?!OR\s+REPLACE\b)(?!(?:\w+\s+)*?IF\s+NOT\s+EXISTS\b)", re.IGNORECASE)
"""A CREATE that fails where the name is taken."""


@value(frozen=True, kw_only=True, slots=True)
class SqlObject:
    """A view, function, trigger or rule that is not, or not for sure, what it should be.

    `live` is None where it is missing. `earlier`: it is what an earlier statement of its history made.
    `lost` names what it is made of and what was renamed since, so that its statement cannot be run again.
    """

    timeline: OtherTimeline
    op: Op
    sql: str | None
    expected: Definition | None
    live: Live | None = None
    differences: tuple[Difference, ...] = ()
    earlier: bool = False
    lost: tuple[str, ...] = ()
    follows: bool = False
    """Whether it hangs on a table or a column that is missing too: then that is the cause."""
    parts: tuple[str, ...] = ()
    """The statements that make the indexes of a materialized view, which go with it and come with it."""

    @property
    def match(self) -> Match:
        return verdict_of(self.differences)


class SqlObjects:
    """Compares those of one history. The backend is asked once for the live ones, and not where there are none."""

    def __init__(self, history: History, backend: Backend, recorded: Sequence[bool], schema: Schema) -> None:
        self.history = history
        self.timelines = history.timelines
        self.backend = backend
        self.recorded = recorded
        self.schema = schema
        self.ran: Collection[Event] = frozenset()
        """What ran, recorded or not, by a story."""
        self.object_timelines = [
            timeline
            for timeline in self.timelines.others.values()
            if timeline.kind in COMPARED and self._statements(timeline)
        ]
        self.pending = [
            timeline
            for timeline in self.timelines.others.values()
            if timeline.is_replaceable
            and any(map(self._is_plain, timeline.statements))
            and schema.has_other(timeline.kind, timeline.name)
        ]
        """Those of unrecorded migrations that are there already, and whose CREATE cannot replace them."""
        self.live: dict[tuple[Kind, str], list[Live]] = {}
        if self.object_timelines or self.pending:
            for each in backend.definitions(
                {
                    (timeline.kind, timeline.name)
                    for timeline in (*self.object_timelines, *self.pending)
                    if timeline.kind is not Kind.VIEW_INDEX
                }
            ):
                self.live.setdefault((each.kind, each.name), []).append(each)

    def told(self, ran: Collection[Event]) -> SqlObjects:
        """The same, where what operations without a record took away or renamed counts as well: those that ran."""
        told = copy(self)
        told.ran = ran
        return told

    def found(self, matched: MatchResult, answers: Answers) -> tuple[SqlObject, ...]:
        """What the server has not answered yet is open in `answers`, and incomparable here."""
        indexes = [each for each in self.object_timelines if each.kind is Kind.VIEW_INDEX]
        found = [
            replace(thing, parts=tuple(self._indexes_on(thing.timeline.name, indexes)))
            for timeline in self.object_timelines
            if timeline.kind is not Kind.VIEW_INDEX
            for thing in self._of_line(timeline, matched, answers)
        ]
        views = {thing.timeline.name for thing in found if thing.live is None or thing.match is DIFFERENT}
        for timeline in indexes:
            found += [
                thing
                for thing in self._of_line(timeline, matched, answers)
                if thing.expected is None
                or (thing.expected.on not in views and self.schema.has_other(Kind.VIEW, thing.expected.on or ""))
            ]
        return tuple(found)

    def _indexes_on(self, view: str, indexes: Collection[OtherTimeline]) -> Iterator[str]:
        """What makes the indexes that should stand on a view: a finding about the view speaks for them."""
        for timeline in indexes:
            for statements in self._standing(timeline):
                sql, expected = self._as_called(timeline, statements[-1])
                if sql is not None and expected is not None and expected.on == view:
                    yield sql

    def alike(self, matched: MatchResult, answers: Answers) -> Iterator[tuple[OtherTimeline, Match, Op | None]]:
        """Whether what is there already is what an unrecorded migration makes. Not of a function of other arguments.

        Where several statements make it, only what one of them alone makes tells anything: then with its operation.
        And where the first of them is to come, what is there is in its way.
        """
        for timeline in self.pending:
            made = [each for each in timeline.statements if not each.drops]
            found = [(each, self._likeness(timeline, each, matched, answers)) for each in made]
            same = [each for each, likeness in found if likeness is Match.SAME]
            if len(timeline.statements) == 1:
                yield from ((timeline, likeness, None) for _, likeness in found if likeness is not None)
            elif len(same) == 1 and self._is_plain(same[0]):
                yield timeline, Match.SAME, same[0].op
            elif found and not self._standing(timeline) and self._is_plain(timeline.first_unrecorded(self.recorded)):
                unsure = any(likeness is not Match.DIFFERENT for _, likeness in found)
                yield timeline, Match.INCOMPARABLE if unsure else Match.DIFFERENT, None

    def _likeness(
        self, timeline: OtherTimeline, statement: Statement, matched: MatchResult, answers: Answers
    ) -> Match | None:
        """Whether a live one is what a statement makes; None where there is none, or nobody can read the statement."""
        expected = self._read(statement.sql)
        comparer = DefinitionComparer(self, matched, answers, statement.op, expected)
        live = [
            (each, self._read(each.sql)) for each in self.live.get((timeline.kind, timeline.name), ()) if each.visible
        ]
        matches = [verdict_of(comparer.compare(*pair)) for pair in live if comparer.is_of(pair[1])]
        if not matches or expected is None:
            return None
        return Match.SAME if Match.SAME in matches else matches[0]

    def _is_plain(self, statement: Statement) -> bool:
        """Whether it is of an unrecorded migration, and fails where the name is taken."""
        return not self.recorded[statement.op[0]] and PLAIN.match(statement.sql or "") is not None

    def _statements(self, timeline: OtherTimeline) -> list[Statement]:
        return [each for each in timeline.statements if self.recorded[each.op[0]]]

    def _read(self, sql: str | None) -> Definition | None:
        if sql is None:
            return None
        return definition_of(sql, dialect=self.backend.dialect, normal_type=self.backend.normal_type)

    def _as_called(self, timeline: OtherTimeline, statement: Statement) -> tuple[str | None, Definition | None]:
        """The statement that makes it, and what that says: an index by the names that it and its view have by then."""
        expected = self._read(statement.sql)
        if not isinstance(expected, ViewIndex) or statement.on is None:
            return statement.sql, expected
        if (expected.on, expected.index.name) == (statement.on, timeline.name):
            return statement.sql, expected
        called = replace(expected, on=statement.on, index=replace(expected.index, name=timeline.name))
        return self.backend.spell(statement.on, called.index), called

    def _live(self, timeline: OtherTimeline) -> list[tuple[Live, Definition | None]]:
        if timeline.kind is not Kind.VIEW_INDEX:
            return [(each, self._read(each.sql)) for each in self.live.get((timeline.kind, timeline.name), ())]
        found = self.schema.view_index(timeline.name)
        if found is None:
            return []
        view, index = found
        sql = self.backend.spell(view.name, index) or ""
        live = Live(kind=timeline.kind, name=timeline.name, sql=sql)
        return [(live, ViewIndex(on=bare(view.name), index=index, view=view))]

    def _of_line(self, timeline: OtherTimeline, matched: MatchResult, answers: Answers) -> Iterator[SqlObject]:
        live = self._live(timeline)
        visible = [pair for pair in live if pair[0].visible]
        standing = self._standing(timeline)
        for statements in standing:
            last = statements[-1]
            sql, expected = self._as_called(timeline, last)
            names = self._needs(timeline, expected)
            if self.history.may_have_redefined(timeline, last.op, names) or self._is_gone_with(expected, last.op):
                continue
            comparer = DefinitionComparer(self, matched, answers, last.op, expected)
            candidates = [pair for pair in visible or live if comparer.is_of(pair[1])]
            if not candidates and len(standing) == 1 and len(live) == 1 and not isinstance(expected, Trigger | Rule):
                candidates = live
            if not candidates:
                if not self._may_be_taken_along(timeline, expected, last.op):
                    yield SqlObject(
                        timeline=timeline, op=last.op, sql=sql, expected=expected, lost=comparer.renamed(),
                        follows=comparer.hangs_on_what_is_missing(),
                    )  # fmt: skip
                continue
            differences = [comparer.compare(*pair) for pair in candidates]
            if () in differences or self._is_ahead(timeline, candidates, matched, answers):
                continue
            earlier = [
                ()
                in [
                    DefinitionComparer(self, matched, answers, each.op, self._read(each.sql)).compare(*p)
                    for p in candidates
                ]
                for each in statements[:-1]
            ]
            yield SqlObject(
                timeline=timeline, op=last.op, sql=sql, expected=expected, live=candidates[0][0],
                differences=differences[0], earlier=any(earlier), lost=comparer.renamed(),
            )  # fmt: skip

    def _is_ahead(self, timeline: OtherTimeline, live: Sequence[Any], matched: MatchResult, answers: Answers) -> bool:
        """Whether it is already what a pending migration makes of it."""
        coming = [each for each in timeline.statements if not self.recorded[each.op[0]] and each.sql is not None]
        return any(
            DefinitionComparer(self, matched, answers, each.op, self._read(each.sql)).compare(*pair) == ()
            for each in coming
            for pair in live
        )

    def _standing(self, timeline: OtherTimeline) -> list[list[Statement]]:
        """The statements that made each object which should stand under that name: functions by their arguments."""
        found: dict[object, list[Statement]] = {}
        for each in timeline.statements:
            if not (self.recorded[each.op[0]] or (each.drops and each.op in self.ran)):
                continue
            if each.drops:
                for key in [key for key in found if each.identity is None or key in (None, each.identity)]:
                    del found[key]
                continue
            definition = self._read(each.sql)
            key = definition.identity if definition is not None else None
            if key in found and each.sql is not None and leaves_what_is_there(each.sql):
                continue
            found.setdefault(key, []).append(each)
        return list(found.values())

    def _needs(self, timeline: OtherTimeline, definition: Definition | None) -> frozenset[str]:
        """The names of tables and other objects that a definition spells."""
        if definition is None:
            return frozenset()
        names = {bare(name) for table in self.timelines.every_table for name in table.names}
        names |= {name for _, name in self.timelines.others}
        return frozenset(names & definition.reads) - {timeline.name}

    def tables_of(self, definition: Definition, op: Op) -> Iterator[TableTimeline]:
        """The tables that a definition spells, by the names that they had then."""
        for table in self.timelines.every_table:
            if bare(table.name_at(op)).lower() in definition.reads:
                yield table

    def later(self, table: TableTimeline, op: Op) -> Iterator[tuple[Any, Any]]:
        """(before, after) of the shapes of a table and its columns, for what operations that ran did to them since."""
        object_timelines: list[TableTimeline | ColumnTimeline] = [table, *table.every_column]
        for timeline in object_timelines:
            steps: list[Any] = list(timeline.steps)
            for before, after in pairwise(steps):
                if after.op > op and self._has_run(after.op) and before.shape is not None:
                    yield before.shape, after.shape

    def _has_run(self, op: Op) -> bool:
        return self.recorded[op[0]] or op in self.ran

    def _is_gone_with(self, definition: Definition | None, op: Op) -> bool:
        """A trigger and a rule go with their table."""
        if definition is None or definition.on is None:
            return False
        tables = [table for table in self.tables_of(definition, op) if table.name_at(op) == definition.on]
        return any(after is None for table in tables for before, after in self.later(table, op) if _is_table(before))

    def _may_be_taken_along(self, timeline: OtherTimeline, definition: Definition | None, op: Op) -> bool:
        """Whether a later operation dropped what it is made of: Django's editor drops with CASCADE, columns before 6.1.

        Where SQLite's editor makes a table anew, it leaves out the triggers.
        """
        if definition is None:
            return False
        for table in self.tables_of(definition, op):
            for before, after in self.later(table, op):
                if after is None and before.name.lower() in definition.reads:
                    return True
            if timeline.kind is Kind.TRIGGER and any(
                each > op and self._has_run(each) for each in table.maybe_remade_ops
            ):
                return True
        others = [other for key, other in self.timelines.others.items() if key[1] in definition.reads]
        return any(
            each.drops and each.op > op for other in others if other is not timeline for each in other.statements
        )


def _is_table(shape: Any) -> bool:
    return not hasattr(shape, "type")
