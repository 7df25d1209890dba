"""The pages show what really happens: every scene of every page is carried out, and its outputs are compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import django
import pytest

from tests.documentation.pages import DOCS, Scene, blocks_not_run, pages, scenes
from tests.documentation.perform import perform, same
from tests.harness.servers import Mysql
from tests.harness.vendors import is_mariadb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Server

SCENES = [
    pytest.param(scene, id=str(scene), marks=[pytest.mark.mysql] if scene.vendor == "mysql" else [])
    for page in pages()
    for scene in scenes(page)
]


@pytest.mark.skipif(django.VERSION < (5, 2), reason="the pages show the words of Django 5.2 and later")
@pytest.mark.parametrize("scene", SCENES)
def test_a_page_shows_what_happens(scene: Scene, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server: Server = request.getfixturevalue({"postgresql": "postgres"}.get(scene.vendor, scene.vendor))
    release = re.search(r"mariadb( [\d.]+)? alone", scene.what)
    if release and not is_mariadb(version(server), *map(int, (release[1] or "0").split("."))):
        pytest.skip(f"shows what another server says than {version(server)}")
    for step, printed in perform(scene, server, tmp_path):
        if step.compared:
            assert same(step.shown, printed), f"{step.typed}\n--- printed:\n{printed}\n--- shown:\n{step.shown}"


def version(server: Server) -> str:
    assert isinstance(server, Mysql)
    return str(server.admin.execute("SELECT version()")[0][0])


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_no_console_is_shown_that_is_not_run(page: Path) -> None:
    assert blocks_not_run(page) == []


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nd", True),
        ("a\n…", "a\nb", True),
        ("…\nd", "a\nd", True),
        ("a … c", "a b c", True),
        ("a … c", "a\nc", False),
        ("default (postgresql 18.6, shop)", "default (postgresql 15.20, shop)", True),
        ("default (postgresql 18.6, shop)", "default (sqlite 3.40.1, shop)", False),
    ],
)
def test_what_a_page_may_leave_out(shown: str, printed: str, expected: bool) -> None:
    assert same(shown, printed) is expected
