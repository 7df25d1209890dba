"""Every option of `migrate` works as it does without the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.shop import INITIAL, MODELS, SHOP, forget, in_sync, state, stopped
from tests.harness import AppSource, Database, Project, Server, catalog_dump, make_project, records

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("argv", [("--plan",), ("--check",), ("--plan", "--check")])
def test_options_that_run_nothing_are_djangos_alone(project: Project, argv: tuple[str, ...]) -> None:
    forget(project.database, "0004")
    before = state(project.database)
    result = project.manage("migrate", *argv)
    assert result.code == (1 if "--check" in argv else 0)
    assert result.err == ""
    assert ("shop.0004_age" in result.out) == ("--plan" in argv)
    assert state(project.database) == before


def test_fake(project: Project) -> None:
    forget(project.database, "0004")
    assert project.manage("migrate", "--fake").expect(0).err == ""
    in_sync(project)


def test_prune(project: Project) -> None:
    project.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0009_gone', CURRENT_TIMESTAMP)"
    )
    forget(project.database, "0004")
    project.manage("migrate", "shop", "--prune").expect(0)
    assert ("shop", "0009_gone") not in records(project.database)


def test_fake_initial_fakes_what_is_there(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    forget(project.database, "0001")
    assert "shop.0001_initial is in the database already" in stopped(project).err
    result = project.manage("migrate", "--fake-initial").expect(0)
    assert result.err == ""
    assert "0001_initial... FAKED" in result.out
    in_sync(project)


def test_fake_initial_does_not_fake_another_shape(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    forget(project.database, "0001")
    project.database.execute("DROP TABLE users")
    project.database.execute("CREATE TABLE users (id bigint PRIMARY KEY, name integer NOT NULL)")
    assert "shop.0001_initial" in stopped(project, "--fake-initial").err


def test_fake_initial_stops_for_a_later_migration(project: Project) -> None:
    forget(project.database, "0001", "0002", "0003", "0004")
    result = stopped(project, "--fake-initial")
    assert "shop.0001_initial" not in result.err
    assert "shop.0002_email is in the database already" in result.err


def test_run_syncdb(tmp_path: Path, database: Database) -> None:
    apps: dict[str, AppSource] = {
        **SHOP,
        "plain": {"models": MODELS.replace('"users"', '"u2"').replace('"orders"', '"o2"')},
    }
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "--run-syncdb").expect(0)
    assert "u2" in catalog_dump(database)
    database.script("DROP TABLE o2")
    project.manage("migrate", "plain", "--run-syncdb").expect(0)
    assert "o2" in catalog_dump(database)
    forget(database, "0004")
    assert "column users.age is there already" in stopped(project, "--run-syncdb").err


def test_an_app_label_and_a_name_narrow_what_is_looked_at(project: Project) -> None:
    project.write_app("other", {"migrations": {"0001_initial": INITIAL.replace('"users"', '"others"')}})
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings.replace("'shop'", "'shop', 'other'"))
    forget(project.database, "0003", "0004")
    project.manage("migrate", "other").expect(0)
    assert "shop.0003_order" in stopped(project, "shop").err
    assert "shop.0004_age" not in stopped(project, "shop", "0003").err
    assert "migrate shop 0003 --reconcile" in stopped(project, "shop", "0003").err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("nothing",), "No installed app with label 'nothing'"),
        (("shop", "0009"), "Cannot find a migration matching '0009' from app 'shop'"),
        (("shop", "000"), "More than one migration matches '000' in app 'shop'"),
    ],
)
def test_mistakes_are_djangos_to_tell(project: Project, argv: tuple[str, ...], message: str) -> None:
    forget(project.database, "0004")
    assert message in stopped(project, *argv).err


@pytest.mark.parametrize("target", ["zero", "0002"])
def test_backwards(project: Project, target: Any) -> None:
    project.database.script("ALTER TABLE users ADD COLUMN by_hand integer;")
    assert project.manage("migrate", "shop", target).expect(0).err == ""
    assert "orders" not in catalog_dump(project.database)


def test_several_databases(tmp_path: Path, server: Server) -> None:
    with server.fresh() as one, server.fresh() as two:
        databases = {"default": one.settings, "other": two.settings}
        project = make_project(tmp_path, apps=SHOP, settings={"DATABASES": databases}, database=one)
        for alias in databases:
            project.manage("migrate", "--database", alias).expect(0)
        forget(two, "0004")
        before = state(one), state(two)
        project.manage("migrate").expect(0)
        result = project.manage("migrate", "--database", "other").expect(1)
        assert 'migrate would fail half way on database "other"' in result.err
        assert result.err.endswith(
            "To mend it: manage.py schemaguard reconcile --database other\n"
            "To mend it and go on: manage.py migrate --database other --reconcile\n"
        )
        assert (state(one), state(two)) == before
        project.manage("migrate", "--database", "other", "--reconcile", "--noinput").expect(0)
        assert state(one) == before[0]
        assert ("shop", "0004_age") in records(two)
