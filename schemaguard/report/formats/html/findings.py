"""The findings, grouped by their cause, each with the expected and the actual side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import numbered
from schemaguard.report.advice import next_step
from schemaguard.report.base import Report, help_of
from schemaguard.report.differences import differences
from schemaguard.report.formats.html.controls import command, commanded
from schemaguard.report.formats.html.history import mark
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.groups import Group, Run, grouped
from schemaguard.report.headlines import headline, unsaid_hint
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from schemaguard.diagnosis.model import Diagnosis, Finding
    from schemaguard.report.differences import Part


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told so far: a table's anchor stands once, and a hint is given once."""

    diagnosis: Diagnosis
    known_since: Callable[[Finding], str | None]
    anchors: dict[str, str]
    said: set[str | None]


def findings(report: Report, anchors: Mapping[str, str]) -> Html:
    """The section. `anchors`: table → the id that its first group gets."""
    every = report.diagnosis.findings
    new = [each for each in every if report.known_since(each) is None and each.level is not Level.INFO]
    notes = [each for each in every if report.known_since(each) is None and each.level is Level.INFO]
    known = [each for each in every if report.known_since(each) is not None]
    told = _Told(report.diagnosis, report.known_since, dict(anchors), {next_step(report.diagnosis)})
    gone = f"{numbered(report.gone, 'finding')} of the baseline {'is' if report.gone == 1 else 'are'} gone."
    body = [
        None if every else tag("p", "Nothing was found.", class_="lead"),
        _groups(told, new),
        _folded(told, notes, "note"),
        _folded(told, known, "finding", " of the baseline"),
        tag("p", gone, class_="gone") if report.gone else None,
    ]
    title = tag("h2", "Findings", tag("span", f" {len(new)}", class_="count") if new else None, id="findings-title")
    return tag("section", title, body, id="findings", aria_labelledby="findings-title")


def findings_of(diagnosis: Diagnosis, known_since: Callable[[Finding], str | None], most: int) -> list[Html]:
    """What was found in one of many, without a heading; `most` of what is new."""
    new = [each for each in diagnosis.findings if known_since(each) is None]
    told = _Told(diagnosis, known_since, {}, set())
    known = _folded(
        told,
        [each for each in diagnosis.findings if known_since(each) is not None][:most],
        "finding",
        " of the baseline",
    )
    left = len(new) - most
    more = tag("p", f"and {numbered(left, 'more finding')}", class_="gone") if left > 0 else None
    return [*_groups(told, new[:most]), *filter(None, (more, known))]


def _folded(told: _Told, found: Sequence[Finding], what: str, more: str = "") -> Html | None:
    if not found:
        return None
    return tag("details", tag("summary", f"{numbered(len(found), what)}{more}"), _groups(told, found), class_="more")


def _groups(told: _Told, found: Iterable[Finding]) -> list[Html]:
    return [_run(each) if isinstance(each, Run) else _group(told, each) for each in grouped(told.diagnosis, found)]


def _run(run: Run) -> Html:
    """One line for many migrations; the line of history shows each."""
    return tag("article", _head(run.finding, run.text), class_=f"finding f-{run.finding.level.value} alone")


def _group(told: _Told, group: Group) -> Html:
    tables = dict.fromkeys(each.table for each in group.findings if each.table is not None)
    targets = [tag("span", id=told.anchors.pop(each)) for each in tables if each in told.anchors]
    articles = [_finding(told, each, alone=group.heading is None) for each in group.findings]
    if group.heading is None:
        return tag("div", targets, articles, class_="group plain")
    state = None
    if group.state is not None:
        state = tag("span", mark(group.state), group.state.value, class_=f"state s-{group.state.value}")
    return tag("div", targets, tag("h3", tag("bdi", group.heading), state), articles, class_="group")


def _finding(told: _Told, finding: Finding, *, alone: bool) -> Html:
    since = told.known_since(finding)
    known = tag("p", f"known since {since}", class_="where known") if since is not None else None
    return tag(
        "article",
        _head(finding, headline(finding), _where(finding)),
        known,
        _sides(finding),
        _hint(finding, told.said),
        class_=f"finding f-{finding.level.value}{' alone' if alone else ''}",
    )


def _head(finding: Finding, text: str, where: Html | None = None) -> Html:
    code = tag("a", finding.code, href=help_of(finding.code))
    level = tag("span", icon(finding.level.value), finding.level.value, class_="badge")
    return tag("header", level, code, tag("div", tag("p", text, class_="message"), where))


def _where(finding: Finding) -> Html | None:
    if finding.file is None:
        return None
    return tag("p", finding.file, f":{finding.line}" if finding.line is not None else None, class_="where")


def _sides(finding: Finding) -> Html | None:
    """Both sides; where there is only one, the other says that it is not there."""
    expected, actual = finding.expected, finding.actual
    if expected is None and actual is None:
        return None
    if expected is None or actual is None:
        one, other = ([] if side is None else [side] for side in (expected, actual))
    else:
        first, second = differences(expected, actual)
        one, other = list(_parts(first)), list(_parts(second))
    nothing = tag("span", "not there", class_="nothing")
    return tag(
        "dl",
        tag("div", tag("dt", "Expected"), tag("dd", one or nothing), class_="expected"),
        tag("div", tag("dt", "Actual"), tag("dd", other or nothing), class_="actual"),
        class_="sides",
    )


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    return (tag("mark", each.text) if each.differs else each.text for each in parts)


def _hint(finding: Finding, said: set[str | None]) -> Html | None:
    hint = unsaid_hint(finding, said)
    if hint is None:
        return None
    typed, rest = commanded(hint)
    return tag("div", command(typed) if typed else None, tag("p", rest) if rest else None, class_="hint")
