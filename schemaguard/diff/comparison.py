"""In what two schemas differ: tables, columns, constraints, and what is defined beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.diff.beside import beside_differences
from schemaguard.diff.constraints import ConstraintMatcher
from schemaguard.diff.definitions import definition_differences
from schemaguard.diff.model import Comparison, SchemaDifference, Side
from schemaguard.diff.sides import within
from schemaguard.diff.words import Words
from schemaguard.exceptions import CannotStart
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Answers, Comparer, Difference, Match, table_differences, verdict_of
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Owner, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.schema.questions import Answer, Question


def compared(expected: Side, actual: Side) -> Comparison:
    """The two held against each other. Expressions are judged by a server, that of `actual` first.

    Raises CannotStart where they are of two families, and django.db.Error where a server fails.
    """
    family, other = expected.snapshot.family, actual.snapshot.family
    if family is not other:
        raise CannotStart(
            f"{expected.label} is {family.vendor}, and {actual.label} is {other.vendor}: "
            "what they hold cannot be compared"
        )
    walk = _Walk(expected, actual, _answers(family, {}))
    found = list(walk.differences())
    if walk.answers.open:
        given = _judged(list(walk.answers.open), (actual, expected))
        found = list(_Walk(expected, actual, _answers(family, given)).differences())
    return Comparison(expected=expected, actual=actual, differences=tuple(found))


def _answers(family: type[Backend], given: Mapping[Question, Answer]) -> Answers:
    """Both sides are live: here a default counts, and a number that a key gets, as everything else does."""
    return Answers(
        given, quote=family.name_quote, sees_expressions=family.sees_expressions, may_keep_default=frozenset()
    )


def _judged(questions: Collection[Question], sides: Collection[Side]) -> dict[Question, Answer]:
    """What one server cannot tell, the other one may."""
    found: dict[Question, Answer] = dict.fromkeys(questions)
    for side in sides:
        left = [question for question, answer in found.items() if answer is None]
        if left and side.backend is not None:
            with within(side.backend, side.schema):
                found.update(side.backend.same(left))
    return found


class _Walk:
    """One pass over everything, with the answers that the servers have given so far."""

    def __init__(self, expected: Side, actual: Side, answers: Answers) -> None:
        self.expected = expected.snapshot
        self.actual = actual.snapshot
        self.words = Words(expected.label, actual.label)
        self.answers = answers
        ignores_case = self.expected.ignores_name_case or self.actual.ignores_name_case
        self.key: Callable[[str], str] = str.lower if ignores_case else str

    def differences(self) -> Iterator[SchemaDifference]:
        expected = {self.key(name): table for name, table in self.expected.tables.items()}
        actual = {self.key(name): table for name, table in self.actual.tables.items()}
        for name in sorted(expected.keys() | actual.keys()):
            one, other = expected.get(name), actual.get(name)
            if one is not None and other is not None:
                yield from self._table(one, other)
            elif (alone := one or other) is not None and alone.owner is not Owner.VIEW:
                yield self.words.alone(Kind.TABLE, alone.name, in_expected=one is not None, table=alone.name)
        yield from definition_differences(
            self.expected.definitions, self.actual.definitions, self.expected.family, self.answers, self.words
        )
        yield from self._others()
        yield from beside_differences(self.expected, self.actual, self.words)

    def _table(self, expected: Table, actual: Table) -> Iterator[SchemaDifference]:
        about = {"table": actual.name}
        if expected.owner is not actual.owner and Owner.VIEW in (expected.owner, actual.owner):
            return  # the definitions say that a view stands in the place of a table
        found = table_differences(expected, actual)
        if found:
            texts = wording.table(expected, actual)
            yield self.words.differs(Kind.TABLE, actual.name, *texts, found, **about)
        if expected.policies != actual.policies and not found:
            texts = (", ".join(expected.policies) or "none", ", ".join(actual.policies) or "none")
            yield self.words.differs(Kind.TABLE, actual.name, *texts, (_differs("policies"),), **about)
        if expected.comment != actual.comment:
            yield self.words.comment(actual.name, expected.comment, actual.comment, **about)
        comparer = Comparer(actual, self.answers, one_name=lambda one, other: self.key(one) == self.key(other))
        lost: set[str] = set()
        if actual.owner is not Owner.VIEW:
            for difference in self._columns(expected, actual, comparer):
                yield difference
                lost.update(difference.columns or () if difference.problem in (Problem.MISSING, Problem.EXTRA) else ())
        yield from ConstraintMatcher(expected, actual, comparer, self.words, frozenset(lost)).differences()

    def _columns(self, expected: Table, actual: Table, comparer: Comparer) -> Iterator[SchemaDifference]:
        ours = {self.key(name): column for name, column in expected.columns.items()}
        theirs = {self.key(name): column for name, column in actual.columns.items()}
        for name in dict.fromkeys((*ours, *theirs)):
            one, other = ours.get(name), theirs.get(name)
            if one is not None and other is not None:
                yield from self._column(one, other, actual.name, comparer)
                continue
            alone = one or other
            assert alone is not None
            yield self.words.alone(
                Kind.COLUMN, f"{actual.name}.{alone.name}", in_expected=one is not None, text=wording.column(alone),
                table=actual.name, columns=(alone.name,),
            )  # fmt: skip

    def _column(self, expected: Column, actual: Column, table: str, comparer: Comparer) -> Iterator[SchemaDifference]:
        found = list(comparer.column(expected, actual))
        numbering = (expected.auto, expected.always) != (actual.auto, actual.always)
        if numbering and all(each.attribute != "auto" for each in found):
            found.append(_differs("auto"))
        about: dict[str, Any] = {"table": table, "columns": (actual.name,)}
        what = f"{table}.{actual.name}"
        if any(each.attribute == "comment" for each in found):
            yield self.words.comment(what, expected.comment, actual.comment, **about)
        rest = tuple(each for each in found if each.attribute != "comment")
        if verdict_of(rest) is not Match.SAME:
            texts = wording.column(expected), wording.column(actual)
            yield self.words.differs(Kind.COLUMN, what, *texts, rest, **about)

    def _others(self) -> Iterator[SchemaDifference]:
        """What is known by its name alone. The types of tables that one side lacks are told with their tables."""
        if self.expected.others is None or self.actual.others is None:
            return
        for kind, name in sorted(self.expected.others ^ self.actual.others, key=lambda each: (each[0].value, each[1])):
            type_ = name.partition(".")[0]
            sides = [(Kind.TYPE, type_) in each for each in (self.expected.others, self.actual.others)]
            if kind is Kind.LABEL and not all(sides):
                continue  # its type is missing
            yield self.words.alone(kind, name, in_expected=(kind, name) in self.expected.others)


def _differs(attribute: str) -> Difference:
    return Difference(attribute, Match.DIFFERENT)
