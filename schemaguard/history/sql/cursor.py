"""A place in the tokens of one statement, and what can be asked there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schemaguard.history.sql.dialects import Dialect
    from schemaguard.history.sql.lexer import Token

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


class NotUnderstood(Exception):
    """The statement is not what the reader expects at this place."""


class Temporary(Exception):
    """The statement is about a thing that ends with its session; its argument is the table, if it is one."""


class Cursor:
    """Walks the tokens of one statement; words are compared without regard to case, and never with quoted names."""

    def __init__(self, tokens: Sequence[Token], dialect: Dialect, normal_type: Callable[[str], str]) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.normal_type = normal_type
        self.position = 0

    @property
    def done(self) -> bool:
        return self.position >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.position + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def word(self, ahead: int = 0) -> str:
        """The keyword or sign there in capitals, '' for a quoted name, a string, a number and the end."""
        token = self.peek(ahead)
        return token.word if token else ""

    def at(self, *words: str) -> bool:
        return all(self.word(ahead) == word for ahead, word in enumerate(words))

    def take(self, *words: str) -> bool:
        """Moves past these words where they are next, and says whether they were."""
        if not self.at(*words):
            return False
        self.position += len(words)
        return True

    def take_any(self, *words: str) -> str:
        """Moves past one of these words, and says which; '' where none is next."""
        word = self.word()
        if word not in words:
            return ""
        self.position += 1
        return word

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            raise NotUnderstood(" ".join(words))

    def step(self) -> Token:
        token = self.peek()
        if token is None:
            raise NotUnderstood("something")
        self.position += 1
        return token

    def finish(self) -> None:
        if not self.done:
            raise NotUnderstood("the end")

    def at_name(self, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind in ("word", "quoted")

    def name(self) -> str:
        """An identifier, as the database will know it."""
        token = self.step()
        if token.kind == "quoted":
            quote = token.text[-1]
            text = token.text[1:-1].replace(quote * 2, quote)
        elif token.kind == "word":
            text = token.text.lower() if self.dialect.folds_names else token.text
        else:
            raise NotUnderstood("a name")
        if self.dialect.name_bytes is not None:
            text = text.encode(errors="replace")[: self.dialect.name_bytes].decode(errors="ignore")
        return text

    def bare_name(self) -> str:
        """The last part of a name that may be qualified: a collation, an operator class, an index."""
        name = self.name()
        while self.take("."):
            name = self.name()
        return name

    def key(self) -> str:
        """The key of a table, or of another thing that lives in a schema."""
        name = self.name()
        if not self.take("."):
            return name
        schema, name = name, self.name()
        if self.dialect.home is None:
            raise NotUnderstood("a name in this database")
        if schema in ("pg_temp", "temp"):
            raise Temporary(name)
        return name if schema == self.dialect.home else f'{schema}"."{name}'

    def names(self) -> tuple[str, ...]:
        """Column names in parentheses."""
        inside = self.parentheses()
        found = [inside.name()]
        while inside.take(","):
            found.append(inside.name())
        inside.finish()
        return tuple(found)

    def string(self) -> str:
        """The value of a string literal."""
        token = self.step()
        text = token.text
        if token.kind != "string" or not text:
            raise NotUnderstood("a string")
        if text[0] in "eE" or (self.dialect.backslash_escapes and text[0] in "'\""):
            quote = text[-1]
            body = text[text.index(quote) + 1 : -1].replace(quote * 2, quote)
            return _ESCAPE.sub(lambda match: _ESCAPED.get(match.group(1), match.group(1)), body)
        if text[0] == "'":
            return text[1:-1].replace("''", "'")
        if text[0] == "$":
            edge = text.index("$", 1) + 1
            return text[edge:-edge]
        raise NotUnderstood("a plain string")

    def parentheses(self) -> Cursor:
        """What stands between this parenthesis and its partner; moves past both."""
        self.expect("(")
        start, depth = self.position, 1
        while depth:
            word = self.step().word
            depth += (word == "(") - (word == ")")
        return self.slice(start, self.position - 1)

    def elements(self) -> Iterator[Cursor]:
        """What remains, cut at the commas that stand outside parentheses and brackets. An empty element is an error."""
        while True:
            start = self.position
            self.skip_to(",")
            if start == self.position:
                raise NotUnderstood("an element")
            yield self.slice(start, self.position)
            if not self.take(","):
                return

    def skip_to(self, *words: str) -> None:
        """To the first of these words outside parentheses and brackets, or to the end."""
        depth = 0
        while not self.done and (depth or self.word() not in words):
            word = self.word()
            depth += (word in ("(", "[")) - (word in (")", "]"))
            if depth < 0:
                raise NotUnderstood("balance")
            self.position += 1
        if depth:
            raise NotUnderstood("balance")

    def slice(self, start: int, end: int) -> Cursor:
        return Cursor(self.tokens[start:end], self.dialect, self.normal_type)

    def text(self) -> str:
        """The tokens as they were written, on one line and without comments."""
        parts = [(" " if token.spaced and place else "") + token.text for place, token in enumerate(self.tokens)]
        return "".join(parts)

    def source(self) -> str:
        """The statement as it was written, comments inside it included."""
        first, last = self.tokens[0], self.tokens[-1]
        return first.source[first.start : last.end].rstrip()

    def words(self) -> frozenset[str]:
        return frozenset(token.word for token in self.tokens)
