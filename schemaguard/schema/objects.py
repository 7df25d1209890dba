"""The vocabulary: what a database is made of, as frozen values. No Django, no SQL dialect.

Every value is what *one side* says: the catalog (`actual`) or the migrations (`expected`). Readers normalise, so that
both sides spell the same thing the same way wherever that can be known without asking the server.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.schema.sequences import Sequence


class Expression:
    """A piece of SQL that only the server can judge: a predicate, a default, an indexed expression.

    `text` is the SQL as this side spells it; it may be computed late (the migrations' side compiles it on demand) and
    is None where it cannot be told. `columns` names the columns that it reads, as far as known.
    """

    __slots__ = ("_text", "columns")

    def __init__(self, text: str | None, columns: frozenset[str] = frozenset()) -> None:
        self._text = text
        self.columns = columns

    @property
    def text(self) -> str | None:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.columns)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@value(frozen=True, kw_only=True, slots=True)
class Column:
    """A column. `type` is the database's own spelling, without null, default or identity.

    `also` names types that are as good. Example: the id of an automatic many-to-many table, whose type depends on a
    setting.
    `auto` is true for an identity and for a serial. A serial has a default too: the next number of its sequence.
    `always` is true for an identity that refuses a value from outside.
    `default` is None where there is none. A default that Django sets for a moment alone is none.
    `collation` is None for the type's default.
    """

    name: str
    type: str
    nullable: bool = False
    default: Expression | None = None
    auto: bool = False
    always: bool = False
    generated: Expression | None = None
    stored: bool = True
    collation: str | None = None
    comment: str | None = None
    also: frozenset[str] = frozenset()


@value(frozen=True, kw_only=True, slots=True)
class IndexPart:
    """One key of an index: a column or an expression, never both.

    `opclass` is None for the type's default; `default_opclass` is that default's name, where the catalog tells it.
    """

    column: str | None = None
    expression: Expression | None = None
    descending: bool = False
    nulls_first: bool | None = None
    opclass: str | None = None
    default_opclass: str | None = None
    collation: str | None = None


@value(frozen=True, kw_only=True, slots=True)
class Index:
    """An index, a unique constraint or a unique index: the last two do the same and compare the same.

    `named`: a migration gives the name, so the name counts.
    `constraint`: the catalog has a constraint on top of the index.
    `valid` is false for what a failed CREATE INDEX CONCURRENTLY leaves.
    `visible` is false for one that the server keeps up and reads no row by (INVISIBLE, IGNORED).
    `for_key`: a foreign key of InnoDB rests on this live index, whoever made it.
    """

    name: str | None
    parts: tuple[IndexPart, ...]
    unique: bool = False
    method: str = "btree"
    condition: Expression | None = None
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True
    deferrable: bool = False
    deferred: bool = False
    constraint: bool = False
    valid: bool = True
    named: bool = False
    for_key: bool = False
    visible: bool = True

    @property
    def kind(self) -> Kind:
        return Kind.UNIQUE if self.unique else Kind.INDEX

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.column for part in self.parts if part.column is not None)


@value(frozen=True, kw_only=True, slots=True)
class PrimaryKey:
    columns: tuple[str, ...]
    name: str | None = None
    named: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.PRIMARY_KEY


@value(frozen=True, kw_only=True, slots=True)
class ForeignKey:
    """A foreign key. `target` is a table's key in its Schema; `on_delete` is 'NO ACTION', 'CASCADE', …

    `validated` is false where the rows of before were not looked at (NOT VALID). `enforced` is false where the server
    holds no row to it: NOT ENFORCED, or its triggers are disabled.
    """

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    name: str | None = None
    deferrable: bool = True
    deferred: bool = True
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    validated: bool = True
    enforced: bool = True
    named: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.FOREIGN_KEY


@value(frozen=True, kw_only=True, slots=True)
class Check:
    """A check constraint. `columns` holds what it reads, as far as known. The rest is as in a ForeignKey."""

    expression: Expression
    columns: tuple[str, ...] = ()
    name: str | None = None
    validated: bool = True
    enforced: bool = True
    named: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.CHECK


@value(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """An exclusion constraint: the keys with one operator each."""

    name: str | None
    parts: tuple[IndexPart, ...]
    operators: tuple[str, ...]
    method: str = "gist"
    condition: Expression | None = None
    include: tuple[str, ...] = ()
    deferrable: bool = False
    deferred: bool = False
    named: bool = True

    @property
    def kind(self) -> Kind:
        return Kind.EXCLUSION

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.column for part in self.parts if part.column is not None)


Constraint = Index | PrimaryKey | ForeignKey | Check | Exclusion


def reads(shape: Constraint) -> frozenset[str]:
    """The columns that a constraint cannot be without."""
    match shape:
        case PrimaryKey() | ForeignKey():
            return frozenset(shape.columns)
        case Check():
            return shape.expression.columns.union(shape.columns)
    found = set(shape.include)
    for part in shape.parts:
        if part.column is not None:
            found.add(part.column)
        if part.expression is not None:
            found |= part.expression.columns
    return frozenset(found) if shape.condition is None else shape.condition.columns.union(found)


"""Everything that hangs on a table beside its columns."""


class Owner(str, Enum):
    """Who a relation belongs to, where it is not the migrations."""

    NOBODY = "nobody"
    EXTENSION = "extension"
    PARTITION = "partition"
    INHERITED = "inherited"
    VIEW = "view"
    FOREIGN = "foreign"


@value(frozen=True, kw_only=True, slots=True)
class Table:
    """A relation that holds rows. `name` is its key: the bare name where the search path finds it, else
    `schema"."name`.

    `schema` is the schema that it stands in, None where the database has none. `columns` keeps their order.
    `logged` is false for PostgreSQL's UNLOGGED, which a crash empties.
    `row_security`: row level security is on. `forced`: it holds for the owner of the table too. `filtered`: it holds
    for this role. `policies` names the policies, which let rows through.
    `engine` and `collation` are None where they are those that a new table of this database gets.
    `keeps_history`: it is system-versioned, and the server refuses to alter a column, of which there are old values.
    """

    name: str
    columns: Mapping[str, Column]
    constraints: tuple[Constraint, ...] = ()
    schema: str | None = None
    comment: str | None = None
    owner: Owner = Owner.NOBODY
    logged: bool = True
    row_security: bool = False
    forced: bool = False
    filtered: bool = False
    policies: tuple[str, ...] = ()
    engine: str | None = None
    collation: str | None = None
    keeps_history: bool = False


@value(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """A table of a schema that the search path does not lead to; `usable` is false where this role may not move it."""

    name: str
    schema: str
    columns: frozenset[str]
    usable: bool = True

    @property
    def key(self) -> str:
        return f'{self.schema}"."{self.name}'

    @property
    def words(self) -> str:
        return f"{self.schema}.{self.name}"


@value(frozen=True, kw_only=True, slots=True)
class Schema:
    """A database as its catalog tells it.

    `others` holds what is known by its name alone, as (kind, name): views, functions, extensions, … `kinds` are those
    that this reader looks for. `unseen` says, a sentence each, what it could not see.

    `ignores_name_case`: two names that differ in upper and lower case alone are one. `others_of_every_schema`: `others`
    has the views of schemas that the search path does not lead to, and `tables` those of the others.
    `remakes_tables`: Django alters most of a table by making it anew, and so are its indexes.
    """

    vendor: str
    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    sequences: tuple[Sequence, ...] = ()
    others: frozenset[tuple[Kind, str]] = frozenset()
    kinds: frozenset[Kind] = frozenset({Kind.VIEW, Kind.TRIGGER})
    unseen: tuple[str, ...] = ()
    ignores_name_case: bool = False
    others_of_every_schema: bool = False
    remakes_tables: bool = False

    def is_name_of(self, one: str, other: str) -> bool:
        """Whether two names, whatever their schemas, are one to the server.

        Where case is ignored, Django renames no table from the one to the other (`features.ignores_table_name_case`).
        """
        one, other = bare(one), bare(other)
        return one == other or (self.ignores_name_case and one.lower() == other.lower())

    def has_other(self, kind: Kind, name: str) -> bool:
        """Whether a view or the like is there, whatever its schema."""
        if (kind, name) in self.others or (kind is Kind.VIEW_INDEX and self.view_index(name) is not None):
            return True
        return self.ignores_name_case and any(k == kind and self.is_name_of(n, name) for k, n in self.others)

    def view_index(self, name: str) -> tuple[Table, Index] | None:
        """An index of that name on a materialized view, and the view."""
        for table in self.tables.values():
            if table.owner is Owner.VIEW:
                for each in table.constraints:
                    if isinstance(each, Index) and each.name == name:
                        return table, each
        return None

    def home(self, name: str) -> str:
        """The schema in which a table of that name is made: the one that it names, or that of django_migrations."""
        schema, dot, _ = name.rpartition('"."')
        records = self.tables.get("django_migrations")
        return schema if dot else (records.schema if records is not None else None) or "public"

    def find(self, name: str) -> Table | None:
        """The table that a `db_table` means, the idiom `schema"."name` included."""
        found = self.tables.get(name)
        if found is None and self.ignores_name_case:
            return next((table for each, table in self.tables.items() if self.is_name_of(each, name)), None)
        if found is None and '"."' in name:
            schema, _, bare = name.partition('"."')
            found = self.tables.get(bare)
            if found is not None and found.schema != schema:
                return None
        return found
