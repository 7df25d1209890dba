"""The statements that make an object, what is live under its name, and what of it is not as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.compare import Difference, Match, verdict_of
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import Op, OtherTimeline, Statement
    from schemaguard.schema.definitions import Definition, Live


@value(frozen=True, kw_only=True, slots=True)
class ReadStatement:
    """A statement of a migration. `sql` has the names that the object has by then, and `definition` is what it says.

    `definition` is None where nobody can read it, and both are where it drops the object.
    """

    statement: Statement
    sql: str | None
    definition: Definition | None

    @property
    def op(self) -> Op:
        return self.statement.op


@value(frozen=True, kw_only=True, slots=True)
class ReadLive:
    """A live object, as the server prints it. `definition` is None where nobody can read that."""

    printed: Live
    definition: Definition | None


@value(frozen=True, kw_only=True, slots=True)
class SqlTimeline:
    """The statements of one name, and what is live under it. Example: two functions that have other arguments."""

    timeline: OtherTimeline
    statements: tuple[ReadStatement, ...]
    live: tuple[ReadLive, ...]

    @property
    def visible(self) -> tuple[ReadLive, ...]:
        """What is live where the search path finds it."""
        return tuple(each for each in self.live if each.printed.visible)


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
