"""Schema ─▶ every single alteration of everything in it. Pure: nothing is asked, and nothing of testproject is named.

Each attribute of each kind in `schemaguard.schema.objects` has a way, or several, to be given another value. Whether
the server takes it is for the server to say: what it refuses is no alteration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemaguard.schema.names import bare
from schemaguard.schema.objects import Owner, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.schema.kinds import Kind

MADE_UP = re.compile(r"_[0-9a-f]{8}(_|$)|_(pkey|key|check\d*|fkey|excl)$")
"""Names that nobody chose: they hold Django's hash, or are the server's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alteration:
    """One thing in one other way. `kind` is the altered thing's, `attribute` the field of its dataclass or a verb."""

    vendor: str
    kind: str
    attribute: str
    way: str
    table: str
    name: str
    sql: tuple[str, ...]
    names: frozenset[str] = frozenset()
    """Further names under which the finding may speak of it."""
    columns: frozenset[str] = frozenset()
    finds: frozenset[Kind] = frozenset()
    """The kinds of finding that speak of this thing."""
    tables: frozenset[str] = field(default=frozenset())
    """Further tables on which it may be found."""

    @property
    def cell(self) -> tuple[str, str, str, str]:
        return self.kind, self.attribute, self.way, self.vendor

    @property
    def id(self) -> str:
        about = self.name if self.kind == "table" or not self.table else f"{self.table}.{self.name}"
        return f"{self.vendor} {self.kind} {self.attribute} {self.way}: {about}"


def made_up(name: str | None) -> bool:
    return name is None or MADE_UP.search(name) is not None


def alterations(schema: Schema) -> list[Alteration]:
    """All of them, in the order of the schema."""
    from tests.matrix.altered_columns import of_columns
    from tests.matrix.altered_constraints import of_constraints
    from tests.matrix.altered_mysql import of_mysql
    from tests.matrix.altered_tables import of_others, of_sequences, of_tables

    found: list[Alteration] = []
    if schema.vendor == "mysql":
        found += of_mysql(schema)
    for table in ours(schema) if schema.vendor != "mysql" else ():
        found += of_tables(schema, table)
        found += of_columns(schema, table)
        found += of_constraints(schema, table)
    found += of_sequences(schema)
    found += of_others(schema)
    ids = [each.id for each in found]
    assert len(ids) == len(set(ids)), sorted(each for each in set(ids) if ids.count(each) > 1)
    return found


def ours(schema: Schema) -> Iterator[Table]:
    """Tables that hold rows and belong to the migrations: no view, no partition, not the records themselves."""
    for name in sorted(schema.tables):
        table = schema.tables[name]
        if table.owner is Owner.NOBODY and bare(name) != "django_migrations" and "sqlite_" not in name:
            yield table
