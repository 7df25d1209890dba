"""The HTML report in a real browser: it asks for nothing, is fast, usable by everybody, and runs no foreign code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.report.formats.html.many_page import many_as_html
from tests.report.diagnoses import diagnosis, migration
from tests.report.html.pages import HOSTILE, hostile, large, page, small
from tests.report.many import hostile as hostile_many
from tests.report.many import many

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Shown = Callable[..., Page]

pytestmark = pytest.mark.long

FIRST_PAINT = """() => new Promise((done) => {
    const seen = (list) => list.getEntriesByName("first-contentful-paint").forEach((each) => done(each.startTime));
    new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
})"""
PAGES = {"small": small, "large": large, "hostile": hostile}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made = {name: page(make()) for name, make in PAGES.items()}
    return {**made, "many": many_as_html(many(10_000)), "many hostile": many_as_html(hostile_many(HOSTILE))}


@pytest.mark.parametrize("name", [*PAGES, "many", "many hostile"])
def test_it_asks_nobody_for_anything_and_is_there_at_once(shown: Shown, pages: dict[str, str], name: str) -> None:
    paints = []
    for _ in range(2):  # the machine may be busy once
        opened = shown(pages[name])
        paints.append(opened.evaluate(FIRST_PAINT))
    assert min(paints) < 2000
    assert opened.asked == [opened.url]  # type: ignore[attr-defined]


def test_no_foreign_code_runs_and_nothing_leaves_its_place(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["hostile"])
    opened.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    for mark in opened.locator(".line a").all():
        mark.hover()
    assert opened.locator(".tip").is_visible()
    assert opened.evaluate("[typeof window.hacked, document.images.length, document.scripts.length]") == [
        "undefined",
        0,
        1,
    ]
    # What somebody adds is refused, too.
    refused = opened.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.hacked = 1";
            document.body.append(script);
        })"""
    )
    assert refused == "script-src-elem"
    assert "Content Security Policy" in opened.said.pop()  # type: ignore[attr-defined]
    assert opened.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.parametrize(("colours", "width"), [("light", 1000), ("dark", 1000), ("light", 400)])
@pytest.mark.parametrize("name", ["small", "hostile", "many", "many hostile"])
def test_axe_finds_nothing(shown: Shown, pages: dict[str, str], name: str, colours: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = shown(pages[name], colours=colours, width=width)
    opened.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    violations = Axe().run(opened).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in violations] == []


@pytest.mark.parametrize("width", [320, 400, 1000, 1600])
@pytest.mark.parametrize("name", [*PAGES, "many", "many hostile"])
def test_it_fits_its_window(shown: Shown, pages: dict[str, str], name: str, width: int) -> None:
    opened = shown(pages[name], width=width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_a_mark_tells_what_it_stands_for(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"])
    mark = opened.get_by_label("0004_half: partial, 1 of 2 operations done")
    mark.hover()
    tip = opened.get_by_role("tooltip")
    assert tip.inner_text().split("\n")[0] == "0004_half"
    assert "partial: not recorded, and some of it is in the database" in tip.inner_text()
    assert "absent" in tip.inner_text()
    opened.keyboard.press("Escape")
    assert not tip.is_visible()
    mark.click()
    row = opened.locator("tr:target")
    assert row.is_visible()
    assert row.locator("th").inner_text() == "0004_half"


def test_the_keyboard_goes_along_a_line(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"])
    first = opened.get_by_label("0001_initial: applied", exact=True)
    first.focus()
    for _ in range(2):
        opened.keyboard.press("ArrowRight")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert opened.evaluate(focused) == "0003_present: present"
    assert opened.get_by_role("tooltip").is_visible()
    opened.keyboard.press("End")
    assert opened.evaluate(focused) == "0006_to_come: pending"
    opened.keyboard.press("Tab")
    assert opened.evaluate(focused) == "0001_gone: orphaned"  # a line is one stop: this is the next one


def test_a_command_and_all_of_the_sql_can_be_copied(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"])
    opened.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    opened.get_by_label("Copy manage.py schemaguard reconcile --on-conflict alter").first.click()
    opened.get_by_text("Copied", exact=True).wait_for()
    assert opened.evaluate("copied") == "manage.py schemaguard reconcile --on-conflict alter"
    opened.get_by_text("Copy all 7 statements").click()
    assert opened.evaluate("copied") == "\n".join(['ALTER TABLE "users" ADD "email" text;'] * 7)


def test_words_find_some_of_many_findings(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["large"])
    opened.get_by_label("Filter").fill("app3_table_number_27 wrong")
    assert opened.locator(".filter [role=status]").inner_text() == "2 of 300"  # 27 and 279
    assert opened.locator("#findings .group:visible h3").first.inner_text() == "app3.0027_change"
    opened.get_by_label("Filter").fill("")
    assert opened.locator("#findings .finding:visible").count() == 300


def test_a_target_is_found_by_its_name(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["many"])
    opened.get_by_label("Filter").fill("tenant_00812")
    rows = opened.locator("#targets tbody tr:visible")
    assert rows.count() == 1
    assert rows.first.locator("td").first.inner_text() == "pending"
    opened.get_by_label("Filter").fill("")
    assert rows.count() == 5
    opened.get_by_role("link", name="809 alike").click()
    assert opened.evaluate("location.hash") == "#g1"


def test_the_colours_are_those_of_the_system_or_the_chosen_ones(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"], colours="dark")
    toggle = opened.locator("button.theme")
    seen = []
    for _ in range(4):
        seen.append(
            (toggle.get_attribute("aria-label"), opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        )
        toggle.click()
    dark, light = "rgb(18, 19, 21)", "rgb(247, 247, 245)"
    assert seen == [
        ("Colours: as the system has them", dark), ("Colours: light", light), ("Colours: dark", dark),
        ("Colours: as the system has them", dark),
    ]  # fmt: skip


def test_without_a_script_everything_can_be_read(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"], script=False)
    assert opened.locator("h1").inner_text() == "Conflict"
    assert opened.locator("button:visible").count() == 0
    opened.get_by_text("All migrations and their operations, as a table").click()
    assert opened.locator("#m15").is_visible()


def test_on_paper_everything_is_open(shown: Shown, pages: dict[str, str]) -> None:
    opened = shown(pages["small"])
    opened.emulate_media(media="print")
    assert opened.locator("#m15").is_visible()
    assert not opened.locator(".bar").is_visible()
    assert len(opened.pdf()) > 10_000


def test_an_answer_that_all_is_well_is_short(shown: Shown) -> None:
    opened = shown(page(diagnosis(migrations=tuple(migration(f"a.{number:04}") for number in range(9)))))
    headings = [each.inner_text() for each in opened.get_by_role("heading").all()]
    assert headings == ["In sync", "Where the database stands", "Findings"]
    assert opened.get_by_text("9 migrations: all of them are recorded, and in the database.").is_visible()
    landmarks: list[Any] = [opened.get_by_role(role) for role in ("banner", "navigation", "main", "contentinfo")]
    assert [each.count() for each in landmarks] == [1, 1, 1, 1]
