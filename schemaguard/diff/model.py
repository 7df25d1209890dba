"""What is compared, and what comes out: frozen values."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.schema.codes import Problem
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.database.base import Backend
    from schemaguard.schema.definitions import Live
    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.objects import Table
    from schemaguard.schema.sequences import Beside


@value(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A schema as values that mean the same wherever it stands: names of its own come without its schema.

    `others` are the extensions, types and collations of the whole database, by name. None where one schema of many was
    read: they are not its own.
    """

    family: type[Backend]
    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    definitions: tuple[Live, ...] = ()
    others: frozenset[tuple[Kind, str]] | None = frozenset()
    beside: Beside | None = None
    """None where a file does not tell it."""
    ignores_name_case: bool = False
    unseen: tuple[str, ...] = ()


@value(frozen=True, kw_only=True, slots=True)
class Side:
    """One of the two. `label` is what the user called it; `server` is empty for a file, and `backend` None."""

    label: str
    snapshot: Snapshot
    server: str = ""
    backend: Backend | None = None
    schema: str | None = None


@value(frozen=True, kw_only=True, slots=True)
class SchemaDifference:
    """One thing in which the two differ. `expected` is the first side, `actual` the second.

    `problem` is `missing` where the first alone has it, `extra` where the second alone has it, `different`, or
    `incomparable`: nobody can say whether it is the same.
    """

    kind: Kind
    problem: Problem
    name: str
    message: str
    table: str | None = None
    columns: tuple[str, ...] | None = None
    expected: str | None = None
    actual: str | None = None


@value(frozen=True, kw_only=True, slots=True)
class Comparison:
    expected: Side
    actual: Side
    differences: tuple[SchemaDifference, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs for sure."""
        return all(each.problem is Problem.INCOMPARABLE for each in self.differences)
