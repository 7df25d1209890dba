"""Which constraint of one table is which of the other: by definition, and by name where somebody chose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.schema.compare import Comparer, Difference, Match, verdict_of
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Check, Constraint, ForeignKey, PrimaryKey, Table
from schemaguard.schema.text import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diff.model import SchemaDifference
    from schemaguard.diff.words import Words

Pair = tuple[int, int]


class ConstraintMatcher:
    """The constraints and indexes of two tables. `lost` names columns that one of the two tables lacks."""

    def __init__(self, expected: Table, actual: Table, comparer: Comparer, words: Words, lost: frozenset[str]) -> None:
        self.table = actual
        self.expected = expected.constraints
        self.actual = actual.constraints
        self.comparer = comparer
        self.words = words
        self.lost = lost

    def differences(self) -> Iterator[SchemaDifference]:
        pairs = self._pairs()
        for (one, other), differences in pairs.items():
            if not (self._hangs_on_what_is_lost(self.expected[one]) or self._hangs_on_what_is_lost(self.actual[other])):
                yield from self._pair(self.expected[one], self.actual[other], differences)
        ours, theirs = ({pair[side] for pair in pairs} for side in (0, 1))
        for in_expected, constraints, taken in ((True, self.expected, ours), (False, self.actual, theirs)):
            for number, shape in enumerate(constraints):
                if number not in taken and not self._hangs_on_what_is_lost(shape):
                    yield self.words.alone(
                        shape.kind, self._called(shape), in_expected=in_expected, text=wording.constraint(shape),
                        table=self.table.name, columns=shape.columns or None,
                    )  # fmt: skip

    def _pairs(self) -> dict[Pair, tuple[Difference, ...]]:
        """The surest first: the same under one name, the same, perhaps the same, and one name for two shapes."""
        ranked: list[tuple[int, Pair, tuple[Difference, ...]]] = []
        for one, expected in enumerate(self.expected):
            for other, actual in enumerate(self.actual):
                if self._may_be_one(expected, actual):
                    differences = self._compare(expected, actual)
                    rank = _rank(expected, actual, verdict_of(differences))
                    if rank is not None:
                        ranked.append((rank, (one, other), differences))
        found: dict[Pair, tuple[Difference, ...]] = {}
        ours: set[int] = set()
        theirs: set[int] = set()
        for _, (one, other), differences in sorted(ranked, key=lambda each: each[:2]):
            if one not in ours and other not in theirs:
                found[one, other] = differences
                ours.add(one)
                theirs.add(other)
        return found

    def _may_be_one(self, expected: Constraint, actual: Constraint) -> bool:
        """Only what has one name, or is over the same columns, is asked about: each question costs."""
        if type(expected) is not type(actual):
            return False
        if isinstance(expected, PrimaryKey) or (expected.name is not None and expected.name == actual.name):
            return True
        if isinstance(expected, Check):
            return set(expected.columns) == set(actual.columns)
        return expected.columns == actual.columns

    def _compare(self, expected: Constraint, actual: Constraint) -> tuple[Difference, ...]:
        """As elsewhere; and what a migration cannot say: the schema of a target, and that one is not valid yet."""
        found = list(self.comparer.compare(expected, actual))
        if isinstance(expected, ForeignKey) and isinstance(actual, ForeignKey):
            if expected.target.rpartition('"."')[0] != actual.target.rpartition('"."')[0]:
                found.append(Difference("target", Match.DIFFERENT))
        if isinstance(expected, Check | ForeignKey):
            told = {each.attribute for each in found}
            found += (
                Difference(attribute, Match.DIFFERENT)
                for attribute in ("validated", "enforced")
                if attribute not in told and getattr(actual, attribute) and not getattr(expected, attribute)
            )
        return tuple(found)

    def _pair(
        self, expected: Constraint, actual: Constraint, differences: tuple[Difference, ...]
    ) -> Iterator[SchemaDifference]:
        one, other = wording.constraint(expected), wording.constraint(actual)
        renamed = expected.name != actual.name and (expected.named or actual.named)
        if renamed and verdict_of(differences) is not Match.DIFFERENT:
            one, other = f"{one} called {expected.name}", f"{other} called {actual.name}"
            differences = (Difference("name", Match.DIFFERENT),)
        if differences:
            yield self.words.differs(
                actual.kind, self._called(actual), one, other, differences,
                table=self.table.name, columns=actual.columns or None,
            )  # fmt: skip

    def _called(self, shape: Constraint) -> str:
        label = shape.name or (f"({', '.join(shape.columns)})" if shape.columns else wording.constraint(shape))
        return f"{label} on {self.table.name}"

    def _hangs_on_what_is_lost(self, shape: Constraint) -> bool:
        """One cause, one difference: what is over a column that is missing is missing with it."""
        if not self.lost:
            return False
        texts = [part.expression for part in getattr(shape, "parts", ()) if part.expression is not None]
        texts += [getattr(shape, name, None) for name in ("condition", "expression")]
        names = {*shape.columns, *getattr(shape, "include", ())}
        for each in texts:
            if each is not None and each.text is not None:
                names |= words_of(each.text)
        return not self.lost.isdisjoint(names)


def _rank(expected: Constraint, actual: Constraint, verdict: Match) -> int | None:
    """How sure it is that the two are one; None where they are not."""
    one_name = expected.name == actual.name
    if verdict is Match.SAME:
        return 0 if one_name else 1 if not (expected.named or actual.named) else 2
    if verdict is Match.INCOMPARABLE:
        return 3 if one_name else 4
    if isinstance(expected, PrimaryKey) or (one_name and expected.name is not None):
        return 5
    nobody_chose = not expected.named and not actual.named
    return 6 if nobody_chose and expected.kind is actual.kind and expected.kind is not Kind.INDEX else None
