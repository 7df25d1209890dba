"""What a command does not use, it does not import: extras cost nothing to who does not ask for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.harness import make_project, migration
from tests.harness.commands import environment

if TYPE_CHECKING:
    from tests.harness import Database

INITIAL = migration('migrations.CreateModel("User", [("id", models.BigAutoField(primary_key=True, serialize=False))]),')
MODELS = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
"""
WATCH = """
import atexit, runpy, sys
atexit.register(lambda: print("IMPORTED", *sorted(sys.modules), file=sys.stderr))
sys.argv[0] = "manage.py"
runpy.run_path("manage.py", run_name="__main__")
"""
EXTRAS = (
    "schemaguard.admin_pages",
    "schemaguard.contrib",
    "schemaguard.diff",
    "schemaguard.models",
    "schemaguard.testing",
    "schemaguard.report.formats.html",
    "schemaguard.report.formats.openmetrics",
    "health_check",
    "pytest",
)


def test_check_and_migrate_import_no_extra(tmp_path: Path, sqlite_database: Database) -> None:
    apps = {"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL}}}
    project = make_project(tmp_path, apps=apps, database=sqlite_database)
    for argv in (["migrate"], ["schemaguard", "check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-c", WATCH, *argv],
            cwd=project.path,
            env={**environment(project.database, "project_settings"), "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        imported = done.stderr.partition("IMPORTED ")[2].split()
        assert "schemaguard.apps" in imported
        assert [name for name in imported if name.startswith(EXTRAS)] == [], argv
