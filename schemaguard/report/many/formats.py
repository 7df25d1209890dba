"""The formats of a report on many databases."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from schemaguard.report.many.text import many_as_text

if TYPE_CHECKING:
    from rich.console import Console

    from schemaguard.report.many.base import Many

OWN = {"markdown": "schemaguard.report.many.markdown", "html": "schemaguard.report.formats.html.many_page"}
"""Where the report on many is another one: the module with its function."""


def render(name: str, many: Many, *, verbosity: int = 1, console: Console | None = None) -> str:
    """The report in a format of `report.FORMATS` but JSON, which is written target by target."""
    if name == "text":
        return many_as_text(many, verbosity=verbosity, console=console)
    if name in OWN:
        own: str = getattr(import_module(OWN[name]), f"many_as_{name}")(many)
        return own
    text: str = getattr(import_module(f"schemaguard.report.formats.{name}"), f"as_{name}")(many)
    return text
