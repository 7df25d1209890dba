"""The page about many databases: the matrix of where they stand, and what is different in each group of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from schemaguard import __version__
from schemaguard.diagnosis.model import State, Verdict
from schemaguard.diagnosis.wording import RECONCILE, numbered
from schemaguard.report.formats.html.controls import command
from schemaguard.report.formats.html.findings import findings_of
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.matrix import ICONS, MOST_ROWS, matrix
from schemaguard.report.formats.html.page import bar, document
from schemaguard.report.formats.html.plan import steps_of
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.formats.html.words import VERDICTS
from schemaguard.report.groups import listed
from schemaguard.report.many.base import FAILED, MOST_GROUPS, few
from schemaguard.report.many.text import WORDS, ways
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.report.many.base import Group, Many

MOST_FINDINGS = 20
MOST_STEPS = 20


def many_as_html(many: Many) -> str:
    """The report on many as one page of HTML, in UTF-8, that works from disk. Less than a megabyte, however many."""
    examples = [each.example() if each.example is not None else None for each in many.groups[:MOST_ROWS]]
    told = [
        (group, diagnosis)
        for group, diagnosis in zip(many.groups, examples, strict=False)
        if diagnosis is not None and (diagnosis.findings or diagnosis.verdict is not Verdict.IN_SYNC)
    ]
    shown = told[:MOST_GROUPS]
    anchors = {group.fingerprint: f"g{number}" for number, (group, _) in enumerate(shown)}
    sections = {
        "Targets": matrix(many, examples, anchors),
        "Differences": _differences(many, shown, anchors),
    }
    there = {name: html for name, html in sections.items() if html is not None}
    worst = many.groups[0].verdict if many.groups else Verdict.IN_SYNC.value
    main = tag("main", _verdict(many, worst), there.values(), id="main", tabindex=-1)
    footer = tag(
        "footer",
        tag("p", f"schemaguard {__version__}"),
        tag("p", "", role="status", aria_live="polite", class_="status"),
    )
    icon_of = Verdict.CONFLICT if worst == FAILED else Verdict(worst)
    return document(f"{_heading(many)} · schemaguard", icon_of, [bar(icon_of, there), main, footer])


def _heading(many: Many) -> str:
    numbers = {verdict: number for verdict, number, _ in many.summary}
    good = numbers.get(Verdict.IN_SYNC.value, 0)
    if good == many.count:
        return f"All {many.count:,} in sync" if many.count > 1 else "In sync"
    return f"{good:,} of {many.count:,} in sync"


def _verdict(many: Many, worst: str) -> Html:
    """The answer, and what to do next."""
    now = datetime.now(timezone.utc)
    facts = tag(
        "ul",
        tag("li", many.name),
        tag("li", tag("time", f"{now:%d %B %Y, %H:%M} UTC".lstrip("0"), datetime=f"{now:%Y-%m-%dT%H:%MZ}")),
        class_="facts",
    )
    sentence = ", ".join(ways(*each) for each in many.summary) + "."
    counts = [
        tag("div", tag("dt", WORDS[verdict]), tag("dd", f"{number:,}"), class_=f"w-{verdict} n-1")
        for verdict, number, _ in many.summary
    ]
    line = f"{RECONCILE} {many.selection}".strip()
    wanted = any(each.verdict == Verdict.RECONCILABLE.value for each in many.groups)
    answer = tag("div", tag("h1", _heading(many)), tag("p", sentence, class_="sentence"), facts)
    return tag(
        "section",
        tag("div", icon(ICONS[worst]), answer, class_="answer"),
        tag("dl", counts, class_="counts"),
        tag("div", tag("h2", "Next"), command(line), class_="next") if wanted else None,
        class_=f"verdict v-{'conflict' if worst == FAILED else worst}", id="verdict", aria_label="Verdict",
    )  # fmt: skip


def _differences(many: Many, shown: Sequence[tuple[Group, Diagnosis]], anchors: dict[str, str]) -> Html | None:
    gone = f"{numbered(many.gone, 'finding')} of the baseline {'is' if many.gone == 1 else 'are'} gone."
    if not shown and not many.gone:
        return None
    silent = (FAILED, Verdict.IN_SYNC.value)
    left = sum(each.verdict not in silent and each.fingerprint not in anchors for each in many.groups)
    groups = [_group(group, diagnosis, anchors[group.fingerprint]) for group, diagnosis in shown]
    more = f"{numbered(left, 'more row')} {'is' if left == 1 else 'are'} told by --format json alone."
    return tag(
        "section", tag("h2", "What is different", id="differences-title"), groups,
        tag("p", more, class_="gone") if left else None,
        tag("p", gone, class_="gone") if many.gone else None,
        id="differences", aria_labelledby="differences-title",
    )  # fmt: skip


def _group(group: Group, diagnosis: Diagnosis, anchor: str) -> Html:
    text = f"{group.count:,} alike" if group.count > 1 else group.targets[0]
    verdict = tag("span", icon(ICONS[group.verdict]), WORDS[group.verdict], class_=f"state w-{group.verdict}")
    names = tag("p", few(group.targets), class_="where") if group.count > 1 else None
    return tag(
        "article", tag("h3", tag("bdi", text), verdict), names, tag("p", _sentence(diagnosis), class_="lead"),
        list(_pending(diagnosis)), findings_of(diagnosis, group.known_since, MOST_FINDINGS), _plan(diagnosis),
        class_="target", id=anchor,
    )  # fmt: skip


def _sentence(diagnosis: Diagnosis) -> str:
    levels = Counter(each.level for each in diagnosis.findings)
    counts = [numbered(levels[each], each.value) for each in (Level.ERROR, Level.WARNING) if levels[each]]
    return f"{VERDICTS[diagnosis.verdict][1]}{f' {_and(counts)}.' if counts else ''}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)


def _pending(diagnosis: Diagnosis) -> Iterator[Html]:
    lines = listed(each for each in diagnosis.migrations if each.state is State.PENDING)
    if lines:
        yield tag("p", "Not run yet:", class_="where")
        yield tag("ul", [tag("li", each) for each in lines], class_="unseen where")


def _plan(diagnosis: Diagnosis) -> Html | None:
    if not diagnosis.plan:
        return None
    left = len(diagnosis.plan) - MOST_STEPS
    return tag(
        "details", tag("summary", f"The plan: {numbered(len(diagnosis.plan), 'step')}"),
        tag("ol", steps_of(diagnosis.plan[:MOST_STEPS]), class_="steps"),
        tag("p", f"and {numbered(left, 'more step')}", class_="gone") if left > 0 else None, class_="more",
    )  # fmt: skip
