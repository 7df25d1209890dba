"""One module a format, each a function from a Diagnosis to text."""

from __future__ import annotations

from schemaguard.report.json import as_json
from schemaguard.report.text import as_text

FORMATS = ("text", "json")

__all__ = ["FORMATS", "as_json", "as_text"]
