"""One definition held against live ones, part by part. Queries and conditions are for the server to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.compare import Answers, Comparer, Difference, Match
from schemaguard.schema.definitions import Definition, Function, Live, Rule, Trigger, Verbatim, View, ViewIndex
from schemaguard.schema.names import bare
from schemaguard.schema.questions import Question
from schemaguard.schema.text import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIFFERENT, INCOMPARABLE = Match.DIFFERENT, Match.INCOMPARABLE
RETURNS = "returned type"


class PartComparer:
    """What a definition says, and its names as they are now: where nothing was renamed, those that it spells."""

    def __init__(self, expected: Definition | None, answers: Answers, quote: Callable[[str], str]) -> None:
        """`quote` puts a name into the server's quotes."""
        self.expected = expected
        self.answers = answers
        self.quote = quote

    def is_of(self, actual: Definition | None) -> bool:
        """Whether the two can be one: a trigger on the same table, a function of the same arguments."""
        if self.expected is None or actual is None or type(actual) is not type(self.expected):
            return True
        if isinstance(self.expected, Trigger | Rule):
            return bare(self._now(self.expected.on)) == bare(str(actual.on))
        return self.expected.identity == actual.identity

    def renamed(self) -> tuple[str, ...]:
        """What the definition spells and that has another name since."""
        return ()

    def _now(self, table: str) -> str:
        """The name that a table of then has now."""
        return table

    def _reads_extra_columns(self) -> bool:
        """Whether a table that the definition spells has a column that no migration knows."""
        return False

    def compare(self, live: Live, actual: Definition | None) -> tuple[Difference, ...]:
        """() where they are the same."""
        found = list(self._differences(live, actual))
        if found and not isinstance(self.expected, Function) and self.renamed() and live.enabled:
            return (Difference("names", INCOMPARABLE),)  # the server has followed the rename, the statement has not
        return tuple(found)

    def _differences(self, live: Live, actual: Definition | None) -> Iterator[Difference]:
        if not live.enabled:
            yield Difference("switched off", DIFFERENT)
        match self.expected, actual:
            case (None, _) | (_, None):
                yield Difference("definition", INCOMPARABLE)
            case View(), View():
                yield from self._view(self.expected, actual, live)
            case Function(), Function():
                yield from self._function(self.expected, actual)
            case Trigger(), Trigger():
                yield from self._trigger(self.expected, actual)
            case Rule(), Rule():
                yield from self._rule(self.expected, actual)
            case ViewIndex(), ViewIndex() if actual.view is not None:
                yield from Comparer(actual.view, self.answers).compare(self.expected.index, actual.index)
            case Verbatim(), Verbatim():
                if self.expected.tokens != actual.tokens:
                    yield Difference("text", DIFFERENT)
            case _:
                yield Difference("kind", DIFFERENT)

    def _view(self, expected: View, actual: View, live: Live) -> Iterator[Difference]:
        if expected.materialized != actual.materialized:
            yield Difference("kind", DIFFERENT)
        if expected.tokens == actual.tokens or not live.columns:
            return
        if self.renamed():
            yield Difference("query", INCOMPARABLE)
            return
        quote = self.quote
        columns = f"({', '.join(map(quote, expected.columns))})" if expected.columns else ""
        question = Question(
            "view",
            ", ".join(map(quote, live.columns)),
            f"({expected.query}\n) AS schemaguard_query{columns}",
            f"({actual.query}\n) AS schemaguard_query",
            "star" if expected.star else None,
        )
        match = self.answers.get(question)
        if match is Match.DIFFERENT and expected.star and self._reads_extra_columns():
            match = Match.INCOMPARABLE  # the star stands for one column more than when the view was made
        if match is not Match.SAME:
            yield Difference("query", match)

    def _function(self, expected: Function, actual: Function) -> Iterator[Difference]:
        from schemaguard.history.sql import words_of  # costs its time where SQL makes anything

        for attribute in ("arguments", "language", "volatility", "strict", "definer"):
            if getattr(expected, attribute) != getattr(actual, attribute):
                # A type may be spelt in another way.
                yield Difference(attribute, INCOMPARABLE if attribute == "arguments" else DIFFERENT)
        if expected.returns is not None and actual.returns is not None and expected.returns != actual.returns:
            yield Difference(RETURNS, DIFFERENT)
        if expected.body is None or actual.body is None:
            yield Difference("body", INCOMPARABLE)
        elif words_of(expected.body) != words_of(actual.body):
            yield Difference("body", DIFFERENT)

    def _trigger(self, expected: Trigger, actual: Trigger) -> Iterator[Difference]:
        for attribute in ("timing", "events", "level", "function", "arguments", "constraint", "deferral"):
            if getattr(expected, attribute) != getattr(actual, attribute):
                yield Difference(attribute, DIFFERENT)
        if len(expected.referencing) != len(actual.referencing):
            yield Difference("referencing", DIFFERENT)
        yield from self._condition(expected, actual)

    def _rule(self, expected: Rule, actual: Rule) -> Iterator[Difference]:
        for attribute in ("event", "instead"):
            if getattr(expected, attribute) != getattr(actual, attribute):
                yield Difference(attribute, DIFFERENT)
        yield from self._condition(expected, actual)
        if expected.actions != actual.actions:
            firsts = [[action[0] for action in each.actions] for each in (expected, actual)]
            yield Difference("actions", INCOMPARABLE if firsts[0] == firsts[1] else DIFFERENT)

    def _condition(self, expected: Trigger | Rule, actual: Trigger | Rule) -> Iterator[Difference]:
        if expected.condition is None or actual.condition is None:
            if expected.condition is not actual.condition:
                yield Difference("condition", DIFFERENT)
        elif canonical(expected.condition) != canonical(actual.condition):
            question = Question("condition", self._now(expected.on), expected.condition, actual.condition)
            match = self.answers.get(question)
            if match is not Match.SAME:
                yield Difference("condition", match)
