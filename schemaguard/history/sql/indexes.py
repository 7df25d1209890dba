"""CREATE INDEX, DROP INDEX, ALTER INDEX."""

from __future__ import annotations

from schemaguard.history.changes import AddConstraint, AlterConstraint, Change, DropConstraint
from schemaguard.history.sql.constraints import INDEX_OPTIONS, index_parts, key_of, method, nulls_distinct, storage
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.expressions import expression
from schemaguard.schema.objects import Index


def create_index(cursor: Cursor) -> list[Change]:
    """From UNIQUE or INDEX on."""
    table, index = index_on(cursor)
    return [AddConstraint(table, key_of(index), index, cursor.source())]


def index_on(cursor: Cursor) -> tuple[str, Index]:
    """(table, what the index is)"""
    unique = cursor.take("UNIQUE")
    kind = cursor.take_any("FULLTEXT", "SPATIAL").lower() if cursor.dialect.inline_keys else ""
    cursor.expect("INDEX")
    cursor.take("CONCURRENTLY")
    cursor.take("IF", "NOT", "EXISTS")
    name = cursor.bare_name() if not cursor.at("ON") else None
    how = method(cursor, kind or "btree")
    cursor.expect("ON")
    cursor.take("ONLY")
    table = cursor.key()
    how = method(cursor, how)
    parts = index_parts(cursor.parentheses())
    include = cursor.names() if cursor.take("INCLUDE") else ()
    distinct = nulls_distinct(cursor)
    if cursor.dialect.inline_keys:
        how = method(cursor, how)
    visible = storage(cursor)
    condition = None
    if cursor.take("WHERE"):
        condition = expression(cursor.slice(cursor.position, len(cursor.tokens)))
        cursor.position = len(cursor.tokens)
    cursor.finish()
    index = Index(
        name=name,
        parts=parts,
        unique=unique,
        method=how,
        condition=condition,
        include=include,
        nulls_distinct=distinct,
        visible=visible,
        named=name is not None,
    )
    return table, index


def drop_index(cursor: Cursor) -> list[Change]:
    """After DROP INDEX."""
    cursor.take("CONCURRENTLY")
    if_exists = cursor.take("IF", "EXISTS")
    names = [cursor.bare_name()]
    while cursor.take(","):
        names.append(cursor.bare_name())
    table = None
    if cursor.dialect.inline_keys:
        cursor.expect("ON")
        table = cursor.key()
        while cursor.take_any(*INDEX_OPTIONS):
            cursor.take("=")
            cursor.step()
        if names == ["PRIMARY"]:
            cursor.finish()
            return [DropConstraint(table, ("pk",))]
    cursor.take_any("CASCADE", "RESTRICT")
    cursor.finish()
    return [DropConstraint(table, ("name", name), if_exists) for name in names]


def alter_index(cursor: Cursor) -> list[Change]:
    """After ALTER INDEX."""
    if_exists = cursor.take("IF", "EXISTS")
    name = cursor.bare_name()
    if cursor.take("RENAME", "TO"):
        new_name = cursor.name()
        cursor.finish()
        return [AlterConstraint(None, ("name", name), ("name", new_name), if_exists=if_exists)]
    if cursor.take("SET", "TABLESPACE") or cursor.at("SET", "(") or cursor.at("RESET", "("):
        return []
    raise NotUnderstood("an alteration of an index")
