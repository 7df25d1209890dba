"""What has the name of something that is to be made: tables, indexes and sequences share one space of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import NameSpace, bare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemaguard.database.base import Backend
    from schemaguard.schema.objects import Constraint, Schema, Table

Key = tuple[NameSpace, str | None, str]
"""A space, the schema or the table whose it is, and a name."""


class NameHolders:
    """Tables, and constraints with their tables, by their names."""

    def __init__(
        self, backend: Backend, schema: Schema, tables: Iterable[Table], constraints: Iterable[tuple[Table, Constraint]]
    ) -> None:
        self.backend = backend
        self.schema = schema
        self._found: dict[Key, tuple[str, str]] = {}
        for table, each in constraints:
            for space in backend.spaces(each) if each.name else ():
                held = (each.name or "", f"{each.kind.words} {each.name} on {table.name}")
                self._found[space, table.name if space.is_of_table else table.schema, each.name or ""] = held
        for table in tables:
            self._found[NameSpace.RELATIONS, table.schema, bare(table.name)] = (table.name, f"table {table.name}")
        records = schema.find("django_migrations")
        self._home = records.schema if records is not None else schema.home("")
        if all(table.schema is None for table in schema.tables.values()):
            self._home = None

    def of(self, shape: Constraint, table: Table | None, *, freed: Collection[str | None] = ()) -> str | None:
        """What has the name of a constraint or index that a table is to get; `freed`: names that are free by then.

        `table` is None where it is to be made as well, in the schema of django_migrations.
        """
        for space in self.backend.spaces(shape) if shape.name else ():
            if space.is_of_table and table is None:
                continue  # nothing is on it yet
            home = self._home if table is None else table.name if space.is_of_table else table.schema
            holder = self._holder(space, home, shape.name or "", freed)
            if holder is not None:
                return holder
        return None

    def of_table(self, name: str, *, freed: Collection[str | None] = ()) -> str | None:
        """What else than a table has the name of a table that is to be made, or to be called so."""
        home = self.schema.home(name) if bare(name) != name else self._home
        return self._holder(NameSpace.RELATIONS, home, bare(name), freed)

    def _holder(self, space: NameSpace, home: str | None, name: str, freed: Collection[str | None]) -> str | None:
        known, holder = self._found.get((space, home, name), (None, None))
        if holder is not None and known not in freed:
            return holder
        if space is NameSpace.RELATIONS and (Kind.SEQUENCE, name) in self.schema.others and name not in freed:
            # Sequences were read without their schemas.
            return f"sequence {name}" if self.backend.schema_of(name) == home else None
        return None
