"""Statements that begin and end transactions."""

from __future__ import annotations

import re

from schemaguard.history.sql.cursor import Cursor
from schemaguard.history.sql.dialects import DIALECTS
from schemaguard.history.sql.lexer import split

# Most SQL has none of these words, and is not cut into statements.
_MAY_END = re.compile(r"\b(?:COMMIT|ROLLBACK|ABORT|END|PREPARE)\b", re.IGNORECASE)
_MAY_BEGIN = re.compile(r"\b(?:BEGIN|START)\b", re.IGNORECASE)


def ends_transaction(sql: str, *, dialect: str) -> str | None:
    """The first statement of a script that ends a transaction, as it is written. None where there is none."""
    if not _MAY_END.search(sql):
        return None
    return next((cursor.source() for cursor in _cursors(sql, dialect) if _ends(cursor)), None)


def begins_transaction(sql: str, *, dialect: str) -> bool:
    """Whether a script begins a transaction before it ends one."""
    if not _MAY_BEGIN.search(sql):
        return False
    for cursor in _cursors(sql, dialect):
        if _begins(cursor):
            return True
        if _ends(cursor):
            return False
    return False


def leaves_transaction_open(sql: str, *, dialect: str) -> bool | None:
    """Whether a script's own transaction is open after it; None where it neither begins nor ends one."""
    if not (_MAY_BEGIN.search(sql) or _MAY_END.search(sql)):
        return None
    is_open = None
    for cursor in _cursors(sql, dialect):
        if _begins(cursor):
            is_open = True
        elif _ends(cursor):
            is_open = False
    return is_open


def _cursors(sql: str, dialect: str) -> list[Cursor]:
    rules = DIALECTS.get(dialect)
    return [Cursor(tokens, rules, str) for tokens in split(sql, rules)] if rules is not None else []


def _begins(cursor: Cursor) -> bool:
    return cursor.at("BEGIN") or cursor.at("START", "TRANSACTION")


def _ends(cursor: Cursor) -> bool:
    """ROLLBACK TO goes back to a savepoint, and leaves the transaction open."""
    if cursor.at("ROLLBACK"):
        return "TO" not in cursor.words()
    return cursor.word() in ("COMMIT", "ABORT", "END") or cursor.at("PREPARE", "TRANSACTION")
