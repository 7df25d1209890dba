"""One module a format, each a function from a Report to text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from schemaguard.report.formats.json import as_json
from schemaguard.report.formats.text import as_text

if TYPE_CHECKING:
    from schemaguard.report.base import Report

FORMATS = ("text", "json", "markdown", "github", "gitlab", "sarif", "junit", "openmetrics", "html")
"""The first two are for people at a terminal and for programs; the others are imported when they are asked for."""

__all__ = ["FORMATS", "as_json", "as_text", "render"]


def render(name: str, report: Report) -> str:
    """The report in a format of FORMATS, without colours."""
    if name == "text":
        return as_text(report.diagnosis, known_since=report.known_since, gone=report.gone)
    module = import_module(f"schemaguard.report.formats.{name}")
    text: str = getattr(module, "as_json_report" if name == "json" else f"as_{name}")(report)
    return text
