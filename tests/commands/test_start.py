"""What the app does to a process that starts: nothing, but where it was started for its own command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
import gc
import sys

from django.db import models

print("collecting" if gc.isenabled() else "waiting", "while the models load", file=sys.stderr)

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
"""
APPS = """
import gc
import sys

from django.apps import AppConfig

class LastConfig(AppConfig):
    name = "last"

    def ready(self):
        print("collecting" if gc.isenabled() else "waiting", "once they are there", file=sys.stderr)
"""
INITIAL = migration('migrations.CreateModel("User", [("id", models.BigAutoField(primary_key=True, serialize=False))]),')
OFF = "import gc\n\ngc.disable()\n"


@pytest.mark.parametrize(
    ("command", "before", "loading", "after"),
    [
        (("schemaguard", "check"), "", "waiting", "collecting"),
        (("showmigrations",), "", "collecting", "collecting"),
        (("schemaguard", "check"), OFF, "waiting", "waiting"),
    ],
)
def test_the_collector_waits_while_the_models_load_for_our_command_alone(
    tmp_path: Path, command: tuple[str, ...], before: str, loading: str, after: str
) -> None:
    project = make_project(
        tmp_path,
        apps={"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL}}},
        settings={"INSTALLED_APPS": ["shop", "schemaguard", "last"]},
    )
    project.write("last/__init__.py", "")
    project.write("last/apps.py", APPS)
    project.write("manage.py", before + (tmp_path / "manage.py").read_text(encoding="utf-8"))
    said = project.manage(*command).err
    assert f"{loading} while the models load\n" in said
    assert f"{after} once they are there\n" in said


def test_a_check_imports_nothing_of_the_page_that_nobody_asked_for(tmp_path: Path) -> None:
    """Not even where something is wrong, and the plan is told."""
    project = make_project(
        tmp_path,
        apps={"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL}}},
        settings={"INSTALLED_APPS": ["shop", "schemaguard"]},
    )
    told = "\nimport atexit, sys\natexit.register(lambda: print(*sorted(sys.modules), sep='\\n', file=sys.stderr))\n"
    project.write("manage.py", told + (tmp_path / "manage.py").read_text(encoding="utf-8"))
    project.manage("migrate", fork=False).expect(0)
    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")

    def imported(*argv: str) -> set[str]:
        modules = project.manage("schemaguard", "check", *argv, fork=False).expect(1).err.splitlines()
        return {
            each
            for each in modules
            if each.startswith(("schemaguard.report.formats.html", "schemaguard.diagnosis.tables"))
        }

    assert imported() == set()
    assert "schemaguard.report.formats.html.page" in imported("--report", f"html={tmp_path / 'page.html'}")
    assert "schemaguard.diagnosis.tables" not in imported(
        "--report", f"html={tmp_path / 'page.html'}"
    )  # no table differs
