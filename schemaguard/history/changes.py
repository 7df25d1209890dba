"""What an operation does to a database, as values: the steps from one shape of a schema to the next.

The difference between two states of a model gives these values, and so does a parsed RunSQL. Names are those of that
moment of the history. Tables are named by their key (see `schema.objects.Table`).
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.objects import Column, Constraint, Table

Key = tuple[Any, ...]
"""Tells a constraint from the others of its table for as long as the history lasts: `("name", n)` where a migration
gives the name, else what made it: `("unique", field)`, `("foreign_key", field)`, … Raw SQL that gives no name has
`("sql", kind, columns)`, and what stands twice is once `(AGAIN, *key)`."""
AGAIN = "again"
FIELD_KEYS = frozenset({"unique", "index", "like", "check", "foreign_key", "pk"})
"""How the keys begin of the constraints that a field brings with its column."""


@value(frozen=True, slots=True)
class CreateTable:
    """`table.constraints` is empty; `constraints` holds them by key.

    `takes_over`: a model makes it. Where the table is there already, the model takes it over from another one.
    """

    table: Table
    constraints: Mapping[Key, Constraint] = field(default_factory=dict)
    takes_over: bool = False


@value(frozen=True, slots=True)
class DropTable:
    """`may_stay`: a model that nobody manages has the table too, and may be the reason why it was kept."""

    name: str
    may_stay: bool = False


@value(frozen=True, slots=True)
class LeaveTable:
    """A model goes whose table another model has: the table stays."""

    name: str


@value(frozen=True, slots=True)
class RenameTable:
    name: str
    new_name: str


@value(frozen=True, slots=True)
class CommentTable:
    name: str
    comment: str | None


@value(frozen=True, slots=True)
class AlterTable:
    """`changes` are attributes of TableShape, but for its name and comment."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)


@value(frozen=True, slots=True)
class AddColumn:
    table: str
    column: Column


@value(frozen=True, slots=True)
class DropColumn:
    table: str
    name: str


@value(frozen=True, slots=True)
class AlterColumn:
    """`changes` are attributes of Column, `name` included for a rename.

    `meanwhile`: those of them that its first statements give it otherwise, and its last one loses.
    """

    table: str
    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    meanwhile: Mapping[str, Any] = field(default_factory=dict)


@value(frozen=True, slots=True)
class AddConstraint:
    """`sql` is the statement of a CREATE INDEX."""

    table: str
    key: Key
    constraint: Constraint
    sql: str | None = field(default=None, compare=False)


@value(frozen=True, slots=True)
class DropConstraint:
    """`table` is None where the SQL names only the thing (DROP INDEX); `if_exists`: it may find nothing to drop."""

    table: str | None
    key: Key
    if_exists: bool = field(default=False, compare=False)


@value(frozen=True, slots=True)
class AlterConstraint:
    """The same constraint in another shape or under another key; `constraint` is None where only the name changes.

    `if_exists`: it may find nothing to change.
    """

    table: str | None
    key: Key
    new_key: Key
    constraint: Constraint | None = None
    if_exists: bool = field(default=False, compare=False)


@value(frozen=True, slots=True)
class CreateOther:
    """An extension, collation, view, trigger, function, rule, type or schema.

    `sql` is the statement of a view, trigger, function or rule that says all of it; it may be replaced by another.
    `words` are those of any statement that makes one: among them are the tables that it hangs on.
    `arguments`: the types of a function's, None where they are not known.
    """

    kind: Kind
    name: str
    sql: str | None = field(default=None, compare=False)
    words: frozenset[str] = field(default=frozenset(), compare=False)
    arguments: tuple[str, ...] | None = field(default=None, compare=False)


@value(frozen=True, slots=True)
class DropOther:
    """`identity`: what tells it from others of its name (`Definition.identity`); None where all of them go.

    `new_name`: it goes on under another name, which is made next.
    """

    kind: Kind
    name: str
    identity: str | tuple[str, ...] | None = field(default=None, compare=False)
    new_name: str | None = field(default=None, compare=False)


@value(frozen=True, slots=True)
class Opaque:
    """Something that is not understood: it may do anything, and nothing is concluded from it."""

    text: str


Change = (
    CreateTable
    | DropTable
    | LeaveTable
    | RenameTable
    | CommentTable
    | AlterTable
    | AddColumn
    | DropColumn
    | AlterColumn
    | AddConstraint
    | DropConstraint
    | AlterConstraint
    | CreateOther
    | DropOther
    | Opaque
)
