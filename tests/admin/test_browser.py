"""The page in the admin as a person uses it: in a real browser, on a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.admin.conftest import break_and_mend
from tests.harness.commands import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.harness import Project

pytestmark = pytest.mark.long

pytest.importorskip("playwright", reason="playwright is not installed")


@pytest.fixture
def address(project: Project) -> Iterator[str]:
    """Where the project's own server answers."""
    break_and_mend(project)
    project.database.execute('CREATE TABLE "<img src=x onerror=alert(1)>" (id integer)')
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", "--insecure", f"127.0.0.1:{port}"],
        cwd=project.path, env=environment(project.database, "project_settings"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/admin/login/", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(url, timeout=5).close()  # noqa: S310 (our own server)
        except OSError:
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)
        else:
            return


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Fails the test where a script of the page, or of a name in it, has anything to say."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(120_000)  # milliseconds: the machine may be busy with the other tests
    context.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # the project has none
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    yield page
    context.close()
    assert said == []


def log_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", name)
    page.click("input[type=submit]")


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds in our part of the page; the rest is Django's."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = Axe().run(page, context="#content-main").response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


def test_a_check_is_run_and_its_report_and_the_journal_are_read(address: str, page: Page) -> None:
    log_in(page, address, "runner")
    page.click("text=Schema checks")
    assert "There is no check yet" in page.inner_text("#content-main")

    page.click("text=Run a check")
    assert page.inner_text(".verdict") == "reconcilable"
    assert "SG203" in page.inner_text("#content-main table")
    assert "<img src=x onerror=alert(1)>" in page.inner_text("#content-main table")
    assert page.locator("#content-main table img").count() == 0

    assert violations(page) == []
    if folder := os.environ.get("SCHEMAGUARD_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/admin.png", full_page=True)
    with page.expect_popup() as opened:
        page.click("text=The whole report")
    report = opened.value
    report.wait_for_load_state()
    assert "SG203" in report.inner_text("body")
    assert report.evaluate("self.origin") == "null"  # whatever runs there has nothing of the admin's
    report.close()

    page.goto(f"{address}/admin/schemaguard/schemacheck/")  # the last check, kept
    assert page.inner_text(".verdict") == "reconcilable"
    page.click("#journal + div a")
    assert page.inner_text("#content h1") == "Journal entry 1"
    if folder := os.environ.get("SCHEMAGUARD_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/entry.png", full_page=True)
    assert "What was seen" in page.inner_text("#content-main")
    assert violations(page) == []
    page.click(".breadcrumbs >> text=Schema checks")
    assert page.url.endswith("/admin/schemaguard/schemacheck/")


def test_who_may_only_look_finds_no_button(address: str, page: Page) -> None:
    log_in(page, address, "viewer")
    page.click("text=Schema checks")
    assert page.locator("input[type=submit]").count() == 0
