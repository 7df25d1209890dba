"""Further reports, and the baseline, of a real check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [("id", models.BigAutoField(primary_key=True, serialize=False)), ("age", models.IntegerField())],
    ),
    """
)
MODELS = """
from django.db import models


class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    age = models.IntegerField()
"""


@pytest.fixture
def project(tmp_path: Path, sqlite_database: Database) -> Project:
    apps = {"shop": {"migrations": {"0001_initial": INITIAL}, "models": MODELS}}
    project = make_project(tmp_path, apps=apps, database=sqlite_database)
    project.manage("migrate").expect(0)
    return project


def check(project: Project, *argv: str, code: int) -> str:
    return project.manage("schemaguard", "check", *argv).expect(code).out


def test_several_reports_of_one_check(project: Project, tmp_path: Path) -> None:
    project.database.execute("ALTER TABLE shop_user DROP COLUMN age")
    reports = [f"--report={name}={tmp_path / name}" for name in ("json", "sarif", "junit", "markdown", "gitlab")]
    assert check(project, "--format", "github", *reports, code=1).startswith(
        "::error file=shop/migrations/0001_initial.py,line="
    )
    assert json.loads((tmp_path / "json").read_text())["verdict"] == "reconcilable"
    assert json.loads((tmp_path / "sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "SG203"
    assert 'failures="1"' in (tmp_path / "junit").read_text()
    assert (tmp_path / "markdown").read_text().startswith("### ❌ schemaguard: reconcilable\n")
    assert json.loads((tmp_path / "gitlab").read_text())[0]["check_name"] == "SG203"


def test_a_finding_without_a_migration_points_at_its_model(project: Project) -> None:
    project.database.execute("ALTER TABLE shop_user ADD COLUMN strange integer")
    (finding,) = json.loads(check(project, "--format", "json", code=0))["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == ("SG205", "shop/models.py", 4)


def test_a_baseline_leaves_out_what_it_knows_and_nothing_else(project: Project, tmp_path: Path) -> None:
    baseline = str(tmp_path / "baseline.json")
    project.database.execute("ALTER TABLE shop_user DROP COLUMN age")
    check(project, "--write-baseline", baseline, code=1)
    assert "1 finding of the baseline\n" in check(project, "--baseline", baseline, code=0)

    project.database.execute("ALTER TABLE shop_user ADD COLUMN strange varchar(9)")
    check(project, "--baseline", baseline, code=0)
    assert "strange" in check(project, "--baseline", baseline, "--fail-level", "warning", code=1)

    project.database.execute("ALTER TABLE shop_user DROP COLUMN strange")
    project.database.execute("ALTER TABLE shop_user ADD COLUMN age integer NOT NULL DEFAULT 1")
    assert "1 finding of the baseline is gone" in check(project, "--baseline", baseline, code=0)


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            ["--report", "sarif"],
            "--report 'sarif': give it as FORMAT=FILE, for example --report sarif=schemaguard.sarif",
        ),
        (
            ["--report", "pdf=x"],
            "--report 'pdf': there are text, json, markdown, github, gitlab, sarif, junit, openmetrics, html",
        ),
        (["--baseline", "nowhere.json"], "cannot read the baseline nowhere.json: no such file or directory"),
        (["--root", "nowhere"], "--root nowhere: there is no such folder"),
        (["--write-baseline", "."], None),
    ],
)
def test_bad_input_is_one_line(project: Project, argv: list[str], line: str | None) -> None:
    result = project.manage("schemaguard", "check", *argv).expect(2)
    assert result.out == ""
    if line is not None:
        assert result.err == f"schemaguard: {line}\n"
    else:
        assert result.err.endswith(": it is a directory\n")
