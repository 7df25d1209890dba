"""From what a user types to what is compared: an alias, one schema of it, or the file of a snapshot."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from django.db import Error, connections

from schemaguard.database import backend_of
from schemaguard.database.connecting import connect
from schemaguard.diagnosis.reading import read_schema
from schemaguard.diff.model import Side, Snapshot
from schemaguard.diff.names import with_choice
from schemaguard.diff.snapshots import loaded
from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart
from schemaguard.schema.kinds import COMPARED, Kind
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Index, Owner, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.schema.definitions import Live

T = TypeVar("T")
OURS = "schemaguard_"
"""The tables of the journal, which are no part of a project."""
BY_NAME = frozenset({Kind.EXTENSION, Kind.COLLATION, Kind.TYPE, Kind.LABEL})
"""Of the whole database, and compared by their names alone."""


def side(text: str, ignored: Collection[str] = ()) -> Side:
    """What `ALIAS`, `ALIAS/SCHEMA` or the path of a snapshot means, read. `ignored` are patterns of table names.

    An alias goes before a file: `./default` is a file. Raises CannotStart where it is none, or cannot be read.
    """
    alias, slash, schema = text.partition("/")
    if text in connections.settings:
        return live_side(text, ignored=ignored)
    if slash and schema and alias in connections.settings:
        return live_side(alias, schema, ignored=ignored)
    if os.path.exists(text):  # noqa: PTH110 - Path.exists raises where a folder may not be searched
        return file_side(Path(text), ignored)
    known = ", ".join(connections.settings)
    raise CannotStart(f'"{text}" is no alias of settings.DATABASES ({known}), no ALIAS/SCHEMA and no file')


def live_side(alias: str, schema: str | None = None, *, ignored: Collection[str] = ()) -> Side:
    """A database, or one schema of it, as it is now. Raises CannotStart where it cannot be read, or is locked."""
    connection = connect(alias)
    backend = backend_of(connection)
    try:
        with within(backend, schema), backend.reading():
            found = read_schema(backend) if schema is None else backend.read()
            if backend.blind and schema is None:
                raise CannotStart(f'database "{alias}": {backend.blind[0]}')
            snapshot = _snapshot(backend, found, schema)
    except Error as error:
        locked = backend.note_locked(error)
        why = "; ".join(f"table {table} is locked by {who}" for table, who in backend.locked.items() if locked)
        raise CannotStart(f'database "{alias}": {why or first_line(error)}') from error
    name = str(connection.settings_dict["NAME"])
    return Side(
        label=alias if schema is None else f"{alias}/{schema}",
        snapshot=_without(snapshot, ignored),
        server=f"{connection.vendor} {backend.server_version()}, {name}",
        backend=backend,
        schema=schema,
    )


def file_side(path: Path, ignored: Collection[str] = ()) -> Side:
    """A snapshot. Raises CannotStart where the file is none."""
    snapshot = loaded(path)
    return Side(label=str(path), snapshot=_without(snapshot, ignored))


def within(backend: Backend, schema: str | None) -> AbstractContextManager[None]:
    return backend.within(schema) if schema is not None else nullcontext()


def _without(snapshot: Snapshot, ignored: Collection[str]) -> Snapshot:
    """What the settings leave."""
    beside = snapshot.beside
    if beside is not None:
        beside = replace(beside, partitions=_left(beside.partitions, ignored))
    return replace(snapshot, tables=_left(snapshot.tables, ignored), beside=beside)


def _left(found: Mapping[str, T], ignored: Collection[str]) -> Mapping[str, T]:
    return MappingProxyType(
        {name: each for name, each in found.items() if not any(fnmatchcase(name, pattern) for pattern in ignored)}
    )


# ---------------------------------------------------------------------------------------------------------- normalising
def _snapshot(backend: Backend, schema: Schema, only: str | None) -> Snapshot:
    """What was read, without what the place alone makes so. `only` is the one schema that was asked for."""
    home = only if only is not None else schema.home("")
    names = {
        key: table
        for key, table in schema.tables.items()
        if table.owner not in (Owner.EXTENSION, Owner.PARTITION) and not key.startswith(OURS)
    }
    tables = {
        key: _table(backend, table, schema, home)
        for key, table in names.items()
        if (only is None or table.schema == only) and (table.owner is not Owner.VIEW or table.constraints)
    }
    brought = frozenset(backend.brought_along()) if schema.others else frozenset()
    others = {each for each in schema.others if each[0] in BY_NAME and each not in brought}
    asked = {each for each in schema.others if each[0] in COMPARED and each not in brought}
    return Snapshot(
        family=type(backend),
        tables=MappingProxyType(tables),
        definitions=tuple(_definitions(backend.definitions(asked), backend.qualifier(), schema, only)),
        others=frozenset(_without_parts(others)) if only is None else None,
        beside=backend.beside(only),
        ignores_name_case=schema.ignores_name_case,
        unseen=schema.unseen,
    )


def _without_parts(others: Collection[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
    """Without the labels of types that an extension brings."""
    types = {name for kind, name in others if kind is Kind.TYPE}
    return (each for each in others if each[0] is not Kind.LABEL or each[1].partition(".")[0] in types)


def _table(backend: Backend, table: Table, schema: Schema, home: str) -> Table:
    constraints = (_constraint(backend, table, each, schema, home) for each in table.constraints)
    return replace(
        table,
        columns=MappingProxyType({name: _column(each) for name, each in table.columns.items()}),
        constraints=tuple(each for each in constraints if not _comes_with_its_key(each)),
        comment=table.comment or "",
        filtered=False,  # a matter of the role
        schema=None if table.schema == home else table.schema,
    )


def _column(column: Column) -> Column:
    """A serial and an identity are one; a comment that is not there is an empty one."""
    return replace(column, default=None if column.auto else column.default, comment=column.comment or "")


def _comes_with_its_key(constraint: Constraint) -> bool:
    """InnoDB makes an index for a foreign key where no other serves it, and Django makes none."""
    return isinstance(constraint, Index) and constraint.for_key and not (constraint.unique or constraint.named)


def _constraint(backend: Backend, table: Table, constraint: Constraint, schema: Schema, home: str) -> Constraint:
    found = with_choice(table.name, constraint, backend.gives_name)
    if not isinstance(found, ForeignKey):
        return found
    target = schema.tables.get(found.target)
    outside, _, name = found.target.rpartition('"."')
    where = target.schema if target is not None else outside or None
    return replace(found, target=name if where in (None, home) else f'{where}"."{name}')


def _definitions(found: Iterable[Live], qualifier: str, schema: Schema, only: str | None) -> Iterator[Live]:
    """Those that the search path finds, without the name of the schema; of one schema alone, its own."""
    own = re.compile(rf"\b(?:FUNCTION|PROCEDURE|ON|TO) {re.escape(qualifier)}")
    for each in found:
        if each.name.startswith(OURS) or not each.visible:
            continue
        view = schema.tables.get(each.name)
        is_own = view.schema == only if each.kind is Kind.VIEW and view is not None else own.search(each.sql)
        if only is None or is_own:
            yield replace(each, sql=_unqualified(each.sql, qualifier))


def _unqualified(sql: str, qualifier: str) -> str:
    return re.sub(rf"(?<![\w.\"`]){re.escape(qualifier)}", "", sql) if qualifier else sql
