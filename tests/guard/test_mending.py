"""`migrate --reconcile` and the setting GUARD_MIGRATE: mend, and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.guard.shop import FIRST, INITIAL, forget, in_sync, shop, state, stopped
from tests.harness import Database, Project, catalog_dump, records

if TYPE_CHECKING:
    from pathlib import Path


def test_off_leaves_it_to_django(tmp_path: Path, project: Project) -> None:
    forget(project.database, "0004")
    again = shop(tmp_path, project.database, "off")
    result = again.manage("migrate").expect(1)
    assert "MigrateStopped" not in result.err
    again.manage("migrate", "--reconcile", "--noinput").expect(0)


def test_warn_says_so_and_goes_on(tmp_path: Path, project: Project) -> None:
    forget(project.database, "0004")
    result = shop(tmp_path, project.database, "warn").manage("migrate").expect(1)
    assert result.err.startswith(f"{FIRST}.\n\n  shop.0004_age is in the database already and not recorded\n")
    assert "MigrateStopped" not in result.err


def test_reconcile_mends_and_goes_on(tmp_path: Path, project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    forget(project.database, "0003", "0004")
    again = shop(tmp_path, project.database, "reconcile")
    result = again.manage("migrate", "--noinput").expect(0)
    assert "shop.0003_order: record as applied, without running it" in result.out
    assert "Applying shop.0004_age... OK" in result.out
    in_sync(again)


def test_reconcile_may_leave_nothing_to_run(tmp_path: Path, project: Project) -> None:
    forget(project.database, "0004")
    again = shop(tmp_path, project.database, "reconcile")
    result = again.manage("migrate", "--noinput").expect(0)
    assert "shop.0004_age: record as applied, without running it" in result.out
    assert "No migrations to apply." in result.out
    in_sync(again)


def test_reconcile_before_the_migration_that_was_asked_for(project: Project) -> None:
    forget(project.database, "0004")
    result = project.manage("migrate", "shop", "0004", "--reconcile", "--noinput").expect(0)
    assert "shop.0004_age: record as applied, without running it" in result.out
    in_sync(project)


def test_a_mistaken_value_is_an_error_of_the_check(tmp_path: Path, project: Project) -> None:
    assert "schemaguard.E003" in shop(tmp_path, project.database, "perhaps").manage("migrate").expect(1).err


@pytest.mark.parametrize("lost", [("0001", "0002", "0003", "0004"), ("0004",), ("0002",), ("0003", "0004")])
def test_migrate_reconcile_ends_in_sync(project: Project, lost: str) -> None:
    dump = catalog_dump(project.database, without=["schemaguard_journal"])
    forget(project.database, *lost)
    stopped(project)
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert catalog_dump(project.database, without=["schemaguard_journal"]) == dump
    in_sync(project)


def test_migrate_reconcile_mends_what_is_recorded_and_missing(project: Project) -> None:
    project.database.execute("ALTER TABLE orders DROP COLUMN note")
    assert project.manage("migrate").expect(0).err == ""
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_it_asks_first(project: Project) -> None:
    forget(project.database, "0004")
    before = state(project.database)
    for answer in ("n\n", ""):
        result = project.manage("migrate", "--reconcile", stdin=answer).expect(1)
        assert "Carry this out? [y/N]" in result.err
        assert "nothing was changed" in result.err
        assert state(project.database) == before
    project.manage("migrate", "--reconcile", stdin="y\n").expect(0)
    in_sync(project)


def test_an_empty_database_is_just_migrated(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database)
    assert project.manage("migrate", "--reconcile").expect(0).err == ""
    assert "schemaguard_journal" not in catalog_dump(database)
    in_sync(project)


@pytest.mark.parametrize("option", ["--plan", "--check", "--fake", "--prune"])
def test_it_does_not_go_with_options_that_run_nothing(project: Project, option: str) -> None:
    assert f"--reconcile cannot go with {option}" in stopped(project, "--reconcile", option).err


def test_it_does_not_go_backwards(project: Project) -> None:
    assert "--reconcile goes with migrating forwards only" in stopped(project, "shop", "0002", "--reconcile").err


def test_it_never_turns_into_a_way_back(project: Project) -> None:
    forget(project.database, "0002", "0003", "0004")
    result = stopped(project, "shop", "0002", "--reconcile", "--noinput")
    assert "the database holds shop.0004_age, shop.0003_order already" in result.err


def test_an_app_label_reconciles_that_app(project: Project) -> None:
    project.write_app("other", {"migrations": {"0001_initial": INITIAL.replace('"users"', '"others"')}})
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings.replace("'shop'", "'shop', 'other'"))
    project.manage("migrate", "other").expect(0)
    project.database.execute("DELETE FROM django_migrations")
    project.manage("migrate", "shop", "--reconcile", "--noinput").expect(0)
    assert {app for app, _ in records(project.database)} == {"shop"}
