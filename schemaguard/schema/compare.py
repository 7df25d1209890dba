"""What 'the same' means for each kind of object. Three answers: the same, different, and nobody can say."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from schemaguard.schema.names import bare
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Table,
)
from schemaguard.schema.questions import Answer, Question
from schemaguard.schema.renaming import respelled, with_columns_renamed
from schemaguard.schema.text import canonical, differ_in_length, length_of
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Match(Enum):
    SAME = "same"
    DIFFERENT = "different"
    INCOMPARABLE = "incomparable"


@value(frozen=True, slots=True)
class Difference:
    """One attribute in which two objects differ, or may differ."""

    attribute: str
    match: Match


def verdict_of(differences: tuple[Difference, ...]) -> Match:
    """The worst of many: one difference outweighs any number of doubts."""
    if not differences:
        return Match.SAME
    matches = {difference.match for difference in differences}
    if Match.DIFFERENT in matches:
        return Match.DIFFERENT
    return Match.INCOMPARABLE if matches else Match.SAME


TABLE_ATTRIBUTES = ("logged", "row_security", "forced", "engine", "collation")
"""What a table is beside its name, its comment and its parts."""


def table_differences(expected: Any, actual: Table) -> tuple[Difference, ...]:
    """In which of these a table differs from a TableShape. To force row security says nothing where it is off."""
    found = [each for each in TABLE_ATTRIBUTES if getattr(expected, each) != getattr(actual, each)]
    if not actual.row_security and "forced" in found:
        found.remove("forced")
    return tuple(Difference(each, Match.DIFFERENT) for each in found)


ZERO = ("0", "'0'")
"""The default that MySQL gives to a key whose numbering a copy of its table does not take along."""


class Answers:
    """What the server said. A question that it was not asked yet is noted in `open`, and answered 'nobody can say'."""

    def __init__(
        self,
        given: Mapping[Question, Answer] | None = None,
        *,
        quote: str = '"',
        sees_expressions: bool = True,
        numbers_keys_alone: bool = False,
        alters_in_parts: bool = False,
        keeps_rests: bool = False,
        orders_keys: bool = True,
        cuts_keys_at: int | None = None,
        may_keep_default: frozenset[str] | None = None,
    ) -> None:
        """`quote` is the server's quote for names; `sees_expressions` is false where the catalog shows no predicate.

        `alters_in_parts`: an operation that alters a column may have stopped between two attributes of it.
        `keeps_rests`: an index outlives a column of its own that is dropped, over those that are left.
        `orders_keys`: an index keeps DESC; MariaDB before 10.8 reads and forgets it.
        `cuts_keys_at`: an index over one column that is longer keeps so many bytes of it; None: the server refuses it.
        `may_keep_default`: the types that may have a default which no migration gives; None: any.
        """
        self.given = given or {}
        self.quote = quote
        self.sees_expressions = sees_expressions
        self.numbers_keys_alone = numbers_keys_alone
        self.alters_in_parts = alters_in_parts
        self.keeps_rests = keeps_rests
        self.orders_keys = orders_keys
        self.cuts_keys_at = cuts_keys_at
        self.may_keep_default = may_keep_default
        self.open: dict[Question, None] = {}

    def may_have_default(self, actual: Column) -> bool:
        """Whether a default that no migration gives is no difference."""
        return self.may_keep_default is None or actual.type.partition("(")[0] in self.may_keep_default

    def get(self, question: Question) -> Match:
        if question not in self.given:
            self.open[question] = None
            return Match.INCOMPARABLE
        answer = self.given[question]
        if answer is None:
            return Match.INCOMPARABLE
        return Match.SAME if answer else Match.DIFFERENT


class Comparer:
    """Compares what migrations expect with what stands in one live table."""

    def __init__(
        self,
        table: Table,
        answers: Answers,
        renamed: Mapping[str, str] | None = None,
        one_name: Callable[[str, str], bool] = str.__eq__,
        renamed_columns: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """`renamed`: live name → expected name, of tables that somebody renamed by hand; `one_name`: see Schema.

        `renamed_columns`: (live table, live name) → expected name. Where `table` has some, it is compared by the names
        that these should have.
        """
        renamed_columns = renamed_columns or {}
        names = {name: new for (owner, name), new in renamed_columns.items() if owner == table.name}
        self.names = {name: new for name, new in names.items() if new not in table.columns}
        self.table = with_columns_renamed(table, self.names) if self.names else table
        self.answers = answers
        self.renamed = renamed or {}
        self.one_name = one_name
        self.renamed_columns = renamed_columns

    def compare(self, expected: Constraint, actual: Constraint) -> tuple[Difference, ...]:
        """How two constraints differ; () where they are the same. Names do not count here."""
        match expected, actual:
            case Index(), Index():
                return tuple(self._index(expected, actual))
            case ForeignKey(), ForeignKey():
                return tuple(self._foreign_key(expected, actual))
            case Check(), Check():
                return tuple(self._check(expected, actual))
            case PrimaryKey(), PrimaryKey():
                return tuple(_equal("columns", expected.columns, actual.columns))
            case Exclusion(), Exclusion():
                return tuple(self._exclusion(expected, actual))
        return (Difference("kind", Match.DIFFERENT),)

    def column(self, expected: Column, actual: Column) -> tuple[Difference, ...]:
        """How two columns differ. What migrations do not say (a default that was left, a comment) does not count."""
        return tuple(self._column(expected, actual))

    def _column(self, expected: Column, actual: Column) -> Iterator[Difference]:
        if expected.type != actual.type and actual.type not in expected.also:
            match = Match.DIFFERENT
            if not differ_in_length(expected.type, actual.type):
                match = self.answers.get(Question("type", self.table.name, expected.type, actual.type))
            if match is not Match.SAME:
                yield Difference("type", match)
        yield from _equal("nullable", expected.nullable, actual.nullable)
        if expected.collation != actual.collation:
            yield from _equal("collation", _collation(expected.collation), _collation(actual.collation))
        is_numbered = actual.auto or (self.answers.numbers_keys_alone and not self._is_key(actual.name))
        if (expected.auto and not is_numbered) or (actual.always and not expected.always):
            yield Difference("auto", Match.DIFFERENT)
        if expected.comment is not None:
            yield from _equal("comment", expected.comment, actual.comment)
        if expected.default is not None:
            yield from self._expression("default", expected.default, actual.default, cast=actual.type)
        elif actual.default is not None and not self.answers.may_have_default(actual):
            if not (expected.auto and not actual.auto and actual.default.text in ZERO):
                yield Difference("default", Match.DIFFERENT)
        if expected.generated is not None or actual.generated is not None:
            yield from self._expression("generated", expected.generated, actual.generated)
        if expected.generated is not None and actual.generated is not None:
            yield from _equal("stored", expected.stored, actual.stored)

    def _is_key(self, name: str) -> bool:
        return any(isinstance(each, PrimaryKey) and each.columns == (name,) for each in self.table.constraints)

    def _is_cut(self, part: IndexPart) -> bool:
        """Whether the server itself has given it a length: the longest one, of characters of one to four bytes."""
        most, column = self.answers.cuts_keys_at, self.table.columns.get(part.column or "")
        if most is None or column is None or part.opclass not in {f"({most // size})" for size in (1, 2, 3, 4)}:
            return False
        length = length_of(column.type)
        return length is None or length > int(part.opclass.strip("()"))

    def _index(self, expected: Index, actual: Index) -> Iterator[Difference]:
        yield from _unlike(("unique", "method"), expected, actual)
        yield from self._parts(
            expected.parts, actual.parts, ordered=self.answers.orders_keys and expected.method == "btree"
        )
        yield from _unlike(
            ("include", "nulls_distinct", "deferrable", "deferred", "valid", "visible"), expected, actual
        )
        if expected.condition is not None or actual.condition is not None:
            yield from self._expression("condition", expected.condition, actual.condition)

    def _parts(
        self, expected: tuple[IndexPart, ...], actual: tuple[IndexPart, ...], *, ordered: bool
    ) -> Iterator[Difference]:
        if len(expected) != len(actual):
            yield Difference("columns", Match.DIFFERENT)
            return
        for one, other in zip(expected, actual, strict=True):
            if one.column != other.column:
                yield Difference("columns", Match.DIFFERENT)
                return
            if ordered and (one.descending, one.nulls_first) != (other.descending, other.nulls_first):
                yield Difference("order", Match.DIFFERENT)
            if one.opclass != other.opclass and (one.opclass is None or one.opclass != other.default_opclass):
                is_prefix = (one.opclass or other.opclass or "").startswith("(")  # the length of one, on MySQL
                if one.opclass is not None or not self._is_cut(other):
                    yield Difference("prefix" if is_prefix else "opclass", Match.DIFFERENT)
            if one.collation != other.collation and (one.collation is not None or other.column is not None):
                column = self.table.columns.get(other.column or "")
                own = column.collation if column is not None else None
                yield from _equal("collation", _collation(one.collation or own), _collation(other.collation or own))
            if one.expression is not None:
                yield from self._expression("expression", one.expression, other.expression)

    def _foreign_key(self, expected: ForeignKey, actual: ForeignKey) -> Iterator[Difference]:
        yield from _equal("columns", expected.columns, actual.columns)
        # Without its schema: the search path may have changed since the migration was written.
        if not self.one_name(bare(expected.target), bare(self.renamed.get(actual.target, actual.target))):
            yield Difference("target", Match.DIFFERENT)
        if expected.target_columns:
            names = (self.renamed_columns.get((actual.target, name), name) for name in actual.target_columns)
            yield from _equal("target_columns", expected.target_columns, tuple(names))
        yield from _unlike(("deferrable", "deferred", "on_delete", "on_update"), expected, actual)
        if expected.enforced:
            yield from _unlike(("validated", "enforced"), expected, actual)

    def _check(self, expected: Check, actual: Check) -> Iterator[Difference]:
        for attribute in ("validated", "enforced"):
            if getattr(expected, attribute) and not getattr(actual, attribute):
                yield Difference(attribute, Match.DIFFERENT)
        yield from self._expression("expression", expected.expression, actual.expression)

    def _exclusion(self, expected: Exclusion, actual: Exclusion) -> Iterator[Difference]:
        yield from _equal("operators", expected.operators, actual.operators)
        yield from self._parts(expected.parts, actual.parts, ordered=False)
        yield from _unlike(("method", "include", "deferrable", "deferred"), expected, actual)
        yield from self._expression("condition", expected.condition, actual.condition)

    def _expression(
        self, attribute: str, expected: Expression | None, actual: Expression | None, cast: str | None = None
    ) -> Iterator[Difference]:
        if expected is None and actual is None:
            return
        if expected is None or actual is None:
            yield Difference(attribute, Match.DIFFERENT if self.answers.sees_expressions else Match.INCOMPARABLE)
            return
        if expected.text is None or actual.text is None:
            yield Difference(attribute, Match.INCOMPARABLE)
            return
        quote = self.answers.quote
        if canonical(expected.text, quote=quote) == canonical(actual.text, quote=quote):
            return
        if not expected.columns <= self.table.columns.keys():
            yield Difference(attribute, Match.DIFFERENT)
            return
        texts = (self._by_live_names(expected.text), self._by_live_names(actual.text))
        match = self.answers.get(Question("expression", self.table.name, *texts, cast))
        if match is not Match.SAME:
            yield Difference(attribute, match)

    def _by_live_names(self, text: str) -> str:
        """An expression as the server has to be asked about it."""
        for name, new in self.names.items():
            text = respelled(text, new, name)
        return text


def _collation(name: str | None) -> str | None:
    """None for what a column has anyway, which can be said, too: by SQLite's name for it, and by PostgreSQL's."""
    lowered = (name or "").lower()
    return None if lowered in ("", "binary", "default") else lowered


def _equal(attribute: str, expected: object, actual: object) -> Iterator[Difference]:
    if expected != actual:
        yield Difference(attribute, Match.DIFFERENT)


def _unlike(attributes: tuple[str, ...], expected: Constraint, actual: Constraint) -> Iterator[Difference]:
    for attribute in attributes:
        if getattr(expected, attribute) != getattr(actual, attribute):
            yield Difference(attribute, Match.DIFFERENT)
