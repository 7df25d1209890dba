"""The formats of a report on many databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.report.many import many_as_text
from schemaguard.report.many_markdown import many_as_markdown

if TYPE_CHECKING:
    from rich.console import Console

    from schemaguard.report.many import Many

FORMATS = ("text", "json", "markdown")
"""JSON is written target by target, and so not from here."""


def render(name: str, many: Many, *, verbosity: int = 1, console: Console | None = None) -> str:
    """The report in a format of FORMATS but JSON."""
    return many_as_markdown(many) if name == "markdown" else many_as_text(many, verbosity=verbosity, console=console)
