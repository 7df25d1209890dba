"""What two schemas differ in, as text and as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.wording import numbered
from schemaguard.report.spans import EMPTY, Line, Role, coloured, plain, span
from schemaguard.schema.codes import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from schemaguard.diff.model import Comparison, SchemaDifference, Side

FORMATS = ("text", "json")


def diff_text(found: Comparison, *, verbosity: int = 1, console: Console | None = None) -> str:
    """One line where all is the same, else a paragraph a table. `verbosity` 0: that line alone."""
    lines = [_summary(found)]
    shown = [each for each in found.differences if verbosity > 1 or each.problem is not Problem.INCOMPARABLE]
    if not found.differences or verbosity < 1:
        shown = []
    for table, differences in groupby(shown, key=lambda each: each.table):
        lines += [EMPTY, (span(table or "beside the tables", Role.HEADING),)]
        for each in differences:
            lines += _difference(each, found)
    return plain(lines) if console is None else coloured(lines, console)


def _summary(found: Comparison) -> Line:
    sure = [each for each in found.differences if each.problem is not Problem.INCOMPARABLE]
    doubts = len(found.differences) - len(sure)
    word = "the same" if not sure else numbered(len(sure), "difference")
    more = f", {doubts} that nobody can tell" if doubts else ""
    return (
        span(_called(found.expected), Role.HEADING),
        span(" and "),
        span(_called(found.actual), Role.HEADING),
        span(": "),
        span(word, Role.ERROR if sure else Role.GOOD),
        span(more + (" (--verbosity 2 shows them)" if doubts else "")),
    )


def _called(side: Side) -> str:
    return f"{side.label} ({side.server or 'a snapshot'})"


def _difference(each: SchemaDifference, found: Comparison) -> Iterator[Line]:
    expected, actual = found.expected.label, found.actual.label
    words = {
        Problem.MISSING: f"only in {expected}",
        Problem.EXTRA: f"only in {actual}",
        Problem.DIFFERENT: "different",
        Problem.INCOMPARABLE: "perhaps",
    }
    role = Role.INFO if each.problem is Problem.INCOMPARABLE else Role.ERROR
    lone = each.expected if each.problem is Problem.MISSING else each.actual
    alone = each.problem in (Problem.MISSING, Problem.EXTRA)
    rest = f": {lone}" if alone and lone is not None else ""
    yield (
        span(f"  {words[each.problem]}", role),
        span("  "),
        span(f"{each.kind.words} {each.name}{rest}", folds=True),
    )
    if not alone:
        width = max(len(expected), len(actual))
        for label, text, side in ((expected, each.expected, Role.EXPECTED), (actual, each.actual, Role.ACTUAL)):
            yield span(f"      {label:<{width}}  ", Role.LABEL), span(text or "", side, folds=True)


def diff_json(found: Comparison) -> str:
    return json.dumps(diff_document(found), indent=2)


def diff_document(found: Comparison) -> dict[str, Any]:
    """`same` is what the exit code says; what is `incomparable` does not count in it."""
    return {
        "format": 1,
        "expected": _side(found.expected),
        "actual": _side(found.actual),
        "same": found.is_same,
        "differences": [
            {
                "kind": each.kind.value,
                "problem": each.problem.value,
                "table": each.table,
                "name": each.name,
                "columns": list(each.columns) if each.columns is not None else None,
                "expected": each.expected,
                "actual": each.actual,
                "message": each.message,
            }
            for each in found.differences
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    return {"label": side.label, "server": side.server or None, "schema": side.schema}
