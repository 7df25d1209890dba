"""Other apps that bring a `migrate` of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.shop import SHOP, forget, stopped
from tests.harness import Database, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

OTHER = """
from django.core.management.commands import migrate

class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--louder", action="store_true")

    def handle(self, *args, **options):
        self.stdout.write("LOUDER" if options["louder"] else "loud")
        super().handle(*args, **options)
"""


def _with_other(path: Path, database: Database, *order: str) -> Project:
    other = {"files": {f"management/{each}": "" for each in ("__init__.py",)}}
    project = make_project(
        path, apps={**SHOP, "other": other}, settings={"INSTALLED_APPS": list(order)}, database=database
    )
    project.write("other/management/commands/__init__.py", "")
    project.write("other/management/commands/migrate.py", OTHER)
    return project


def test_another_migrate_behind_ours_works_on(tmp_path: Path, sqlite_database: Database) -> None:
    project = _with_other(tmp_path, sqlite_database, "schemaguard", "other", "shop")
    assert "LOUDER" in project.manage("migrate", "--louder").expect(0).out
    forget(sqlite_database, "0004")
    assert "LOUDER" not in stopped(project, "--louder").out
    assert "LOUDER" in project.manage("migrate", "--louder", "--reconcile", "--noinput").expect(0).out


def test_another_migrate_before_ours_works_on_too(tmp_path: Path, sqlite_database: Database) -> None:
    project = _with_other(tmp_path, sqlite_database, "other", "shop", "schemaguard")
    assert "LOUDER" in project.manage("migrate", "--louder").expect(0).out
    forget(sqlite_database, "0004")
    assert "LOUDER" not in stopped(project, "--louder").out
    assert "LOUDER" in project.manage("migrate", "--louder", "--reconcile", "--noinput").expect(0).out
    assert "W009" not in project.manage("check").expect(0).err


@pytest.mark.parametrize("order", [("other", "shop", "schemaguard"), ("schemaguard", "other", "shop")])
def test_a_migrate_that_is_not_djangos_is_left_alone_and_the_check_says_so(
    tmp_path: Path, sqlite_database: Database, order: Any
) -> None:
    project = _with_other(tmp_path, sqlite_database, *order)
    project.write("other/management/commands/migrate.py", STRANGE)
    assert project.manage("migrate").expect(0).out == "strange\n"
    assert project.manage("migrate", "--reconcile").expect(2).out == ""
    assert "schemaguard.W009" in project.manage("check").expect(0).err
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings + 'SCHEMAGUARD = {"GUARD_MIGRATE": "off"}\n')
    assert "schemaguard.W009" not in project.manage("check").expect(0).err


STRANGE = """
from django.core.management import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector

class Command(BaseCommand):
    autodetector = MigrationAutodetector

    def handle(self, **options):
        self.stdout.write("strange")
"""


def test_another_migrate_before_ours_may_build_on_it(tmp_path: Path, sqlite_database: Database) -> None:
    project = _with_other(tmp_path, sqlite_database, "other", "schemaguard", "shop")
    ours = OTHER.replace("django.core.management.commands", "schemaguard.management.commands")
    project.write("other/management/commands/migrate.py", ours)
    project.manage("migrate").expect(0)
    forget(sqlite_database, "0004")
    assert "LOUDER" in stopped(project, "--louder").out
    assert "W009" not in project.manage("check").expect(0).err
