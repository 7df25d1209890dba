"""What differs between the databases in how SQL is spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass

WORD = r"[^\W\d][\w$]*"
NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """The rules of one family of servers. `grammar` is the name that sqlglot has for it.

    `home` is the schema that goes without saying, None where a qualified name leaves the database of this connection.
    """

    grammar: str
    home: str | None
    space: re.Pattern[str]
    """Everything between two tokens, a block comment apart."""
    token: re.Pattern[str]
    """A token whose kind is the name of the group that matched."""
    nested_comments: bool = False
    dollar_quotes: bool = False
    backslash_escapes: bool = False
    folds_names: bool = False
    name_bytes: int | None = None
    serial_types: bool = False
    free_types: bool = False
    """Whether a column's type is any row of words, or none."""
    inline_references: bool = True
    """Whether REFERENCES beside a column makes a foreign key (MySQL reads it and forgets it)."""
    inline_keys: bool = False
    """Whether KEY and INDEX stand inside CREATE TABLE and ALTER TABLE."""
    named_primary_keys: bool = True
    nullable_primary_keys: bool = False
    default_makes_auto: bool = False
    has_schemas: bool = False
    keeps_bodies: bool = False
    """Whether the text of a trigger and the body of a function are kept as they were written, and queries are not."""


def _tokens(*, quoted: str, string: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<string>{string})|(?P<quoted>{quoted})|(?P<number>{NUMBER})|(?P<word>{WORD})|(?P<sign>::|.)", re.DOTALL
    )


_ANSI_STRING = r"'(?:[^']|'')*'"
_ANSI_NAME = r'"(?:[^"]|"")+"'

POSTGRESQL = Dialect(
    grammar="postgres",
    home="public",
    space=re.compile(r"(?:\s+|--[^\n]*)+"),
    token=_tokens(quoted=_ANSI_NAME, string=rf"[eE]'(?:[^'\\]|''|\\.)*'|[bBxXnN]?{_ANSI_STRING}"),
    nested_comments=True,
    dollar_quotes=True,
    folds_names=True,
    name_bytes=63,
    serial_types=True,
    default_makes_auto=True,
    has_schemas=True,
)

SQLITE = Dialect(
    grammar="sqlite",
    home="main",
    space=re.compile(r"(?:\s+|--[^\n]*)+"),
    token=_tokens(quoted=rf"{_ANSI_NAME}|`(?:[^`]|``)+`|\[[^\]]+\]", string=rf"[xX]?{_ANSI_STRING}"),
    free_types=True,
    nullable_primary_keys=True,
)

MYSQL = Dialect(
    grammar="mysql",
    home=None,
    # The server wants a blank after the dashes. Django's splitter drops the comment before, with or without one.
    space=re.compile(r"(?:\s+|#[^\n]*|--[^\n]*)+"),
    token=_tokens(
        quoted="`(?:[^`]|``)+`",
        string=r"""[bBxXnN]?'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*\"""",
    ),
    backslash_escapes=True,
    inline_references=False,
    inline_keys=True,
    named_primary_keys=False,
    keeps_bodies=True,
)

DIALECTS = {"postgresql": POSTGRESQL, "sqlite": SQLITE, "mysql": MYSQL}
"""By Django's name of the vendor."""
