"""Shapes as SQL. A second opinion: nothing here is taken from the spelling of the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.names import bare
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

NEW = "new_by_hand"


def quoted(name: str) -> str:
    return f'"{name}"'


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def relation(table: Table) -> str:
    """The table with its schema, whatever the search path."""
    return f'"{table.schema}"."{bare(table.name)}"' if table.schema else quoted(table.name)


def beside(table: Table, name: str) -> str:
    return f'"{table.schema}"."{name}"' if table.schema else quoted(name)


# ---------------------------------------------------------------------------------------------------- both servers
def part(shape: IndexPart) -> str:
    text = shape.expression.text if shape.expression is not None else None
    return joined(
        quoted(shape.column) if shape.column is not None else f"({text})",
        f'COLLATE "{shape.collation}"' if shape.collation else "",
        shape.opclass or "",
        "DESC" if shape.descending else "",
        "" if shape.nulls_first is None else f"NULLS {'FIRST' if shape.nulls_first else 'LAST'}",
    )


def condition(shape: Index | Exclusion) -> str:
    return f"WHERE ({shape.condition.text})" if shape.condition is not None else ""


def include(shape: Index | Exclusion) -> str:
    return f"INCLUDE ({listed(shape.include)})" if shape.include else ""


def deferral(shape: Index | Exclusion | ForeignKey) -> str:
    if not shape.deferrable:
        return ""
    return f"DEFERRABLE INITIALLY {'DEFERRED' if shape.deferred else 'IMMEDIATE'}"


def index(table: Table, shape: Index) -> str:
    """CREATE INDEX, of either server."""
    postgres = table.schema is not None
    return joined(
        "CREATE UNIQUE INDEX" if shape.unique else "CREATE INDEX",
        quoted(shape.name or NEW),
        f"ON {relation(table)}",
        f"USING {shape.method}" if postgres else "",
        f"({', '.join(map(part, shape.parts))})",
        include(shape),
        "" if shape.nulls_distinct else "NULLS NOT DISTINCT",
        condition(shape),
    )


def constraint(shape: Constraint, target: str = "") -> str:
    """As it stands in ALTER TABLE … ADD, or in CREATE TABLE. `target`: the relation that a foreign key points at."""
    name = f"CONSTRAINT {quoted(shape.name)}" if shape.name else ""
    match shape:
        case PrimaryKey():
            return joined(name, f"PRIMARY KEY ({listed(shape.columns)})")
        case ForeignKey():
            return joined(
                name,
                f"FOREIGN KEY ({listed(shape.columns)}) REFERENCES {target or quoted(shape.target)}",
                f"({listed(shape.target_columns)})",
                f"ON DELETE {shape.on_delete} ON UPDATE {shape.on_update}",
                deferral(shape),
                _for_rows(shape),
            )
        case Check():
            return joined(name, f"CHECK ({shape.expression.text})", _for_rows(shape))
        case Exclusion():
            pairs = zip(shape.parts, shape.operators, strict=True)
            return joined(
                name,
                f"EXCLUDE USING {shape.method} ({', '.join(f'{part(key)} WITH {how}' for key, how in pairs)})",
                include(shape),
                condition(shape),
                deferral(shape),
            )
        case Index():
            nulls = "" if shape.nulls_distinct else "NULLS NOT DISTINCT"
            keys = ", ".join(map(part, shape.parts))
            return joined(name, "UNIQUE", nulls, f"({keys})", include(shape), deferral(shape))


# ------------------------------------------------------------------------------------------------------ PostgreSQL
def dropped(table: Table, shape: Constraint) -> str:
    if isinstance(shape, Index) and not shape.constraint:
        return f"DROP INDEX {beside(table, shape.name or '')}"
    return f"ALTER TABLE {relation(table)} DROP CONSTRAINT {quoted(shape.name or '')}"


def added(table: Table, shape: Constraint, target: str = "") -> str:
    if isinstance(shape, Index) and not (shape.constraint or shape.deferrable):
        return index(table, shape)
    return f"ALTER TABLE {relation(table)} ADD {constraint(shape, target)}"


def column(shape: Column) -> str:
    """As it stands in ADD COLUMN, and in SQLite's CREATE TABLE."""
    text = shape.default.text if shape.default is not None else None
    formula = shape.generated.text if shape.generated is not None else None
    return joined(
        quoted(shape.name),
        shape.type,
        f'COLLATE "{shape.collation}"' if shape.collation else "",
        "" if shape.nullable else "NOT NULL",
        f"DEFAULT ({text})" if text is not None else "",
        f"GENERATED ALWAYS AS ({formula}) {'STORED' if shape.stored else 'VIRTUAL'}" if formula is not None else "",
    )


# ---------------------------------------------------------------------------------------------------------- SQLite
def anew(table: Table, shape: Table, copied: dict[str, str] | None = None) -> tuple[str, ...]:
    """Writes an SQLite table anew in another shape, with its rows. `copied`: new column → old one (same by default)."""
    pairs = copied
    if pairs is None:
        pairs = {name: name for name in shape.columns if name in table.columns}
    pairs = {new: old for new, old in pairs.items() if shape.columns[new].generated is None}
    key = next((each for each in shape.constraints if isinstance(each, PrimaryKey)), None)
    lines = [_sqlite_column(each, key) for each in shape.columns.values()]
    for each in shape.constraints:
        if isinstance(each, Index) and not each.constraint:
            continue
        if each is key and is_rowid(shape, key):
            continue
        lines.append(constraint(each))
    indexes = [each for each in shape.constraints if isinstance(each, Index) and not each.constraint]
    return (
        "PRAGMA foreign_keys = OFF",
        "PRAGMA legacy_alter_table = ON",
        f"CREATE TABLE {quoted(NEW)} ({', '.join(lines)})",
        f"INSERT INTO {quoted(NEW)} ({listed(pairs)}) SELECT {listed(pairs.values())} FROM {quoted(table.name)}",
        f"DROP TABLE {quoted(table.name)}",
        f"ALTER TABLE {quoted(NEW)} RENAME TO {quoted(shape.name)}",
        *(index(shape, each) for each in indexes),
    )


def _for_rows(shape: Check | ForeignKey) -> str:
    if not shape.enforced:
        return "NOT ENFORCED"
    return "" if shape.validated else "NOT VALID"


def is_rowid(table: Table, key: PrimaryKey | None) -> bool:
    return key is not None and len(key.columns) == 1 and table.columns[key.columns[0]].type == "integer"


def _sqlite_column(shape: Column, key: PrimaryKey | None) -> str:
    text = column(shape)
    if key is not None and key.columns == (shape.name,) and shape.type == "integer":
        text += " PRIMARY KEY" + (" AUTOINCREMENT" if shape.auto else "")
    return text
