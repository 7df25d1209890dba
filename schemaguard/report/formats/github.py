"""Workflow commands of GitHub Actions: an annotation at the line of the migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.report.base import Report, Told, help_of, is_inside
from schemaguard.report.escape import visible
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from schemaguard.report.many.base import Many

COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def as_github(report: Report | Many) -> str:
    """A line a finding, the worst first; what a baseline knows is a notice. Nothing where there is no finding."""
    lines = [
        _line("error", {"title": f"{len(names):,} not checked"}, f"{visible(reason)}\n{visible(', '.join(names[:20]))}")
        for reason, names in report.not_checked
    ]
    return "".join(f"{each}\n" for each in (*lines, *map(_command, report.told)))


def _command(told: Told) -> str:
    finding, since = told.finding, told.since
    properties = {"title": f"{finding.code} {finding.kind.words} {finding.problem.value.replace('_', ' ')}"}
    if is_inside(finding.file):
        properties = {"file": str(finding.file), "line": str(finding.line or 1), **properties}
    text = told.message
    if since is not None:
        text += f" (known since {since})"
    if finding.hint:
        text += f"\n{visible(finding.hint)}"
    text += f"\n{help_of(finding.code)}"
    return _line(COMMANDS[finding.level if since is None else Level.INFO], properties, text)


def _line(command: str, properties: dict[str, str], text: str) -> str:
    told = ",".join(f"{name}={_property(each)}" for name, each in properties.items())
    return f"::{command} {told}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
