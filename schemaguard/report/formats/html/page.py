"""The page as a whole: one file that asks nobody for anything, and lets nothing run but its own script."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from datetime import datetime, timezone
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from schemaguard import __version__
from schemaguard.diagnosis.model import Diagnosis, State, Verdict
from schemaguard.diagnosis.wording import numbered
from schemaguard.report.advice import next_step
from schemaguard.report.formats.html.controls import command, commanded, copying
from schemaguard.report.formats.html.findings import findings
from schemaguard.report.formats.html.history import history
from schemaguard.report.formats.html.icons import SHAPES, icon, sprite
from schemaguard.report.formats.html.pictures import by_table
from schemaguard.report.formats.html.plan import plan
from schemaguard.report.formats.html.tables import tables
from schemaguard.report.formats.html.tags import Html, tag
from schemaguard.report.formats.html.words import VERDICTS
from schemaguard.report.tracks import IN_DATABASE
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.report.base import Report

ICONS = {Verdict.PENDING: "waiting"}
TINTS = {
    Verdict.IN_SYNC: "#1f7a4d",
    Verdict.PENDING: "#2f5fa8",
    Verdict.RECONCILABLE: "#b3261e",
    Verdict.CONFLICT: "#b3261e",
}
SERVERS = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "oracle": "Oracle"}


def as_html(report: Report) -> str:
    """The report as one page of HTML, in UTF-8, that works from disk."""
    diagnosis = report.diagnosis
    differing = by_table(each for each in diagnosis.findings if report.known_since(each) is None)
    anchors = {name: f"t{number}" for number, name in enumerate(differing)}
    sections = {
        "History": history(diagnosis),
        "Tables": tables(diagnosis, differing, anchors),
        "Findings": findings(report, anchors),
        "Plan": plan(diagnosis),
    }
    there = {name: html for name, html in sections.items() if html is not None}
    main = tag("main", _verdict(diagnosis), there.values(), _unseen(diagnosis), id="main", tabindex=-1)
    title = f"{VERDICTS[diagnosis.verdict][0]}: {diagnosis.database.alias} · schemaguard"
    return document(title, diagnosis.verdict, [bar(diagnosis.verdict, there), main, _footer(diagnosis)])


def document(title: str, verdict: Verdict, body: Iterable[Html]) -> str:
    """A page with our style and script, which alone it may use; nothing is loaded from anywhere."""
    style, script = asset("style.css"), asset("script.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("link", rel="icon", href=_favicon(verdict)),
        tag("style", style),
    )
    page = tag(
        "body", sprite(), tag("a", "To the report", href="#main", class_="skip"), body, copying(), tag("script", script)
    )
    return f"<!doctype html>\n{tag('html', head, page, lang='en')}\n"


@cache
def asset(name: str) -> Html:
    """A file of ours that stands in the page as it is."""
    return Html(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _favicon(verdict: Verdict) -> str:
    shape = SHAPES[ICONS.get(verdict, verdict.value)].replace("var(--surface)", "#fff")
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" color="{TINTS[verdict]}">{shape}</svg>'
    return f"data:image/svg+xml,{quote(drawn)}"


# --------------------------------------------------------------------------------------------------------------- parts
def bar(verdict: Verdict, sections: Iterable[str]) -> Html:
    """The name, the way to each section, and the button for the colours."""
    mark = tag(
        "a",
        icon(ICONS.get(verdict, verdict.value)),
        tag("b", "schemaguard"),
        href="#main",
        class_=f"brand v-{verdict.value}",
    )
    links = tag("ul", [tag("li", tag("a", name, href=f"#{name.lower()}")) for name in sections])
    toggle = tag(
        "button", icon("theme"), tag("span", "Theme"), type="button", class_="theme",
        aria_label="Colours: as the system has them",
    )  # fmt: skip
    return tag("header", tag("div", mark, tag("nav", links, aria_label="Parts of the report"), toggle), class_="bar")


def _verdict(diagnosis: Diagnosis) -> Html:
    """The answer, and what to do next."""
    verdict = diagnosis.verdict
    word, sentence = VERDICTS[verdict]
    database = diagnosis.database
    server = " ".join(filter(None, [SERVERS.get(database.vendor, database.vendor), database.version]))
    now = datetime.now(timezone.utc)
    facts = tag(
        "ul",
        tag("li", "database ", tag("bdi", database.alias)),
        tag("li", tag("bdi", database.name)),
        tag("li", server),
        tag("li", tag("time", f"{now:%d %B %Y, %H:%M} UTC".lstrip("0"), datetime=f"{now:%Y-%m-%dT%H:%MZ}")),
        class_="facts",
    )
    return tag(
        "section",
        tag("div", icon(ICONS.get(verdict, verdict.value)),
            tag("div", tag("h1", word), tag("p", sentence, class_="sentence"), facts), class_="answer"),
        tag("dl", _counts(diagnosis), class_="counts"),
        _next(diagnosis),
        class_=f"verdict v-{verdict.value}",
        id="verdict",
        aria_label="Verdict",
    )  # fmt: skip


def _counts(diagnosis: Diagnosis) -> Iterator[Html]:
    levels = Counter(each.level for each in diagnosis.findings)
    real = [each for each in diagnosis.migrations if each.state is not State.ORPHANED]
    there = sum(each.state in IN_DATABASE for each in real)
    for level, words in ((Level.ERROR, ("error", "errors")), (Level.WARNING, ("warning", "warnings"))):
        number = levels[level]
        yield tag(
            "div", tag("dt", words[number != 1]), tag("dd", f"{number:,}"), class_=f"c-{level.value} n-{min(number, 1)}"
        )
    yield tag(
        "div", tag("dt", "migrations in the database"), tag("dd", f"{there:,}", tag("small", f" of {len(real):,}"))
    )
    if diagnosis.plan:
        yield tag(
            "div",
            tag("dt", "step planned" if len(diagnosis.plan) == 1 else "steps planned"),
            tag("dd", f"{len(diagnosis.plan):,}"),
        )


def _next(diagnosis: Diagnosis) -> Html | None:
    step = next_step(diagnosis)
    if step is None:
        return None
    typed, rest = commanded(step)
    return tag(
        "div", tag("h2", "Next"), command(typed) if typed else None, tag("p", rest) if rest else None, class_="next"
    )


def _unseen(diagnosis: Diagnosis) -> Html | None:
    """What the check did not look at, and what the settings set aside: a report that hides that would mislead."""
    ignored = len(diagnosis.ignored)
    if not diagnosis.unseen and not ignored:
        return None
    entries = [tag("li", each) for each in diagnosis.unseen]
    if ignored:
        entries.append(tag("li", f"{numbered(ignored, 'finding')} set aside by settings.SCHEMAGUARD"))
    title = tag("h2", "Not looked at", id="unseen-title")
    return tag("section", title, tag("ul", entries, class_="unseen"), id="unseen", aria_labelledby="unseen-title")


def _footer(diagnosis: Diagnosis) -> Html:
    return tag(
        "footer",
        tag("p", f"schemaguard {__version__}"),
        tag("p", "Fingerprint of schema and records: ", tag("code", diagnosis.fingerprint)),
        tag("p", "", role="status", aria_live="polite", class_="status"),
    )
