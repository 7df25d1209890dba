"""The page in the admin, asked by Django's test client within the project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.conftest import break_and_mend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.harness import Project

Answer = tuple[int, str, dict[str, str]]
HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e"
PAGE = "/admin/schemaguard/schemacheck/"
PROBE = """
import json
from django.contrib.auth.models import User
from django.test import Client
answers = []
for name, method, path in json.loads(WANTED):
    client = Client(enforce_csrf_checks=method == "forged")
    if name:
        client.force_login(User.objects.get(username=name))
    response = getattr(client, "get" if method == "get" else "post")(path)
    answers.append([response.status_code, response.content.decode(), dict(response.headers)])
print("ANSWERS" + json.dumps(answers))
"""


def ask(project: Project, *wanted: tuple[str, str, str], options: Sequence[str] = ()) -> list[Answer]:
    """(status, text, headers) for each (user, method, path), one after the other in one process."""
    program = f"WANTED = {json.dumps(wanted)!r}\n{PROBE}"
    out = project.manage("shell", "--verbosity", "0", "--command", program, *options).expect(0).out
    found: Any = json.loads(out.partition("ANSWERS")[2])
    return [tuple(each) for each in found]


def statuses(project: Project, *wanted: tuple[str, str, str]) -> list[int]:
    return [status for status, *_ in ask(project, *wanted)]


def test_who_may_see_and_who_may_run(project: Project) -> None:
    people = ("", "guest", "nobody", "viewer", "runner", "root")
    # Who is not of the staff is sent to the page where one logs in.
    assert statuses(project, *((name, "get", PAGE) for name in people)) == [302, 302, 403, 200, 200, 200]
    assert statuses(project, *((name, "post", f"{PAGE}run/") for name in people)) == [302, 302, 403, 403, 200, 200]
    assert statuses(project, *((name, "get", f"{PAGE}report/") for name in people)) == [302, 302, 403, 404, 404, 404]
    assert statuses(project, *((name, "get", f"{PAGE}journal/1/") for name in people[:3])) == [302, 302, 403]


def test_the_button_is_for_those_who_may(project: Project) -> None:
    (_, seen, _), (_, run, _), (_, index, _) = ask(
        project, ("viewer", "get", PAGE), ("runner", "get", PAGE), ("nobody", "get", "/admin/")
    )
    assert "Run a check" in run
    assert "Run a check" not in seen
    assert PAGE not in index


def test_a_check_is_run_by_a_post_that_is_not_forged(project: Project) -> None:
    assert statuses(
        project, ("root", "get", f"{PAGE}run/"), ("root", "forged", f"{PAGE}run/"), ("root", "post", f"{PAGE}run/")
    ) == [302, 403, 200]


def test_before_anything_was_done(project: Project) -> None:
    """There is no journal yet, and looking makes none."""
    ((_, text, _),) = ask(project, ("root", "get", PAGE))
    assert "There is no check yet" in text
    assert "No entries" in text
    assert project.database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'schemaguard%'") == []


def test_the_last_check_with_its_report(project: Project) -> None:
    break_and_mend(project)
    answers = ask(
        project, ("root", "post", f"{PAGE}run/"), ("viewer", "get", PAGE), ("viewer", "get", f"{PAGE}report/")
    )
    for _, text, _ in answers[:2]:
        assert "<strong>reconcilable</strong>" in text
        assert "SG203" in text
        assert "by root" in text
        assert "redo <code>shop.0001_initial</code>" in text
    status, report, headers = answers[2]
    assert status == 200
    assert "SG203" in report
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["X-Frame-Options"] == "DENY"


def test_the_journal_with_its_evidence(project: Project) -> None:
    break_and_mend(project)
    (_, text, _), (status, entry, _), *others = ask(
        project, ("viewer", "get", PAGE), ("viewer", "get", f"{PAGE}journal/1/"),
        ("viewer", "get", f"{PAGE}journal/2/"), ("viewer", "get", f"{PAGE}journal/{2**64}/"),
        ("viewer", "get", f"{PAGE}?before=x"), ("viewer", "get", f"{PAGE}?before={2**70}"),
    )  # fmt: skip
    assert f'<a href="{PAGE}journal/1/">1</a>' in text
    assert "fake <code>shop.0001_initial</code>" in text
    assert status == 200
    assert "What was seen" in entry
    assert "shop_user" in entry
    assert [each[0] for each in others] == [404, 404, 200, 200]


def test_everything_from_outside_is_text(project: Project) -> None:
    project.database.execute(f'CREATE TABLE "{HOSTILE}" (id integer)')
    break_and_mend(project)
    project.database.execute(
        "UPDATE schemaguard_journal SET host = ?, steps = replace(steps, 'shop', ?)",
        [HOSTILE, json.dumps(HOSTILE)[1:-1]],
    )
    answers = ask(project, ("root", "post", f"{PAGE}run/"), ("root", "get", f"{PAGE}journal/1/"))
    for _, text, _ in answers:
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_damaged_journal_hides_no_more_than_itself(project: Project) -> None:
    break_and_mend(project)
    project.database.execute("UPDATE schemaguard_journal SET steps = '{'")
    (_, text, _), (status, entry, _) = ask(project, ("root", "get", PAGE), ("root", "get", f"{PAGE}journal/1/"))
    assert "entry 1 of the journal is damaged" in text
    assert (status, "is damaged" in entry) == (200, True)
    project.database.script("DROP TABLE schemaguard_journal; CREATE TABLE schemaguard_journal (id integer)")
    answers = ask(project, ("root", "get", PAGE), ("root", "get", f"{PAGE}journal/1/"))
    assert [(status, "the journal is damaged" in text) for status, text, _ in answers] == [(200, True)] * 2


def test_a_check_that_cannot_be_made_says_why(project: Project) -> None:
    path = project.write("shop/migrations/0002_bad.py", "raise RuntimeError('no')")
    try:
        ((status, text, _),) = ask(project, ("root", "post", f"{PAGE}run/"))
    finally:
        path.unlink()
    assert status == 200
    assert "The check could not be made: " in text


def test_there_is_no_such_database(project: Project) -> None:
    assert statuses(project, ("root", "get", f"{PAGE}?database=nobody"), ("root", "post", f"{PAGE}run/?database=")) == [
        404, 404,
    ]  # fmt: skip


def test_no_table_and_no_migration_and_nothing_to_dump(project: Project) -> None:
    assert "No changes detected" in project.manage("makemigrations", "--check", "--dry-run").expect(0).out
    assert project.manage("dumpdata", "schemaguard").expect(0).out.strip() == "[]"
    project.manage("dumpdata", "--all").expect(0)
    project.manage("migrate", "--run-syncdb", "--verbosity", "0").expect(0)
    assert project.database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'schemaguard%'") == []
    assert (
        project.manage("schemaguard", "check", "--fail-level", "warning", "--verbosity", "2").expect(0).out.count("\n")
        == 1
    )


def test_each_database_has_a_page(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    other.touch()
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(other)}
    settings = project.write("two.py", f"from project_settings import *\n\nDATABASES['the other'] = {entry!r}\n")
    query = "?database=the+other"
    try:
        (_, first, _), (_, second, _), (_, run, _), (status, *_) = ask(
            project, ("root", "get", PAGE), ("root", "get", PAGE + query), ("root", "post", f"{PAGE}run/{query}"),
            ("root", "get", f"{PAGE}report/"), options=["--settings", "two"],
        )  # fmt: skip
    finally:
        settings.unlink()
    assert "Last check of default" in first
    assert 'href="?database=the%20other"' in first
    assert "Last check of the other" in second
    assert f'action="{PAGE}run/{query}"' in second
    assert "<strong>pending</strong>" in run
    assert status == 404  # of the default there is none


@pytest.mark.parametrize("path", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_there_is_nothing_to_change(project: Project, path: str) -> None:
    assert statuses(project, ("root", "get", PAGE + path)) == [404]
