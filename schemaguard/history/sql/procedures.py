"""What stands before the body of a procedure of MySQL, which information_schema shows without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.history.sql.cursor import Cursor
    from schemaguard.history.sql.lexer import Token

_CHARACTERISTICS = (
    ("LANGUAGE", "SQL"),
    ("NOT", "DETERMINISTIC"),
    ("DETERMINISTIC",),
    ("CONTAINS", "SQL"),
    ("NO", "SQL"),
    ("READS", "SQL", "DATA"),
    ("MODIFIES", "SQL", "DATA"),
    ("SQL", "SECURITY", "DEFINER"),
    ("SQL", "SECURITY", "INVOKER"),
)


def body_of_procedure(cursor: Cursor) -> list[Token]:
    """After CREATE PROCEDURE."""
    cursor.take("IF", "NOT", "EXISTS")
    cursor.key()
    cursor.parentheses()
    while _characteristic(cursor):
        pass
    return list(cursor.tokens[cursor.position :])


def _characteristic(cursor: Cursor) -> bool:
    if cursor.take("COMMENT"):
        cursor.string()
        return True
    return any(cursor.take(*words) for words in _CHARACTERISTICS)
