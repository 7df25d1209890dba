"""`migrate` behaves with this app as it does without: the same codes, words, records and schema at every step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.guard.like_django import STORIES, Files, Run, Sql, Story
from tests.harness import Project, Result, Server, catalog_dump, make_project, records, rows

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = re.compile(r" \(\d+\.\d+s\)")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
def test_the_same_with_the_app_and_without(story: Story, server: Server, tmp_path: Path) -> None:
    labels = list(story.apps)
    with server.fresh() as one, server.fresh() as two:
        alone = make_project(tmp_path / "x", apps=story.apps, settings={"INSTALLED_APPS": labels}, database=one)
        guarded = make_project(tmp_path / "y", apps=story.apps, database=two)
        for step in story.steps:
            match step:
                case Run():
                    _compare(step, alone, guarded)
                case Sql(text=text):
                    one.execute(text)
                    two.execute(text)
                case Files():
                    _write(step, alone)
                    _write(step, guarded)
            assert catalog_dump(two) == catalog_dump(one), step
            assert records(two) == records(one), step
            assert _counts(guarded) == _counts(alone), step


def _compare(step: Run, alone: Project, guarded: Project) -> None:
    expected = alone.manage(*step.argv).expect(step.code)
    actual = guarded.manage(*step.argv).expect(step.code)
    if step.stops:
        assert "it was stopped before its first statement, and nothing was changed" in actual.err
        return
    assert _said(actual) == _said(expected)
    assert _failed(actual) == _failed(expected)


def _said(result: Result) -> str:
    """Django names every app without migrations, ours among them."""
    return SECONDS.sub("", result.out).replace("schemaguard, ", "").replace(", schemaguard", "")


def _failed(result: Result) -> list[str]:
    """What stands on stderr, the frames of a traceback aside."""
    return [line for line in result.err.splitlines() if not line.startswith((" ", "usage:"))]


def _write(step: Files, project: Project) -> None:
    for name, text in step.files.items():
        if text is None:
            (project.path / "zoo" / f"{name}.py").unlink()
        else:
            project.write(f"zoo/{name}.py", text)


def _counts(project: Project) -> dict[str, str]:
    """Records bear the time at which they were made: only how many there are can be the same."""
    found = rows(project.database)
    return {table: text.split()[0] if table == "django_migrations" else text for table, text in found.items()}
