"""Markdown as GitHub and GitLab read it: a comment on a pull request, a job summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Diagnosis, Finding, Verdict
from schemaguard.diagnosis.wording import numbered
from schemaguard.report.advice import next_step
from schemaguard.report.base import Report, help_of, is_inside
from schemaguard.report.escape import visible
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST = 100
"""So many findings and steps are shown: a comment on GitHub holds 65,536 characters."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~$&])")
MARKS = {
    Verdict.IN_SYNC: "✅",
    Verdict.PENDING: "🕒",
    Verdict.RECONCILABLE: "❌",
    Verdict.CONFLICT: "❌",
}
LEVELS = {Level.ERROR: "❌ error", Level.WARNING: "⚠️ warning", Level.INFO: "ℹ️ info"}  # noqa: RUF001


def as_markdown(report: Report) -> str:
    diagnosis = report.diagnosis
    database = diagnosis.database
    server = " ".join(filter(None, [database.vendor, database.version]))
    verdict = diagnosis.verdict.value.replace("_", " ")
    lines = [
        f"### {MARKS[diagnosis.verdict]} schemaguard: {verdict}",
        "",
        f"Database {code(database.alias)}, {code(database.name)} on {escaped(server)}",
    ]
    new = [each for each in diagnosis.findings if report.known_since(each) is None]
    known = [each for each in diagnosis.findings if report.known_since(each) is not None]
    lines += _table(new)
    if known:
        lines += ["", "<details>", f"<summary>{len(known)} known before</summary>", *_table(known)]
        lines += ["", "</details>"]
    if report.gone:
        lines += ["", f"{report.gone} of the baseline {'is' if report.gone == 1 else 'are'} gone."]
    lines += _plan(diagnosis)
    step = next_step(diagnosis)
    if step is not None:
        lines += ["", "Next:", "", *fenced(step, "sh")]
    return "\n".join(lines) + "\n"


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield from ("", "| | code | finding | where |", "|---|---|---|---|")
    for finding in findings[:MOST]:
        where = ""
        if is_inside(finding.file):
            where = code(f"{finding.file}:{finding.line}" if finding.line else str(finding.file))
        hint = f"<br>{code(finding.hint)}" if finding.hint else ""
        told = f"{escaped(finding.message)}{hint}"
        yield f"| {LEVELS[finding.level]} | [{finding.code}]({help_of(finding.code)}) | {told} | {where} |"
    if len(findings) > MOST:
        yield f"| | | and {len(findings) - MOST} more | |"


def _plan(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.plan:
        return
    yield from ("", "<details>", f"<summary>The plan: {numbered(len(diagnosis.plan), 'step')}</summary>", "")
    for step in diagnosis.plan[:MOST]:
        yield f"- **{step.action.value}** {code(f'{step.app}.{step.name}')}"
        if step.sql:
            yield from ("", *(f"  {line}" for line in fenced("\n".join(step.sql), "sql")), "")
    if len(diagnosis.plan) > MOST:
        yield f"- and {len(diagnosis.plan) - MOST} more"
    yield from ("", "</details>")


def escaped(text: str) -> str:
    """Text that Markdown and HTML take for nothing but text, mentions included."""
    return (
        SPECIAL.sub(r"\\\1", visible(text))
        .replace("\\&", "&amp;")
        .replace("\\<", "&lt;")
        .replace("\\>", "&gt;")
        .replace("@", "@<!-- -->")
    )


def code(text: str) -> str:
    """A code span in one line of a table, whatever it holds."""
    text = visible(text).replace("|", "\\|")
    ticks = "`" * (1 + max((len(each) for each in re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fenced(text: str, language: str) -> list[str]:
    """A block of code that nothing in it can end."""
    lines = [visible(line) for line in text.expandtabs(4).split("\n")]
    fence = "`" * max(3, 1 + max((len(each) for line in lines for each in re.findall("`+", line)), default=0))
    return [f"{fence}{language}", *lines, fence]
