"""What has the name of something that is to be made: tables and indexes of a schema share one space of names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from schemaguard.database.base import Backend
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import NameSpace, bare
from schemaguard.schema.objects import Constraint, Schema, Table

Key = tuple[NameSpace, str | None, str]
"""A space, the schema or the table whose it is, and a name."""


class NameHolders:
    """By their names: tables, and constraints with their tables. Sequences are not asked for their schema."""

    def __init__(
        self, backend: Backend, schema: Schema, tables: Iterable[Table], constraints: Iterable[tuple[Table, Constraint]]
    ) -> None:
        self.backend = backend
        self.schema = schema
        self._found: dict[Key, tuple[str, str]] = {}
        for table, each in constraints:
            for space in backend.spaces(each) if each.name else ():
                held = (each.name or "", f"{each.kind.words} {each.name} on {table.name}")
                self._found[space, _home(space, table), each.name or ""] = held
        for table in tables:
            self._found[NameSpace.RELATIONS, table.schema, bare(table.name)] = (table.name, f"table {table.name}")

    def of(self, shape: Constraint, table: Table, *, freed: Collection[str | None] = ()) -> str | None:
        """What has the name of a constraint or index that a table is to get; `freed`: names that are free by then."""
        for space in self.backend.spaces(shape) if shape.name else ():
            holder = self._holder(space, _home(space, table), shape.name or "", freed)
            if holder is not None:
                return holder
        return None

    def of_table(self, name: str, *, freed: Collection[str | None] = ()) -> str | None:
        """What else than a table has the name of a table that is to be made."""
        has_schemas = any(table.schema is not None for table in self.schema.tables.values())
        home = self.schema.home(name) if has_schemas else None
        return self._holder(NameSpace.RELATIONS, home, bare(name), freed)

    def _holder(self, space: NameSpace, home: str | None, name: str, freed: Collection[str | None]) -> str | None:
        known, holder = self._found.get((space, home, name), (None, None))
        if holder is not None and known not in freed:
            return holder
        if space is NameSpace.RELATIONS and (Kind.SEQUENCE, name) in self.schema.others:
            return f"sequence {name}"
        return None


def _home(space: NameSpace, table: Table) -> str | None:
    return table.name if space.is_of_table else table.schema
