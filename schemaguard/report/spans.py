"""Lines of text whose parts know what they are: the one source of the plain and of the coloured text."""

from __future__ import annotations

from enum import Enum
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text


class Role(str, Enum):
    """What a part of a line is; the value is how rich shows it."""

    PLAIN = ""
    GOOD = "bold green"
    ERROR = "bold red"
    WARNING = "yellow"
    INFO = "cyan"
    HEADING = "bold"
    LABEL = "dim"
    EXPECTED = "green"
    EXPECTED_ALONE = "bold underline green"
    ACTUAL = "red"
    ACTUAL_ALONE = "bold underline red"
    COMMAND = "bold cyan"
    STATEMENT = "cyan"


class Span(NamedTuple):
    text: str
    role: Role
    folds: bool = False
    """Whether a line that is too long for the terminal goes on below the beginning of this."""


Line = tuple[Span, ...]
EMPTY: Line = ()
NARROW = 30
"""Fewer columns than this are no place for a text to be folded into."""


def span(text: str, role: Role = Role.PLAIN, *, folds: bool = False) -> Span:
    """The only way to a Span: whatever the text holds, it can harm no terminal."""
    return Span(visible(text), role, folds)


def plain(lines: list[Line]) -> str:
    return "".join("".join(each.text for each in line).rstrip() + "\n" for line in lines)


def coloured(lines: list[Line], console: Console) -> str:
    """With the escape sequences that `console` understands, and its width: what a person copies is never folded."""
    from rich.text import Text  # a pipe does without rich, which takes longer to import than all of schemaguard

    with console.capture() as capture:
        for line in lines:
            # Spans, not markup: a table may be called `[red]`.
            text = Text.assemble(*[(each.text, each.role.value) for each in line])
            for part in _folded(text, line, console):
                console.print(part, soft_wrap=True)
    return capture.get()


def _folded(text: Text, line: Line, console: Console) -> Iterator[Text]:
    """The text, or its parts between words, each under the span that the line folds at."""
    before = list(takewhile(lambda each: not each.folds, line))
    hang = sum(len(each.text) for each in before)
    width = console.width - hang
    if len(before) == len(line) or text.cell_len <= console.width or width < NARROW:
        yield text
        return
    head, rest = text.divide([hang])
    for number, part in enumerate(rest.wrap(console, width)):
        part.rstrip()
        if number == 0:
            yield head + part
        else:
            part.pad_left(hang)
            yield part
