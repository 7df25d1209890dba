"""Lines of text whose parts know what they are: the one source of the plain and of the coloured text."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from rich.console import Console


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
    ACTUAL = "red"
    COMMAND = "bold cyan"


class Span(NamedTuple):
    text: str
    role: Role


Line = tuple[Span, ...]
EMPTY: Line = ()


def span(text: str, role: Role = Role.PLAIN) -> Span:
    """The only way to a Span: whatever the text holds, it can harm no terminal."""
    return Span(visible(text), role)


def plain(lines: list[Line]) -> str:
    return "".join("".join(each.text for each in line).rstrip() + "\n" for line in lines)


def coloured(lines: list[Line], console: Console) -> str:
    """With the escape sequences that `console` understands; lines are not wrapped, so that they can be copied."""
    from rich.text import Text  # a pipe does without rich, which takes longer to import than all of schemaguard

    with console.capture() as capture:
        for line in lines:
            # Spans, not markup: a table may be called `[red]`.
            console.print(Text.assemble(*[(each.text, each.role.value) for each in line]), soft_wrap=True)
    return capture.get()
