"""SQLite's own lexical rules: names in four sorts of quotes, strings, comments, parentheses within parentheses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      (?P<skip>[ \t\n\r\f\v]+|--[^\n]*|/\*[\s\S]*?(?:\*/|\Z))
    | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<string>'(?:[^']|'')*')
    | (?P<word>[\w$\x80-\U0010ffff]+)
    | (?P<sign>[\s\S])
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is the text in lower case where it is bare, so that a quoted name never looks like a keyword."""

    text: str
    word: str
    start: int
    end: int

    @property
    def name(self) -> str:
        return unquoted(self.text)


def unquoted(text: str) -> str:
    """The name that a token stands for. SQLite takes a string for a name, too, where it expects one."""
    quote = text[:1]
    if quote == "[":
        return text[1:-1]
    if quote in ('"', "`", "'"):
        return text[1:-1].replace(quote * 2, quote)
    return text


def quoted(name: str) -> str:
    """A name in quotes. Django's `quote_name` leaves a quote in it as it is."""
    return '"' + name.replace('"', '""') + '"'


def tokens(sql: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(sql):
        if match.lastgroup != "skip":
            text = match[0]
            word = text.lower() if match.lastgroup == "word" else text if match.lastgroup == "sign" else ""
            found.append(Token(text, word, match.start(), match.end()))
    return found


def closing(found: list[Token], opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`; the end where there is none."""
    depth = 0
    for place in range(opening, len(found)):
        if found[place].word == "(":
            depth += 1
        elif found[place].word == ")":
            depth -= 1
            if depth == 0:
                return place
    return len(found)


def split(found: list[Token]) -> Iterator[list[Token]]:
    """The tokens between the commas that stand outside parentheses."""
    chunk: list[Token] = []
    depth = 0
    for token in found:
        if token.word == "," and depth == 0:
            yield chunk
            chunk = []
            continue
        depth += (token.word == "(") - (token.word == ")")
        chunk.append(token)
    if chunk:
        yield chunk


def text_of(sql: str, found: list[Token]) -> str:
    return sql[found[0].start : found[-1].end] if found else ""
