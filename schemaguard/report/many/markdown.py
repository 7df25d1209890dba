"""The report on many databases as Markdown: a table of the groups, and what is different in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report.formats.markdown import LEVELS, MARKS, code, escaped
from schemaguard.report.groups import listed
from schemaguard.report.many.base import FAILED, FEW, MOST_GROUPS
from schemaguard.report.many.text import WORDS, ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.report.many.base import Group, Many

MOST_FINDINGS = 20


def many_as_markdown(many: Many) -> str:
    worst = many.groups[0].verdict if many.groups else Verdict.IN_SYNC.value
    mark = "❌" if worst == FAILED else MARKS[Verdict(worst)]
    counts = ", ".join(ways(*each) for each in many.summary)
    lines = [f"### {mark} schemaguard: {many.name}", "", f"{counts}", ""]
    lines += [f"| | {many.what} | verdict | which |", "|---|--:|---|---|"]
    for number, group in enumerate(many.groups[:MOST_GROUPS], start=1):
        lines.append(f"| {number} | {group.count:,} | {WORDS[group.verdict]} | {_names(group)} |")
    for number, group in enumerate(many.groups[:MOST_GROUPS], start=1):
        lines += _details(number, group)
    if len(many.groups) > MOST_GROUPS:
        lines += ["", f"And {len(many.groups) - MOST_GROUPS} more groups."]
    if many.gone:
        lines += ["", f"{many.gone} of the baseline {'is' if many.gone == 1 else 'are'} gone."]
    return "\n".join(lines) + "\n"


def _names(group: Group) -> str:
    shown = ", ".join(code(each) for each in group.targets[:FEW])
    return shown + (f" and {group.count - FEW:,} more" if group.count > FEW else "")


def _details(number: int, group: Group) -> Iterator[str]:
    heading = f"{number}: {group.count:,} {WORDS[group.verdict]}"
    if group.error is not None:
        yield from ("", f"**{heading}**: {escaped(group.error)}")
        return
    diagnosis = group.example() if group.example is not None else None
    if diagnosis is None or not (diagnosis.findings or diagnosis.verdict is Verdict.PENDING):
        return
    yield from ("", "<details>", f"<summary>{heading}</summary>", "")
    for finding in sorted(diagnosis.findings, key=lambda each: group.known_since(each) is not None)[:MOST_FINDINGS]:
        since = group.known_since(finding)
        known = f" (known since {since})" if since is not None else ""
        yield f"- {LEVELS[finding.level]} {finding.code}: {escaped(finding.message)}{known}"
    if len(diagnosis.findings) > MOST_FINDINGS:
        yield f"- and {len(diagnosis.findings) - MOST_FINDINGS} more"
    for text in listed(each for each in diagnosis.migrations if each.state is State.PENDING):
        yield f"- not run yet: {escaped(text)}"
    yield from ("", "</details>")
