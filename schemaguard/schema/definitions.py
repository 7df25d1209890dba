"""What SQL of migrations makes beside tables: views, functions, triggers and rules, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.objects import Index, Table


@value(frozen=True, kw_only=True, slots=True)
class View:
    """`columns` are the names that it gives, where it gives some; `star` is true where it takes what columns there are.

    `reads` holds every word of the statement, here and below: the names of what it is made of are among them.
    """

    query: str
    tokens: tuple[str, ...]
    columns: tuple[str, ...] = ()
    materialized: bool = False
    star: bool = False
    reads: frozenset[str] = frozenset()
    on: None = None

    @property
    def identity(self) -> object:
        return None


@value(frozen=True, kw_only=True, slots=True)
class Function:
    """`body` is None where it is no string; `returns` where it is no plain type. `arguments` are types."""

    arguments: tuple[str, ...]
    body: str | None = None
    language: str = "sql"
    returns: str | None = None
    volatility: str = "VOLATILE"
    strict: bool = False
    definer: bool = False
    reads: frozenset[str] = frozenset()
    on: None = None

    @property
    def identity(self) -> object:
        return self.arguments


@value(frozen=True, kw_only=True, slots=True)
class Trigger:
    """`on` is its table's key; `events` are each `("UPDATE", "column", …)`."""

    on: str
    timing: str
    events: frozenset[tuple[str, ...]]
    function: str
    arguments: tuple[str, ...] = ()
    level: str = "STATEMENT"
    constraint: bool = False
    deferral: str = ""
    referencing: tuple[str, ...] = ()
    condition: str | None = None
    reads: frozenset[str] = frozenset()

    @property
    def identity(self) -> object:
        return self.on


@value(frozen=True, kw_only=True, slots=True)
class Rule:
    on: str
    event: str
    instead: bool
    condition: str | None
    actions: tuple[tuple[str, ...], ...]
    reads: frozenset[str] = frozenset()

    @property
    def identity(self) -> object:
        return self.on


@value(frozen=True, kw_only=True, slots=True)
class Verbatim:
    """A view or trigger of a database that keeps the text; `on` is a trigger's table."""

    tokens: tuple[str, ...]
    reads: frozenset[str] = frozenset()
    on: str | None = None

    @property
    def identity(self) -> object:
        return None


@value(frozen=True, kw_only=True, slots=True)
class ViewIndex:
    """An index on a materialized view, which is `on`. `view` is the live one."""

    on: str
    index: Index
    view: Table | None = None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.on.lower()})

    @property
    def identity(self) -> object:
        return None


Definition = View | Function | Trigger | Rule | Verbatim | ViewIndex


@value(frozen=True, kw_only=True, slots=True)
class Live:
    """A live thing of these kinds, as the server prints it. `columns` are a view's; `enabled` is false for a trigger or
    a rule that was switched off; `visible` where the search path finds it."""

    kind: Kind
    name: str
    sql: str
    columns: tuple[str, ...] = ()
    enabled: bool = True
    visible: bool = True


@value(frozen=True, kw_only=True, slots=True)
class Keeper:
    """A view or a trigger that a statement of Django's editor fails over; `why` is what the server says."""

    kind: Kind
    name: str
    why: str


class Rehearsed(Protocol):
    """A copy of the schema without rows, on which statements of the editor are tried one after the other."""

    def renames(self) -> Sequence[Keeper]:
        """What keeps a table, or a column, from getting another name."""

    def remakes(self, table: str) -> Sequence[Keeper]:
        """What keeps a table from being made anew."""

    def drops_column(self, table: str, column: str) -> Sequence[Keeper]:
        """What keeps a column from being dropped by itself."""

    def drops_table(self, table: str) -> None:
        """Nothing keeps a table from that."""


@value(frozen=True, slots=True)
class Hanging:
    """A thing that rests on another one and is no part of it. `text` is what the server calls it: `view report`.

    `table` and `key` are set for a foreign key: the table that has it, and its name.
    """

    text: str
    table: str | None = None
    key: str | None = None
