"""What somebody gets who installs the built wheel into an empty environment (`make package`)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

WHEEL = "SCHEMAGUARD_TEST_WHEEL"
pytestmark = pytest.mark.skipif(not os.environ.get(WHEEL), reason=f"{WHEEL} names no wheel: make package")
MODELS = """
from django.db import models


class {model}(models.Model):
    name = models.CharField(max_length=40)
"""
LOSE = (
    "from django.db.migrations.recorder import MigrationRecorder as R; R.Migration.objects.filter(app='stock').delete()"
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel, and what the wheel asks for."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(folder, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel())
    return python


def wheel() -> str:
    return str(Path(os.environ[WHEEL]).resolve())


def run(folder: Path, *argv: str | Path, code: int = 0) -> str:
    """Runs a command without anything of this environment; returns its standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO"))}
    done = subprocess.run(
        [str(word) for word in argv], cwd=folder, env=kept, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def newcomer(folder: Path, python: Path) -> None:
    """A project of `startproject`, with two apps, whose database has lost the records of one."""
    run(folder, python, "-m", "django", "startproject", "project", ".")
    for app, model in (("shop", "Customer"), ("stock", "Shelf")):
        run(folder, python, "manage.py", "startapp", app)
        (folder / app / "models.py").write_text(MODELS.format(model=model), encoding="utf-8")
    settings = folder / "project" / "settings.py"
    settings.write_text(
        settings.read_text(encoding="utf-8") + 'INSTALLED_APPS += ["shop", "stock", "schemaguard"]\n', encoding="utf-8"
    )
    run(folder, python, "manage.py", "makemigrations")
    run(folder, python, "manage.py", "migrate")
    run(folder, python, "manage.py", "shell", "-c", LOSE)
    (folder / ".git").mkdir()


def test_the_wheel_brings_no_driver_and_no_test(python: Path, tmp_path: Path) -> None:
    listed = run(tmp_path, python, "-m", "pip", "list", "--format", "json")
    names = {entry["name"].lower() for entry in json.loads(listed)}
    assert "django-schemaguard" in names
    assert not names & {"psycopg", "psycopg2", "mysqlclient", "pytest", "sphinx"}
    run(tmp_path, python, "-c", "import schemaguard, importlib.resources as r; assert r.files(schemaguard)")
    run(tmp_path, python, "-c", "import tests", code=1)


def test_a_newcomer_has_every_report_after_two_commands(python: Path, tmp_path: Path) -> None:
    newcomer(tmp_path, python)
    command = ["manage.py", "schemaguard", "check"]
    assert "1 error" in run(tmp_path, python, *command, code=1)
    reports = [f"--report={name}" for name in ("sarif=a.sarif", "markdown=a.md", "html=a.html")]

    annotations = run(tmp_path, python, *command, "--format", "github", *reports, code=1)

    assert re.search(r"^::error file=stock/migrations/0001_initial\.py,line=\d+", annotations, re.MULTILINE), (
        annotations
    )
    (result,) = json.loads((tmp_path / "a.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["ruleId"] == "SG101"
    assert "stock" in (tmp_path / "a.md").read_text(encoding="utf-8")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_and_is_mended_after_the_third(python: Path, tmp_path: Path) -> None:
    newcomer(tmp_path, python)
    run(tmp_path, python, "manage.py", "migrate", code=1)
    run(tmp_path, python, "manage.py", "schemaguard", "reconcile", "--noinput")
    assert "in sync" in run(tmp_path, python, "manage.py", "schemaguard", "check")
    run(tmp_path, python, "manage.py", "migrate")
