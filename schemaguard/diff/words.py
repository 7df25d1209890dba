"""The differences, put into words: which side has what."""

from __future__ import annotations

from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diff.model import SchemaDifference
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Difference, Match, verdict_of
from schemaguard.schema.kinds import Kind


class Words:
    """`expected` and `actual` are what the user called the two sides."""

    def __init__(self, expected: str, actual: str) -> None:
        self.expected = expected
        self.actual = actual

    def alone(
        self, kind: Kind, name: str, *, in_expected: bool, text: str | None = None, **about: Any
    ) -> SchemaDifference:
        """One side alone has it; `text` is its definition."""
        there, not_there = (self.expected, self.actual) if in_expected else (self.actual, self.expected)
        return SchemaDifference(
            kind=kind,
            problem=Problem.MISSING if in_expected else Problem.EXTRA,
            name=name,
            message=f"{kind.words} {name} is in {there}, and not in {not_there}",
            expected=text if in_expected else None,
            actual=None if in_expected else text,
            **about,
        )

    def differs(
        self, kind: Kind, name: str, expected: str, actual: str, differences: tuple[Difference, ...], **about: Any
    ) -> SchemaDifference:
        """Both have it, in two shapes, or nobody can say."""
        change = wording.differing(differences)
        what = f"{kind.words} {name}"
        if verdict_of(differences) is Match.INCOMPARABLE:
            message = f"{what} is {expected} in {self.expected} and {actual} in {self.actual}; "
            message += "whether that is the same cannot be told"
            return SchemaDifference(
                kind=kind, problem=Problem.INCOMPARABLE, name=name, message=message, expected=expected, actual=actual,
                **about,
            )  # fmt: skip
        if expected == actual:  # they differ where the text does not reach
            actual, change = f"{actual} (another {change or 'definition'})", ""
        message = f"{what} is {expected} in {self.expected} and {actual} in {self.actual}"
        message += f" (another {change})" if change else ""
        return SchemaDifference(
            kind=kind, problem=Problem.DIFFERENT, name=name, message=message, expected=expected, actual=actual, **about
        )

    def comment(self, name: str, expected: str | None, actual: str | None, **about: Any) -> SchemaDifference:
        one, other = (repr(each) if each else "none" for each in (expected, actual))
        return self.differs(Kind.COMMENT, name, one, other, (Difference("comment", Match.DIFFERENT),), **about)
