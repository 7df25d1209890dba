"""From the built wheel in an empty environment to a failing annotation and the reports: two commands of a newcomer."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 600
BIN = "Scripts" if os.name == "nt" else "bin"
MODELS = {
    "blog": """
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)
""",
    "shop": """
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=80)
    seller = models.ForeignKey("blog.Author", models.CASCADE)
""",
}
UNREACHABLE = ("No matching distribution", "Could not find a version", "Connection", "Temporary failure")

pytestmark = pytest.mark.long


def run(command: list[str], folder: Path, code: int = 0) -> str:
    """Standard output. Nothing of this environment is seen: no PYTHONPATH, no settings."""
    ours = ("PYTHON", "DJANGO", "SCHEMAGUARD")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=SECONDS, encoding="utf-8"
    )
    if done.returncode != code and any(each in done.stderr for each in UNREACHABLE):
        pytest.skip(f"packages cannot be fetched here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], folder)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_what_is_no_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (points,) = (archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert "schemaguard = schemaguard.testing.plugin" in points
    assert {
        "schemaguard/templates/admin/schemaguard/overview.html",
        "schemaguard/static/schemaguard/admin.css",
    } <= names
    assert "schemaguard/py.typed" in names
    package = {path.relative_to(ROOT).as_posix() for path in files(ROOT / "schemaguard")}
    assert package - names == set()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"schemaguard"}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_a_newcomer_has_an_annotation_and_the_reports_after_two_commands(wheel: Path, tmp_path: Path) -> None:
    run([sys.executable, "-m", "venv", "env"], tmp_path)
    python = str(tmp_path / "env" / BIN / "python")
    project = made_project(python, tmp_path / "site")

    # The first command, and a line in the settings.
    run([python, "-m", "pip", "install", "--quiet", str(wheel)], tmp_path)
    with (project / "config" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write('\nINSTALLED_APPS += ["schemaguard"]\n')
    # The second.
    reports = {name: project / f"schema.{name}" for name in ("sarif", "markdown", "html")}
    asked = [f"--report={name}={path}" for name, path in reports.items()]
    out = run([python, "manage.py", "schemaguard", "check", "--format", "github", *asked], project, code=1)

    assert out.startswith("::error file=shop/migrations/0001_initial.py,line=")
    assert "title=SG101 migration unrecorded::" in out
    sarif: Any = json.loads(reports["sarif"].read_text(encoding="utf-8"))
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("SG101", "error")
    where = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert where == "shop/migrations/0001_initial.py"
    assert reports["markdown"].read_text(encoding="utf-8").startswith("### ❌ schemaguard: reconcilable")
    assert "SG101" in reports["html"].read_text(encoding="utf-8")

    # And what the reports propose mends it.
    run([python, "manage.py", "schemaguard", "reconcile", "--noinput"], project)
    run([python, "manage.py", "schemaguard", "check", "--fail-level", "warning"], project)
    run([python, "manage.py", "check", "--fail-level", "WARNING"], project)

    # The plugin is found by pytest, and fails a session over a model without a migration.
    run([python, "-m", "pip", "install", "--quiet", "pytest", "pytest-django"], tmp_path)
    (project / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = config.settings\n", encoding="utf-8")
    (project / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
    run([python, "-m", "pytest", "--schemaguard"], project)
    with (project / "shop" / "models.py").open("a", encoding="utf-8") as models:
        models.write("    price = models.IntegerField(default=0)\n")
    assert "SG106" in run([python, "-m", "pytest", "--schemaguard"], project, code=1)


def made_project(python: str, folder: Path) -> Path:
    """startproject, two apps, migrated; then the record of one app is lost."""
    folder.mkdir()
    run([python, "-m", "pip", "install", "--quiet", "django"], folder)
    run([python, "-m", "django", "startproject", "config", "."], folder)
    for label, source in MODELS.items():
        run([python, "manage.py", "startapp", label], folder)
        (folder / label / "models.py").write_text(source, encoding="utf-8")
    with (folder / "config" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(f"\nINSTALLED_APPS += {list(MODELS)!r}\n")
    run([python, "manage.py", "makemigrations", "--verbosity", "0"], folder)
    run([python, "manage.py", "migrate", "--verbosity", "0"], folder)
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    return folder
