"""Workflow commands of GitHub Actions: an annotation at the line of the migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.report.base import Report, help_of
from schemaguard.report.escape import visible
from schemaguard.schema.kinds import Level

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Finding

COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def as_github(report: Report) -> str:
    """A line a finding, the worst first; what a baseline knows is a notice. Nothing where there is no finding."""
    return "".join(f"{_command(report, finding)}\n" for finding in report.diagnosis.findings)


def _command(report: Report, finding: Finding) -> str:
    since = report.known_since(finding)
    properties = {"title": f"{finding.code} {finding.kind.words} {finding.problem.value.replace('_', ' ')}"}
    if report.is_inside(finding.file):
        properties = {"file": str(finding.file), "line": str(finding.line or 1), **properties}
    text = visible(finding.message)
    if since is not None:
        text += f" (known since {since})"
    if finding.hint:
        text += f"\n{visible(finding.hint)}"
    text += f"\n{help_of(finding.code)}"
    command = COMMANDS[finding.level if since is None else Level.INFO]
    told = ",".join(f"{name}={_property(each)}" for name, each in properties.items())
    return f"::{command} {told}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
