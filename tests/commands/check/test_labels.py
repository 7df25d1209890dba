"""A check of some apps alone, and what settings ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.commands.check.users import SHOP, THING, another_type, checked, codes
from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def two_apps(tmp_path: Path, sqlite_database: Database) -> Project:
    other = migration(
        'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True, serialize=False))]),'
    )
    apps = {"shop": SHOP["shop"], "other": {"models": THING, "migrations": {"0001_initial": other}}}
    settings = {"INSTALLED_APPS": ["schemaguard", "shop", "other"]}
    project = make_project(tmp_path, apps=apps, settings=settings, database=sqlite_database)
    project.manage("migrate").expect(0)
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    project.database.execute("CREATE INDEX by_hand ON other_thing (id)")
    return project


def test_labels_narrow_the_report_and_the_exit_code_but_not_the_verdict(two_apps: Project) -> None:
    assert sorted(codes(checked(two_apps, code=1))) == ["SG203", "SG353"]
    shop = checked(two_apps, "shop", code=1)
    assert codes(shop) == ["SG203"]
    assert {each["app"] for each in shop["migrations"]} == {"shop"}
    other = checked(two_apps, "other")
    assert codes(other) == ["SG353"], "a thing that no migration made belongs to the app of its table"
    assert shop["verdict"] == other["verdict"] == "reconcilable"
    assert shop["fingerprint"] == other["fingerprint"]
    assert sorted(codes(checked(two_apps, "shop", "other", code=1))) == ["SG203", "SG353"]


PROXY = """
from django.db import models
from other.models import Thing

class Shown(Thing):
    class Meta:
        proxy = True

class Report(models.Model):
    class Meta:
        managed = False
        db_table = "other_thing"
"""


def installing(project: Project, *apps: str) -> None:
    path = project.path / "project_settings.py"
    path.write_text(f"{path.read_text()}INSTALLED_APPS = {['schemaguard', *apps]!r}\n")


def test_a_table_belongs_to_the_app_that_manages_it(two_apps: Project) -> None:
    two_apps.write_app("views", {"models": PROXY})
    installing(two_apps, "shop", "other", "views")
    assert codes(checked(two_apps, "other")) == ["SG353"]
    assert codes(checked(two_apps, "views")) == []


@pytest.mark.parametrize("apps", [("views", "other"), ("other", "views")])
def test_a_column_is_known_that_any_model_of_its_table_has(two_apps: Project, apps: Any) -> None:
    noted = PROXY.replace(
        "    class Meta:\n        managed", "    note = models.TextField(null=True)\n\n    class Meta:\n        managed"
    )
    two_apps.write_app("views", {"models": noted})
    two_apps.database.execute("ALTER TABLE other_thing ADD COLUMN note text NULL")
    assert sorted(codes(checked(two_apps, "other"))) == ["SG205", "SG353"]
    installing(two_apps, "shop", *apps)
    assert codes(checked(two_apps, "other")) == ["SG353"]


def test_an_app_without_migrations_has_a_label_too(two_apps: Project) -> None:
    document = checked(two_apps, "schemaguard")
    assert document["migrations"] == document["findings"] == []


def test_the_label_of_records_without_an_app(two_apps: Project) -> None:
    two_apps.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_old', '2020-01-01 00:00:00')"
    )
    assert codes(checked(two_apps, "gone")) == ["SG104"]


def ignoring(project: Project, **setting: object) -> None:
    path = project.path / "project_settings.py"
    path.write_text(f"{path.read_text()}SCHEMAGUARD = {setting!r}\n")


def test_what_is_ignored_counts_for_nothing(project: Project) -> None:
    another_type(project)
    ignoring(project, IGNORE=[{"code": "SG204", "table": "users", "column": "age", "reason": "being moved by hand"}])
    document = checked(project, "--fail-level", "info")
    assert document["verdict"] == "in_sync"
    assert document["findings"] == []


def test_an_ignored_table(project: Project) -> None:
    project.database.execute("CREATE TABLE legacy_log (id integer)")
    ignoring(project, IGNORE_TABLES=["legacy_*"])
    assert checked(project, "--fail-level", "info")["findings"] == []


def test_a_pattern_that_matches_nothing_any_more(project: Project) -> None:
    ignoring(project, IGNORE_TABLES=["legacy_*"])
    document = checked(project, "--fail-level", "warning", code=1)
    assert document["verdict"] == "in_sync"
    assert codes(document) == ["SG901"]
