"""What the repository offers to CI servers: valid by their own schemas, and run as they run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from tests.harness import Database, Project

ROOT = Path(__file__).parents[2]
ACTION, TEMPLATE = ROOT / "action.yml", ROOT / "templates" / "schemaguard.gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
MODELS = """
from django.db import models


class User(models.Model):
    id = models.AutoField(primary_key=True)
"""
INITIAL = migration(
    'migrations.CreateModel("User", [("id", models.AutoField(primary_key=True, serialize=False))]),',
)


@pytest.fixture
def project(tmp_path: Path, sqlite_database: Database) -> Project:
    """One whose records are lost."""
    apps = {"shop": {"migrations": {"0001_initial": INITIAL}, "models": MODELS}}
    project = make_project(tmp_path / "project", apps=apps, database=sqlite_database)
    project.manage("migrate").expect(0)
    project.database.execute("DELETE FROM django_migrations")
    return project


@pytest.mark.parametrize(("file", "schema"), [(ACTION, "github-actions"), (TEMPLATE, "gitlab-ci")])
def test_it_is_valid_by_the_schema_of_its_server(file: Path, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_script(project: Project, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    environment = {
        **os.environ, **project.database.environment, **variables,
        "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "project_settings",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }  # fmt: skip
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=project.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def action_step(**given: str) -> tuple[str, dict[str, str]]:
    """The script of the action, and the variables that GitHub would set for these inputs."""
    action: Any = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    (step,) = action["runs"]["steps"]
    defaults = {name: str(each["default"]) for name, each in action["inputs"].items()}
    assert given.keys() <= defaults.keys()
    inputs = {f"${{{{ inputs.{name} }}}}": value for name, value in {**defaults, **given}.items()}
    assert "${{" not in step["run"]  # an input is never a part of the script
    return step["run"], {name: inputs[value] for name, value in step["env"].items()}


def test_the_action_annotates_summarises_and_fails(project: Project, tmp_path: Path) -> None:
    script, variables = action_step()
    files = {"GITHUB_STEP_SUMMARY": tmp_path / "summary", "GITHUB_OUTPUT": tmp_path / "output"}
    done = run_script(project, script, **variables, **{name: str(path) for name, path in files.items()})
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=shop/migrations/0001_initial.py,line=")
    assert files["GITHUB_STEP_SUMMARY"].read_text().startswith("### ❌ schemaguard: reconcilable")
    assert files["GITHUB_OUTPUT"].read_text() == "exit-code=1\n"
    assert json.loads((project.path / "schemaguard.sarif").read_text())["version"] == "2.1.0"
    assert (project.path / "schemaguard.html").read_text().lower().startswith("<!doctype html>")


def test_an_input_is_no_script(project: Project, tmp_path: Path) -> None:
    given = {"database": 'x"; touch broken; echo "$(touch broken)', "args": "--verbosity 0 $(touch broken)"}
    script, variables = action_step(**given)
    outputs = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    assert run_script(project, script, **variables, **outputs).returncode == 2
    assert not (project.path / "broken").exists()


def test_the_job_of_gitlab_writes_its_artifacts(project: Project) -> None:
    job: Any = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))[".schemaguard"]
    done = run_script(project, "\n".join(job["script"]), **job["variables"])
    assert done.returncode == 1, done.stderr
    files = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert [name for name in files if not (project.path / name).exists()] == []


@pytest.mark.parametrize("hook", yaml.safe_load(HOOKS.read_text(encoding="utf-8")), ids=lambda hook: hook["id"])
def test_a_hook_runs_from_the_folder_of_manage_py(project: Project, hook: dict[str, Any]) -> None:
    project.manage("schemaguard", "snapshot", "schema.json").expect(0)
    assert hook["language"] == "system"  # in the environment of the project: it needs the project's own Django
    command = " ".join([hook["entry"], *hook.get("args", ())])
    assert run_script(project, command).returncode == (1 if hook["id"] == "schemaguard-check" else 0)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert run_script(project, command).returncode == 0
