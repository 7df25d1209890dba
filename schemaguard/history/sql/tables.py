"""CREATE TABLE, ALTER TABLE and DROP TABLE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history.changes import Change, CommentTable, CreateTable, DropTable, RenameTable
from schemaguard.history.sql.alterations import action
from schemaguard.history.sql.columns import column_definition
from schemaguard.history.sql.constraints import keyed, table_constraint
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.schema.objects import Column, Constraint, Owner, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

_MYSQL_OPTIONS = (
    "ENGINE",
    "CHARSET",
    "COLLATE",
    "AUTO_INCREMENT",
    "ROW_FORMAT",
    "KEY_BLOCK_SIZE",
    "STATS_PERSISTENT",
    "PACK_KEYS",
    "CHECKSUM",
)


def create_table(cursor: Cursor, *, logged: bool = True) -> list[Change]:
    """After CREATE TABLE and its kin."""
    cursor.take("IF", "NOT", "EXISTS")
    name = cursor.key()
    if cursor.take("PARTITION", "OF"):
        cursor.key()
        return [CreateTable(Table(name=name, columns={}, schema=_schema(name), owner=Owner.PARTITION))]
    columns: dict[str, Column] = {}
    constraints: list[Constraint] = []
    inside = cursor.parentheses()
    for element in inside.elements() if inside.tokens else ():
        if element.at("LIKE"):
            raise NotUnderstood("columns of its own")
        if cursor.dialect.inline_keys and element.at("PERIOD", "FOR"):
            continue
        constraint = table_constraint(element)
        if constraint is None:
            column, beside = column_definition(element)
            columns[column.name] = column
            constraints += beside
        else:
            constraints.append(constraint)
        element.finish()
    _fill_keys(columns, constraints, only_integer=cursor.dialect.nullable_primary_keys)
    owner, comment = _options(cursor)
    table = Table(name=name, columns=columns, schema=_schema(name), comment=comment, owner=owner, logged=logged)
    return [CreateTable(table, keyed(constraints))]


def _fill_keys(columns: dict[str, Column], constraints: list[Constraint], *, only_integer: bool) -> None:
    """The columns of a primary key are NOT NULL without a word. In SQLite only a single INTEGER is: the rowid."""
    for constraint in constraints:
        if isinstance(constraint, PrimaryKey):
            for name in constraint.columns:
                row_number = len(constraint.columns) == 1 and name in columns and columns[name].type == "integer"
                if name in columns and (row_number or not only_integer):
                    columns[name] = replace(columns[name], nullable=False)


def _schema(key: str) -> str | None:
    schema, dot, _ = key.partition('"."')
    return schema if dot else None


def _options(cursor: Cursor) -> tuple[Owner, str | None]:
    """(owner, comment) from what stands behind a table's columns."""
    owner, comment = Owner.NOBODY, None
    while not cursor.done:
        if cursor.take("INHERITS"):
            owner = Owner.INHERITED if cursor.parentheses().tokens else owner
        elif cursor.at("PARTITION", "BY") and cursor.dialect.has_schemas:
            cursor.expect("PARTITION", "BY")
            cursor.name()
            cursor.parentheses()
        elif cursor.dialect.inline_keys and cursor.at("PARTITION", "BY"):  # all that stands behind it is about that
            cursor.position = len(cursor.tokens)
        elif cursor.dialect.inline_keys and cursor.take("WITH", "SYSTEM", "VERSIONING"):
            pass
        elif cursor.at("WITH", "("):
            cursor.step()
            cursor.parentheses()
        elif cursor.take("WITHOUT", "OIDS") or cursor.take("WITHOUT", "ROWID") or cursor.take("STRICT"):
            pass
        elif cursor.take("TABLESPACE") or cursor.take("USING"):
            cursor.name()
        elif cursor.dialect.inline_keys and cursor.take("COMMENT"):
            cursor.take("=")
            comment = cursor.string() or None
        elif not (cursor.dialect.inline_keys and _mysql_option(cursor)) and not cursor.take(","):
            raise NotUnderstood("an option of a table")
    return owner, comment


def _mysql_option(cursor: Cursor) -> bool:
    cursor.take("DEFAULT")
    if not cursor.take("CHARACTER", "SET") and not cursor.take_any(*_MYSQL_OPTIONS):
        return False
    cursor.take("=")
    cursor.step()
    return True


def drop_table(cursor: Cursor) -> Sequence[DropTable]:
    """After DROP TABLE."""
    cursor.take("IF", "EXISTS")
    names = [cursor.key()]
    while cursor.take(","):
        names.append(cursor.key())
    cursor.take_any("CASCADE", "RESTRICT")
    cursor.finish()
    return [DropTable(name) for name in names]


def rename_tables(cursor: Cursor) -> list[Change]:
    """MySQL's RENAME TABLE, after these words."""
    changes: list[Change] = []
    while True:
        name = cursor.key()
        cursor.expect("TO")
        changes.append(RenameTable(name, cursor.key()))
        if not cursor.take(","):
            cursor.finish()
            return changes


def alter_table(cursor: Cursor) -> list[Change]:
    """After ALTER TABLE."""
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    name = cursor.key()
    cursor.take("*")
    changes: list[Change] = []
    rest = cursor.slice(cursor.position, len(cursor.tokens))
    for element in rest.elements():
        if element.at("COMMENT") and element.dialect.inline_keys:
            element.step()
            element.take("=")
            changes.append(CommentTable(name, element.string() or None))
        elif element.dialect.inline_keys and _mysql_option(element):
            pass
        else:
            changes += action(element, name)
        element.finish()
    return changes
