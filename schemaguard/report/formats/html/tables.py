"""The tables that differ, with those that foreign keys join them with: as a picture, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import numbered
from schemaguard.report.formats.html.diagram import svg
from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.pictures import Look, Picture, look_of, pictures
from schemaguard.report.formats.html.tags import Html, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemaguard.diagnosis.model import DiagnosedTable, Diagnosis, Finding

WORDS = {Look.MISSING: "missing", Look.EXTRA: "extra", Look.DIFFERENT: "differs"}
FEW = 6
"""So many names stand in one cell."""


def tables(diagnosis: Diagnosis, findings: Mapping[str, Sequence[Finding]], anchors: Mapping[str, str]) -> Html | None:
    """The section; None where every table is as it should be. `anchors`: table → where its findings stand."""
    if not findings:
        return None
    known = diagnosis.tables
    drawn = pictures(known, findings)
    others = sum(each.name not in findings for each in known)
    lead = f"{numbered(len(findings), 'table')} {'differs' if len(findings) == 1 else 'differ'}"
    if others:
        lead += f". Of {numbered(others, 'other')}, those are shown that a foreign key joins with one of these"
    return tag(
        "section",
        tag("h2", "Tables that differ", tag("span", f" {len(findings)}", class_="count"), id="tables-title"),
        tag("p", f"{lead}.", class_="lead"),
        _legend(),
        [_figure(each, single=len(drawn) == 1, first=number == 0) for number, each in enumerate(drawn) if each.boxes],
        _not_drawn([each for each in drawn if not each.boxes]),
        _as_table(known, findings, anchors),
        id="tables",
        aria_labelledby="tables-title",
    )


def _legend() -> Html:
    entries = [
        tag("li", tag("span", icon(look.value), class_=f"l-{look.value}"), word)
        for look, word in ((Look.MISSING, "missing in the database"), (Look.EXTRA, "extra"),
                           (Look.DIFFERENT, "in another shape"))
    ]  # fmt: skip
    return tag("ul", entries, class_="legend small", aria_label="Signs")


def _figure(picture: Picture, *, single: bool, first: bool) -> Html:
    differing = sum(bool(box.rows) or box.look in (Look.MISSING, Look.EXTRA) for box in picture.boxes.values())
    of_app = f" of {picture.app}" if picture.app else ""
    label = (
        f"Diagram{of_app}: {numbered(differing, 'table')} that differ, and their foreign keys. "
        "A table below says the same."
    )
    drawn = tag("div", svg(picture, label), class_="scroll", tabindex=0, role="group", aria_label=f"Diagram{of_app}")
    left = tag("p", f"{numbered(picture.left_out, 'more table')} in the list below.") if picture.left_out else None
    if single:
        return tag("figure", drawn, left)
    heading = tag("summary", tag("bdi", picture.app or "of no app"), f" {differing + picture.left_out}")
    return tag("details", heading, tag("figure", drawn, left), class_="more", open=first)


def _not_drawn(left: Sequence[Picture]) -> Html | None:
    if not left:
        return None
    number = sum(each.left_out for each in left)
    return tag(
        "p", f"{numbered(number, 'table')} of {numbered(len(left), 'app')} more in the list below.", class_="lead"
    )


def _as_table(
    known: Sequence[DiagnosedTable], findings: Mapping[str, Sequence[Finding]], anchors: Mapping[str, str]
) -> Html:
    by_name = {each.name: each for each in known}
    pointing: dict[str, dict[str, None]] = {}
    for each in known:
        for reference in each.references:
            pointing.setdefault(reference.target, {})[each.name] = None
    head = tag("tr", [tag("th", each, scope="col") for each in ("Table", "What differs", "Points at", "Pointed at by")])
    rows = []
    for name, mine in findings.items():
        table = by_name.get(name)
        targets = list(dict.fromkeys(each.target for each in table.references)) if table is not None else []
        link = tag("a", tag("code", name), href=f"#{anchors[name]}")
        rows.append(
            tag("tr", tag("th", link, scope="row"), tag("td", _what(mine)), tag("td", _names(targets)),
                tag("td", _names(list(pointing.get(name, ())))))
        )  # fmt: skip
    table_html = tag("table", tag("caption", "Tables that differ, and what they are joined with"), tag("thead", head),
                     tag("tbody", rows))  # fmt: skip
    return tag(
        "details",
        tag("summary", "The same as a table"),
        tag("div", table_html, class_="scroll", tabindex=0, role="region", aria_label="Table of what differs"),
        class_="more",
    )


def _what(findings: Sequence[Finding]) -> list[Html]:
    look = look_of(findings)
    if look is not Look.DIFFERENT:
        return [tag("span", f"the table is {WORDS[look]}")]
    parts = [
        f"{each.kind.words} {each.name or ', '.join(each.columns or ())} {each.problem.value}" for each in findings
    ]
    return [tag("span", part, ", " if number < len(parts) - 1 else None) for number, part in enumerate(parts)]


def _names(names: Sequence[str]) -> Html | list[object]:
    if not names:
        return tag("span", "none", class_="nothing")
    found: list[object] = []
    for number, name in enumerate(names[:FEW]):
        found += [", " if number else None, tag("code", name)]
    return [*found, f" and {len(names) - FEW} more" if len(names) > FEW else None]
