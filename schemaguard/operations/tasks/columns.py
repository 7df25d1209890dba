"""What is done to one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import ColumnTimeline
    from schemaguard.schema.objects import Column


@dataclass(frozen=True, slots=True)
class MakeColumn:
    timeline: ColumnTimeline
    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class ReplaceColumn:
    """The live column goes, and the expected one is made: either it was no rename, or its values cannot be cast."""

    timeline: ColumnTimeline
    table: str
    expected: Column
    actual: Column

    @property
    def name(self) -> str:
        """The name of the column that goes."""
        return self.actual.name


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """From the live shape to the expected one."""

    timeline: ColumnTimeline
    table: str
    expected: Column
    actual: Column
    by_code: bool = False
    """Whether code of a migration may have given the column its type and collation, so that no field has them."""
    sequence: str | None = None
    """The sequence that a key owns, and takes no number from any more."""
    attributes: frozenset[str] | None = None
    """The attributes of Column to alter. None: all that the expected shape says and the live one has otherwise."""

    @property
    def changed(self) -> frozenset[str]:
        return changes(self.expected, self.actual) if self.attributes is None else self.attributes

    @property
    def changes_type(self) -> bool:
        """Whether another type is asked for, also one that means the same."""
        return self.expected.type != self.actual.type if self.attributes is None else "type" in self.attributes

    @property
    def is_retyped(self) -> bool:
        """Whether the column gets another type or collation."""
        return (self.expected.type, self.expected.collation) != (self.actual.type, self.actual.collation)


@dataclass(frozen=True, slots=True)
class UnmakeColumn:
    """Drops a column whose values are computed. A MakeColumn of the same plan makes it anew.

    `actual` is the live column. If it is a plain one, its rows may hold other values than `expected` computes.
    """

    timeline: ColumnTimeline
    table: str
    expected: Column
    actual: Column

    @property
    def name(self) -> str:
        return self.actual.name


@dataclass(frozen=True, slots=True)
class RenameColumn:
    timeline: ColumnTimeline
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropColumn:
    timeline: ColumnTimeline
    table: str
    name: str


def changes(expected: Column, actual: Column) -> frozenset[str]:
    """The attributes of a live column that are to be altered. What the migrations leave open stays as it is."""
    found = {
        name for name in ("nullable", "collation", "generated") if getattr(expected, name) != getattr(actual, name)
    }
    if expected.type != actual.type and actual.type not in expected.also:
        found.add("type")
    numbers_itself = actual.auto and not expected.auto and expected.default is None
    if numbers_itself or (actual.always and not expected.always):
        found.add("auto")
    if expected.default is not None and expected.default != actual.default:
        found.add("default")
    if expected.comment is not None and expected.comment != actual.comment:
        found.add("comment")
    return frozenset(found)
