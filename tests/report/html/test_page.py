"""The HTML report as text: one file, nothing from elsewhere, and whatever comes from outside is text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report import render
from schemaguard.report.base import report
from schemaguard.report.formats.html.controls import coloured, commanded
from schemaguard.report.formats.html.many_page import many_as_html
from schemaguard.report.formats.html.tags import tag
from schemaguard.report.many.base import Group, Many
from tests.report.diagnoses import diagnosis, migration, missing_column
from tests.report.html.pages import HOSTILE, hostile, large, listed, page, small, table
from tests.report.many import group, many
from tests.report.many import hostile as hostile_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemaguard.diagnosis.model import Diagnosis

PAGES: dict[str, Callable[[], Diagnosis]] = {
    "small": small,
    "large": large,
    "hostile": hostile,
    "in sync": lambda: diagnosis(migrations=(migration("a.0001"),)),
    "nothing": diagnosis,
}


MANY: dict[str, Callable[[], Many]] = {
    "many": many,
    "many hostile": lambda: hostile_many(HOSTILE),
    "many in sync": lambda: Many(groups=(group(["a", "b"], diagnosis(migrations=(migration("a.0001"),))),)),
    "many unread": lambda: Many(groups=(Group(verdict="failed", targets=["a"], fingerprint="", error="no"),)),
}


class Elements(HTMLParser):
    """Every element with its attributes, those that are open, and the text of some."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data

    def all(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.found if (value := attributes.get(attribute)) is not None]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made = {name: page(make()) for name, make in PAGES.items()}
    return {**made, **{name: many_as_html(make()) for name, make in MANY.items()}}


@pytest.mark.parametrize("name", [*PAGES, *MANY])
def test_a_page_is_well_formed_and_its_links_lead_somewhere(pages: dict[str, str], name: str) -> None:
    elements = Elements(pages[name])
    assert elements.open == []
    ids = elements.all("id")
    assert len(ids) == len(set(ids))
    inner = {each for each in elements.all("href") if each.startswith("#")}
    assert {each[1:] for each in inner} <= set(ids)
    assert {each for named in elements.all("aria-labelledby") for each in named.split()} <= set(ids)


@pytest.mark.parametrize("name", [*PAGES, *MANY])
def test_a_page_needs_nothing_from_elsewhere(pages: dict[str, str], name: str) -> None:
    """No attribute loads anything, and no style or handler stands at an element: the policy would refuse them."""
    elements = Elements(pages[name])
    assert elements.all("src") == elements.all("style") == elements.all("srcset") == elements.all("action") == []
    assert not [key for _, attributes in elements.found for key in attributes if key.startswith("on")]
    links = [each for each in elements.all("href") if not each.startswith("#")]
    assert all(each.startswith(("https://django-schemaguard.readthedocs.io/", "data:image/svg+xml,")) for each in links)
    assert not re.search(r"@import|url\((?!#)", elements.text["style"])


def test_the_policy_names_the_style_and_the_script(pages: dict[str, str]) -> None:
    html = pages["small"]
    (policy,) = [
        each["content"] for tag, each in Elements(html).found if each.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    for element in ("style", "script"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["hostile", "many hostile"])
def test_whatever_comes_from_outside_is_text(pages: dict[str, str], name: str) -> None:
    html = pages[name]
    assert "<script>window" not in html
    assert "<img" not in html
    assert not set(html) & {"\u202e", "\u2066", "\x1b", "\ud800"}
    elements = Elements(html)
    assert [tag for tag, _ in elements.found if tag in ("img", "script", "iframe", "a")].count("script") == 1
    assert "window.hacked=1" in elements.text["code"]  # shown, though
    assert r"\u202e\u2066\x1b[31m" in elements.text["code"]


def test_three_hundred_tables_that_differ_are_less_than_a_megabyte(pages: dict[str, str]) -> None:
    assert len(pages["large"].encode()) < 1_000_000


def test_the_registry_knows_it() -> None:
    found = report(small(), Path.cwd())
    assert render("html", found).startswith("<!doctype html>\n")


@pytest.mark.parametrize(
    ("verdict", "heading", "icon"),
    [
        (Verdict.IN_SYNC, "In sync", "#i-in_sync"),
        (Verdict.PENDING, "Pending", "#i-waiting"),
        (Verdict.RECONCILABLE, "Reconcilable", "#i-reconcilable"),
        (Verdict.CONFLICT, "Conflict", "#i-conflict"),
    ],
)
def test_the_verdict_is_the_heading(verdict: Verdict, heading: str, icon: str) -> None:
    elements = Elements(page(diagnosis(verdict)))
    assert elements.text["h1"] == heading
    assert icon in elements.all("href")
    assert elements.text["title"] == f"{heading}: default · schemaguard"


def test_a_stretch_of_one_state_is_folded_and_says_what_is_in_it() -> None:
    present = (migration(f"shop.{number:04}_x", State.PRESENT) for number in range(1, 9))
    html = page(diagnosis(Verdict.RECONCILABLE, migrations=(*present, migration("shop.0009_y", State.PENDING))))
    assert "8 migrations present: 0001_x to 0008_x" in Elements(html).all("aria-label")
    assert "Of 9 migrations, 0 are recorded, and 8 are in the database." in html
    assert "shop: records end at nothing, the database stands at 0008_x" in Elements(html).all("aria-label")


def test_findings_of_a_baseline_are_folded_and_no_part_of_the_picture() -> None:
    found = listed(diagnosis(Verdict.RECONCILABLE, findings=(missing_column(),)), table("users"))
    assert "Tables that differ" in page(found)
    known = {report(found, Path.cwd()).fingerprint(missing_column()): "2026-01-02"}
    html = page(found, known)
    assert "Tables that differ" not in html
    assert "<summary>1 finding of the baseline</summary>" in html
    assert "known since 2026-01-02" in html


def test_a_table_that_nobody_listed_is_told_by_its_findings() -> None:
    html = page(diagnosis(Verdict.RECONCILABLE, findings=(missing_column(),)))
    assert '<text x="12" y="20" class="t-name">users</text>' in html


def test_more_neighbours_than_can_be_shown_are_one_box() -> None:
    tables = [table("users"), *(table(f"t{number}", "users") for number in range(30)), table("far")]
    html = page(listed(diagnosis(Verdict.RECONCILABLE, findings=(missing_column(),)), *tables))
    names = re.findall(r'class="t-name">([^<]*)<', html)
    assert sorted(names) == ["30 more tables", "users"]
    assert "1 table differs. Of 31 others, those are shown that a foreign key joins with one of these." in html


def test_of_hundreds_of_tables_each_app_shows_its_worst_and_the_list_has_all(pages: dict[str, str]) -> None:
    html = pages["large"]
    figures = re.findall(r"<figure>.*?</figure>", html)
    assert len(figures) == 12
    assert all("<p>19 more tables in the list below.</p>" in each for each in figures)
    assert len(re.findall(r'<th scope="row"><a href="#t\d+">', html)) == 300

    found = tuple(replace(missing_column(), table=f"app{number}_t") for number in range(150))
    tables = [table(each.table or "", app=f"app{number}") for number, each in enumerate(found)]
    html = page(listed(diagnosis(Verdict.RECONCILABLE, findings=found), *tables))
    assert html.count("<figure>") == 72
    assert '<p class="lead">78 tables of 78 apps more in the list below.</p>' in html


def test_a_foreign_key_that_is_missing_is_drawn_as_such() -> None:
    lost = table("users", "groups")
    lost = replace(lost, references=(replace(lost.references[0], actual=False),))
    html = page(listed(diagnosis(Verdict.RECONCILABLE, findings=(missing_column(),)), lost, table("groups")))
    assert "<title>missing: foreign key groups_id to groups</title>" in html
    assert 'class="t-key l-missing" marker-end="url(#arrow-missing)"' in html


# ------------------------------------------------------------------------------------------------------------ elements
def test_text_and_attributes_are_escaped() -> None:
    html = tag("a", HOSTILE, title=HOSTILE, hidden=True, id=None)
    assert html.count("<") == html.count(">") == 2
    assert html.count('"') == 2 + 1  # the attribute's own, and one in the text, where it does no harm


def test_sql_is_coloured_and_nothing_in_it_is_markup() -> None:
    html = coloured("ALTER TABLE \"NULL\" ADD 'DROP <b>' -- NOT x\n")
    assert html == "<b>ALTER TABLE</b> \"NULL\" <b>ADD</b> <i>'DROP &lt;b&gt;'</i> <s>-- NOT x</s>&#10;"


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("manage.py schemaguard reconcile", ("manage.py schemaguard reconcile", "")),
        ("manage.py schemaguard adopt t --app A, or list it", ("manage.py schemaguard adopt t --app A", "or list it")),
        ("put it into a migration, or", (None, "put it into a migration, or")),
    ],
)  # fmt: skip
def test_the_command_of_a_hint_can_be_copied_alone(hint: str, expected: tuple[str | None, str]) -> None:
    assert commanded(hint) == expected
