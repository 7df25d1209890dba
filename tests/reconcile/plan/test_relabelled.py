"""An app whose label was changed in code alone: one finding, and what it says mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import AppSource, Database, Project, make_project, migration
from tests.shop import dump, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

KEY = '("id", models.BigAutoField(primary_key=True)),'
INITIAL = f"""
    migrations.CreateModel("Choice", [{KEY} ("name", models.CharField(max_length=9, db_index=True))]),
    migrations.CreateModel("Question", [{KEY} ("choices", models.ManyToManyField("APP.choice"))]),
"""
SLUG = 'migrations.AddField("question", "slug", models.CharField(max_length=9, null=True)),'
SAID = "the app polls is called votes now, and its records and tables have the old label"
TABLES = ("choice", "question", "question_choices")
STATEMENTS = (
    *(f'ALTER TABLE "polls_{table}" RENAME TO "votes_{table}"' for table in TABLES),
    "UPDATE \"django_migrations\" SET app = 'votes' WHERE app = 'polls'",
)
WAY = f"{'; '.join(STATEMENTS)}; then manage.py schemaguard reconcile"


def app(label: str) -> dict[str, AppSource]:
    slug = migration(SLUG, after=[(label, "0001_initial")])
    return {label: {"migrations": {"0001_initial": migration(INITIAL.replace("APP", label)), "0002_slug": slug}}}


@pytest.fixture
def votes(tmp_path: Path, database: Database) -> Project:
    project = make_project(tmp_path / "before", apps=app("polls"), database=database)
    project.manage("migrate").expect(0)
    database.script(
        "INSERT INTO polls_choice (name) VALUES ('a'), ('b'); INSERT INTO polls_question (slug) VALUES ('q')"
    )
    return make_project(tmp_path / "after", apps=app("votes"), database=database)


def test_the_cause_is_the_one_finding_and_its_hint_mends(votes: Project) -> None:
    found = votes.manage("schemaguard", "check", "--format", "json").expect(1).json
    (finding,) = [each for each in found["findings"] if each["code"] != "SG106"]
    assert (found["verdict"], finding["code"], finding["level"]) == ("conflict", "SG209", "error")
    assert (finding["message"], finding["hint"]) == (
        f"{SAID} (polls_choice, polls_question, polls_question_choices): migrate would make empty tables beside them",
        WAY,
    )
    for statement in STATEMENTS:
        votes.database.execute(statement)
    reconcile(votes)
    found = votes.manage("schemaguard", "check", "--format", "json").json
    assert (found["verdict"], {each["code"] for each in found["findings"]}) == ("in_sync", {"SG106"})
    assert votes.database.execute("SELECT name FROM votes_choice ORDER BY 1") == [("a",), ("b",)]


def test_nothing_is_made_beside_it(votes: Project) -> None:
    before = dump(votes.database)
    stopped = votes.manage("migrate").expect(1)
    assert f"votes.0001_initial is to run: {SAID}\n    {WAY}" in stopped.err
    for options in ((), ("--prune", "--migrate", "--on-conflict", "alter", "--accept-data-loss")):
        assert refused(votes, *options) == f"{SAID}: {WAY}; nothing was changed"
    assert dump(votes.database) == before


def test_tables_of_other_columns_are_another_app_s(votes: Project) -> None:
    votes.database.script(
        "ALTER TABLE polls_choice RENAME COLUMN name TO x; ALTER TABLE polls_question RENAME COLUMN slug TO x;"
        "ALTER TABLE polls_question_choices RENAME COLUMN choice_id TO x"
    )
    found = votes.manage("schemaguard", "check", "--format", "json").json
    assert "SG209" not in {each["code"] for each in found["findings"]}
