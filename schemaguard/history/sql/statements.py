"""Which reader a statement is for."""

from __future__ import annotations

from schemaguard.history.changes import AlterColumn, AlterTable, Change, CommentTable, DropTable, RenameTable
from schemaguard.history.sql.cursor import Cursor, NotUnderstood, Temporary
from schemaguard.history.sql.indexes import alter_index, create_index, drop_index
from schemaguard.history.sql.others import alter_other, create_other, drop_other
from schemaguard.history.sql.rows import about_rows
from schemaguard.history.sql.tables import alter_table, create_table, drop_table, rename_tables


def read(cursor: Cursor, temporary: set[str]) -> list[Change]:
    """What one statement does; raises NotUnderstood.

    `temporary` holds the temporary tables of the session so far, which hide others of their name: it is kept up to
    date, and nothing is told about them.
    """
    if any(token.kind == "broken" for token in cursor.tokens):
        raise NotUnderstood("a statement with an end")
    try:
        found = _read(cursor, temporary)
    except Temporary as error:
        if [token.word for token in cursor.tokens[:2]] == ["DROP", "TABLE"]:
            temporary.difference_update(error.args)
        else:
            temporary.update(error.args)
        return []
    told = [change for change in found if not (temporary and _table(change) in temporary)]
    for change in found:
        if isinstance(change, RenameTable) and change.name in temporary:
            temporary.add(change.new_name)
        if isinstance(change, DropTable | RenameTable):
            temporary.discard(change.name)
    return told


def _table(change: Change) -> str | None:
    if isinstance(change, DropTable | RenameTable | CommentTable | AlterTable):
        return change.name
    return getattr(change, "table", None)


def _read(cursor: Cursor, temporary: set[str]) -> list[Change]:
    if cursor.take("CREATE"):
        return _create(cursor)
    if cursor.take("ALTER", "TABLE"):
        return alter_table(cursor)
    if cursor.take("ALTER", "INDEX"):
        return alter_index(cursor)
    if cursor.take("DROP", "TABLE"):
        return [*drop_table(cursor)]
    if cursor.take("DROP", "INDEX"):
        return drop_index(cursor)
    if cursor.take("DROP", "TEMPORARY", "TABLE"):
        dropped = drop_table(cursor)
        temporary.update(change.name for change in dropped)  # Whichever script made them.
        return [*dropped]
    if cursor.at("DROP", "TEMPORARY"):
        return []
    if cursor.take("DROP"):
        return drop_other(cursor)
    if cursor.take("RENAME", "TABLE"):
        return rename_tables(cursor)
    if cursor.at("COMMENT", "ON", "TABLE") or cursor.at("COMMENT", "ON", "COLUMN"):
        return _comment(cursor)
    if about_rows(cursor):
        return []
    if cursor.take("ALTER"):
        return alter_other(cursor)
    raise NotUnderstood("a statement")


def _create(cursor: Cursor) -> list[Change]:
    cursor.take("OR", "REPLACE")
    if cursor.dialect.inline_keys:
        _skip_definer(cursor)
    cursor.take_any("GLOBAL", "LOCAL")
    if cursor.take_any("TEMP", "TEMPORARY"):
        if not cursor.take("TABLE"):
            return []
        cursor.take("IF", "NOT", "EXISTS")
        raise Temporary(cursor.key())
    logged = not cursor.take("UNLOGGED")
    if cursor.take("TABLE"):
        return create_table(cursor, logged=logged)
    if cursor.word() in ("UNIQUE", "INDEX", "FULLTEXT", "SPATIAL"):
        return create_index(cursor)
    cursor.take_any("RECURSIVE", "CONSTRAINT")
    return create_other(cursor)


def _skip_definer(cursor: Cursor) -> None:
    """Past MySQL's ALGORITHM = …, DEFINER = user@host and SQL SECURITY …"""
    while True:
        if cursor.take("ALGORITHM", "="):
            cursor.step()
        elif cursor.take("DEFINER", "="):
            cursor.step()
            if cursor.take("@"):
                cursor.step()
            elif cursor.at("("):
                cursor.parentheses()
        elif cursor.take("SQL", "SECURITY"):
            cursor.step()
        else:
            return


def _comment(cursor: Cursor) -> list[Change]:
    """COMMENT ON TABLE … and COMMENT ON COLUMN …; an empty comment is none."""
    cursor.expect("COMMENT", "ON")
    on_table = cursor.step().word == "TABLE"
    column = ""
    if on_table:
        table = cursor.key()
    else:
        last = cursor.position
        while cursor.word(last - cursor.position + 1) == ".":
            last += 2
        if last == cursor.position:
            raise NotUnderstood("a column")
        inner = cursor.slice(cursor.position, last - 1)
        table = inner.key()
        inner.finish()
        cursor.position = last
        column = cursor.name()
    cursor.expect("IS")
    comment = None if cursor.take("NULL") else cursor.string() or None
    cursor.finish()
    return [CommentTable(table, comment)] if on_table else [AlterColumn(table, column, {"comment": comment})]


def rolls_back(cursor: Cursor) -> bool:
    """Whether what other statements of the same script did may not have happened."""
    return cursor.at("ROLLBACK") or cursor.at("ABORT")


def turns_away(cursor: Cursor) -> bool:
    """Whether bare names mean another schema from here on: SET search_path, USE, SET SCHEMA."""
    if cursor.at("USE"):
        return True
    if cursor.at("SELECT"):
        return "SET_CONFIG" in cursor.words() and _turned_by_function(cursor)
    if not cursor.at("SET"):
        return False
    start = 2 if cursor.word(1) in ("LOCAL", "SESSION") else 1
    if cursor.word(start) == "SCHEMA":
        return True
    if cursor.word(start) != "SEARCH_PATH":
        return False
    first = cursor.peek(start + 2)
    return first is not None and not _is_home(first.text, cursor)


def _turned_by_function(cursor: Cursor) -> bool:
    """set_config('search_path', …): pg_dump sets it to nothing, and then qualifies every name."""
    texts = [token.text for token in cursor.tokens if token.kind == "string"]
    return len(texts) > 1 and texts[0].lower() == "'search_path'" and not _is_home(texts[1], cursor)


def _is_home(text: str, cursor: Cursor) -> bool:
    first = text.strip("'\"").split(",")[0].strip().strip('"').lower()
    return first in ("", "$user", "default", cursor.dialect.home)
