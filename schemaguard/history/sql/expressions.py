"""Pieces of SQL that only a server can judge, and the columns that they read."""

from __future__ import annotations

from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.schema.objects import Expression

# What sqlglot takes for a column, in one version or another.
_NOT_COLUMNS = frozenset({"current_user", "session_user", "user", "current_role", "localtime", "localtimestamp"})


def expression(cursor: Cursor) -> Expression:
    """All tokens of the cursor as one expression."""
    cursor.skip_to(";")
    if not cursor.tokens or not cursor.done:
        raise NotUnderstood("an expression")
    return Expression(cursor.text(), _columns(cursor))


def _columns(cursor: Cursor) -> frozenset[str]:
    """The columns that an expression reads; empty where sqlglot cannot read it."""
    if not any(_may_be_column(cursor, place) for place in range(len(cursor.tokens))):
        return frozenset()
    import sqlglot  # Here because it takes longer to import than most histories take to read.
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(
            f"SELECT {cursor.text()}",
            dialect=cursor.dialect.grammar,
            error_level=sqlglot.ErrorLevel.RAISE,
        )
        identifiers = [column.this for column in tree.find_all(exp.Column)]
    except Exception:  # noqa: BLE001 (the tokenizer, the parser and the recursion each have errors of their own)
        return frozenset()
    return frozenset(
        identifier.name if identifier.args.get("quoted") or not cursor.dialect.folds_names else identifier.name.lower()
        for identifier in identifiers
        if isinstance(identifier, exp.Identifier)
        and (identifier.args.get("quoted") or identifier.name.lower() not in _NOT_COLUMNS)
    )


def _may_be_column(cursor: Cursor, place: int) -> bool:
    """Whether sqlglot is worth asking: a name that is not a function's, nor a type's after a cast."""
    token = cursor.tokens[place]
    if token.kind == "quoted":
        return True
    following = cursor.tokens[place + 1].word if place + 1 < len(cursor.tokens) else ""
    preceding = cursor.tokens[place - 1].word if place else ""
    return (
        token.kind == "word"
        and following != "("
        and preceding != "::"
        and token.word not in ("TRUE", "FALSE", "NULL", "CURRENT_TIMESTAMP", "CURRENT_DATE")
    )
