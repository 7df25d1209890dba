"""The pages show what really happens: every scene of every page is carried out, and its outputs are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import pytest

from tests.documentation.pages import DOCS, Scene, blocks_not_run, pages, scenes
from tests.documentation.perform import perform, same
from tests.harness.servers import Mysql

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
    if "mariadb alone" in scene.what and not is_mariadb(server):
        pytest.skip("shows what MariaDB says, and this is MySQL")
    for step, printed in perform(scene, server, tmp_path):
        if step.compared:
            assert same(step.shown, printed), f"{step.typed}\n--- printed:\n{printed}\n--- shown:\n{step.shown}"


def is_mariadb(server: Server) -> bool:
    assert isinstance(server, Mysql)
    ((version,),) = server.admin.execute("SELECT version()")
    return "mariadb" in str(version).lower()


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
