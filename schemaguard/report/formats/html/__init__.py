"""The report as one HTML file: it works from disk, asks nobody for anything, and shows names as text alone."""

from __future__ import annotations

from schemaguard.report.formats.html.page import as_html

__all__ = ["as_html"]
