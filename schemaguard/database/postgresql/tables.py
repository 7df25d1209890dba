"""The catalog's rows ─▶ tables, with their columns and constraints."""

from __future__ import annotations

import re
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.database.postgresql import catalog
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Table,
)

if TYPE_CHECKING:
    from schemaguard.database.rows import Row

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", " ": "NO ACTION"}
SERIAL = re.compile(catalog.SERIAL)


class Tables:
    """Puts the catalog's rows together, table by table. Keys are oids, until the end."""

    def __init__(self, rows: list[Row]) -> None:
        self.relations: dict[int, Row] = {}
        self.names: dict[int, dict[int, str]] = defaultdict(dict)
        self.columns: dict[int, dict[str, Column]] = defaultdict(dict)
        self.constraints: dict[int, list[Constraint]] = defaultdict(list)
        self.of_index: dict[int, Row] = {}
        for row in rows:
            oid, number = row[0], row[9]
            self.relations.setdefault(oid, row)
            if number is not None:
                self.names[oid][number] = row[10]
                self.columns[oid][row[10]] = _column(row)

    def add_constraints(self, rows: list[Row]) -> None:
        for row in rows:
            oid, name, kind, numbers = row[:4]
            columns = tuple(self.names[oid].get(n, "?") for n in numbers or ())
            if kind in ("p", "u", "x"):
                self.of_index[row[14]] = row
            if kind == "p":
                self.constraints[oid].append(PrimaryKey(columns=columns, name=name))
            elif kind == "f":
                self.constraints[oid].append(self._foreign_key(row, columns))
            elif kind == "c":
                expression = Expression(row[13], frozenset(columns))
                self.constraints[oid].append(
                    Check(expression=expression, columns=columns, name=name, validated=row[10], enforced=row[16])
                )

    def _foreign_key(self, row: Row, columns: tuple[str, ...]) -> ForeignKey:
        target = self.relations.get(row[4])
        return ForeignKey(
            columns=columns,
            target=key_of(target) if target is not None else f'{row[5]}"."{row[6]}',
            target_columns=tuple(row[7]),
            name=row[1],
            deferrable=row[8],
            deferred=row[9],
            validated=row[10],
            enforced=row[16],
            on_delete=ACTIONS[row[11]],
            on_update=ACTIONS[row[12]],
        )

    def add_indexes(self, rows: list[Row]) -> None:
        for row in rows:
            oid, index_oid, name, method, unique, primary, valid, keys, numbers = row[:9]
            if primary:
                continue
            parts = tuple(self._part(row, position) for position in range(keys))
            include = tuple(self.names[oid].get(n, "?") for n in numbers[keys:])
            condition = Expression(row[10]) if row[15] else None
            owner = self.of_index.get(index_oid)
            deferrable, deferred = (owner[8], owner[9]) if owner is not None else (False, False)
            if owner is not None and owner[2] == "x":
                self.constraints[oid].append(
                    Exclusion(
                        name=name,
                        parts=parts,
                        operators=tuple(owner[15]),
                        method=method,
                        condition=condition,
                        include=include,
                        deferrable=deferrable,
                        deferred=deferred,
                    )
                )
                continue
            self.constraints[oid].append(
                Index(
                    name=name,
                    parts=parts,
                    unique=unique,
                    method=method,
                    condition=condition,
                    include=include,
                    nulls_distinct=not row[14],
                    deferrable=deferrable,
                    deferred=deferred,
                    constraint=owner is not None,
                    valid=valid,
                )
            )

    def _part(self, row: Row, position: int) -> IndexPart:
        numbers, options, definitions, opclasses, collations = row[8], row[9], row[11], row[12], row[13]
        number = numbers[position]
        opclass = opclasses[position]
        column = self.names[row[0]].get(number) if number else None
        own = self._collation_of(row[0], column) if column else None
        # Said of nothing that has a collation other than the database's; that of a column may be another.
        collation = collations[position] if collations else "default"
        if collation in ("", own) or (collation == "default" and own is None):
            collation = None
        descending = bool(options[position] & 1)
        nulls_first = bool(options[position] & 2)
        return IndexPart(
            column=column,
            expression=None if number else Expression(definitions[position] if definitions else None),
            descending=descending,
            nulls_first=None if nulls_first == descending else nulls_first,
            opclass=opclass[1:] if opclass[0] == "!" else None,
            default_opclass=opclass if opclass[0] != "!" else None,
            collation=collation,
        )

    def _collation_of(self, oid: int, column: str) -> str | None:
        found = self.columns[oid][column]
        return "C" if found.type == "name" else found.collation  # the one type whose own is not the database's

    def unreadable(self) -> frozenset[str]:
        """The tables, not views, of which this role may not see a row."""
        return frozenset(key_of(row) for row in self.relations.values() if row[3] in ("r", "p") and not row[18])

    def built(self) -> dict[str, Table]:
        found = {}
        for oid, row in self.relations.items():
            key = key_of(row)
            found[key] = Table(
                name=key,
                columns=MappingProxyType(self.columns[oid]),
                constraints=tuple(self.constraints[oid]),
                schema=row[1],
                comment=row[8],
                owner=_owner(row),
                logged=row[19],
                row_security=row[20],
                forced=row[21],
                filtered=row[22],
                policies=tuple(row[23] or ()),
            )
        return found


def key_of(row: Row) -> str:
    return str(row[2]) if row[4] else f'{row[1]}"."{row[2]}'


def _owner(row: Row) -> Owner:
    _, _, _, relkind, _, partition, inherited, extension = row[:8]
    if extension:
        return Owner.EXTENSION
    if relkind in ("v", "m"):
        return Owner.VIEW
    if relkind == "f":
        return Owner.FOREIGN
    if partition:
        return Owner.PARTITION
    return Owner.INHERITED if inherited else Owner.NOBODY


def _column(row: Row) -> Column:
    name, kind, not_null, identity, generated, default, collation, comment = row[10:18]
    serial = default is not None and not generated and SERIAL.match(default) is not None
    text = Expression(default) if default is not None or generated else None
    return Column(
        name=name,
        type=kind,
        nullable=not not_null,
        default=None if generated else text,
        auto=bool(identity) or serial,
        always=identity == "a",
        generated=text if generated else None,
        stored=generated != "v",
        collation=collation,
        comment=comment,
    )
