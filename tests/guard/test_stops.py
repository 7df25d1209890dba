"""What would fail half way stops before its first statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.guard.shop import EMAIL, INITIAL, MENDING, SHOP, STOPPED, forget, in_sync, stopped
from tests.harness import Database, Project, catalog_dump, make_project, migration, records

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_there_without_a_record_stops_migrate(project: Project) -> None:
    forget(project.database, "0003", "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0003_order is in the database already and not recorded
    table orders is there already
  shop.0004_age is in the database already and not recorded
    column users.age is there already
"""
        + MENDING
    )


def test_every_record_lost(project: Project) -> None:
    project.database.execute("DROP TABLE django_migrations")
    assert "shop.0001_initial is in the database already and not recorded\n    table users is there already" in (
        stopped(project).err
    )
    assert "django_migrations" not in catalog_dump(project.database)


def test_what_ran_half_way_stops_migrate(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE orders DROP COLUMN note;")
    forget(project.database, "0003", "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0003_order is in the database in part and not recorded
    table orders is there already
"""
        + MENDING
    )


def test_another_shape_stops_migrate(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users ADD COLUMN age text;")
    forget(project.database, "0004")
    result = stopped(project)
    assert result.err == (
        STOPPED
        + """\
  shop.0004_age is not recorded, and something that it makes is there in another shape
    users.age is text NULL; shop.0004_age makes it integer NULL (another type)

What a person has to choose: manage.py schemaguard reconcile --dry-run
"""
    )
    assert "--on-conflict alter" in stopped(project, "--reconcile", "--noinput").err


def test_a_missing_column_of_a_table_that_the_plan_alters_stops_migrate(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users DROP COLUMN email;")
    forget(project.database, "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0002_email is recorded, but not all of it is in the database, and migrate goes on from it
    column users.email is missing
"""
        + MENDING
    )


def test_a_missing_column_elsewhere_is_a_warning(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE orders DROP COLUMN note;")
    forget(project.database, "0004")
    result = project.manage("migrate").expect(0)
    assert result.err == (
        "schemaguard: shop.0003_order is recorded, and column orders.note is missing; nothing that migrate runs now "
        "touches it: manage.py schemaguard check\n"
    )
    assert ("shop", "0004_age") in records(project.database)


def _ignoring(project: Project, **entry: str) -> Project:
    entry["reason"] = "on purpose"
    return make_project(
        project.path, apps=SHOP, settings={"SCHEMAGUARD": {"IGNORE": [entry]}}, database=project.database
    )


def test_what_is_ignored_and_not_in_the_way_is_not_told(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE orders DROP COLUMN note;")
    forget(project.database, "0004")
    project = _ignoring(project, code="SG203", table="orders")
    assert project.manage("migrate").expect(0).err == ""
    assert ("shop", "0004_age") in records(project.database)


def test_what_is_ignored_and_in_the_way_stops_migrate(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users DROP COLUMN email;")
    forget(project.database, "0004")
    assert "column users.email is missing" in stopped(_ignoring(project, code="SG203")).err


def test_what_is_ignored_does_not_keep_migrate_from_reconciling(project: Project) -> None:
    project.database.script("ALTER TABLE orders DROP COLUMN note; ALTER TABLE orders ADD COLUMN note integer;")
    forget(project.database, "0004")
    project = _ignoring(project, code="SG204", name="note")
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert ("shop", "0004_age") in records(project.database)


def _index_that_went_missing(project: Project, operation: str) -> Project:
    add = 'migrations.AddIndex("user", models.Index(fields=["age"], name="users_age")),'
    files = {
        "0005_index": migration(add, after=[("shop", "0004_age")]),
        "0006_none": migration(f"migrations.{operation},", after=[("shop", "0005_index")]),
    }
    project.write_app("shop", {"migrations": files})
    project.manage("migrate", "shop", "0005").expect(0)
    project.database.execute("DROP INDEX users_age")
    return project


def test_a_missing_index_that_the_plan_removes_stops_migrate_where_that_fails(project: Project) -> None:
    """On PostgreSQL Django says DROP INDEX IF EXISTS."""
    _index_that_went_missing(project, 'RemoveIndex("user", "users_age")')
    if project.database.vendor == "postgresql":
        project.manage("migrate").expect(0)
        return
    assert "index users_age on users is gone already" in stopped(project).err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert ("shop", "0006_none") in records(project.database)


RENAME = 'RenameIndex("user", old_name="users_age", new_name="users_years")'


def test_a_missing_index_that_the_plan_renames_stops_migrate(project: Project) -> None:
    _index_that_went_missing(project, RENAME)
    assert "index users_age on users is missing" in stopped(project).err


def test_a_missing_index_that_the_plan_renames_is_made_again_first(project: Project) -> None:
    _index_that_went_missing(project, RENAME)
    project.manage("migrate", "--reconcile", "--noinput").expect(0)


def test_a_missing_column_stops_code_of_its_app(project: Project) -> None:
    project.database.script("ALTER TABLE orders DROP COLUMN note;")
    project.write_app(
        "shop",
        {
            "migrations": {
                "0005_data": migration(
                    "migrations.RunPython(code),",
                    after=[("shop", "0004_age")],
                    imports='def code(apps, editor): apps.get_model("shop", "Order").objects.first()',
                )
            }
        },
    )
    assert "column orders.note is missing" in stopped(project).err


def test_a_history_that_django_refuses_is_told_in_our_words(project: Project) -> None:
    forget(project.database, "0003")
    assert stopped(project).err == (
        "InconsistentHistory: Migration shop.0004_age is applied before its dependency shop.0003_order on database "
        """'default': migrate would refuse to start; it was stopped before its first statement, and nothing was changed.

  shop.0003_order is in the database already and not recorded
    table orders is there already
""" + MENDING
    )
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_an_inconsistent_history_whose_parent_never_ran(project: Project) -> None:
    project.database.execute("DROP TABLE orders")
    forget(project.database, "0003")
    assert "is applied before its dependency shop.0003_order" in stopped(project).err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_code_with_nothing_to_see_is_present_by_what_comes_after_it(tmp_path: Path, database: Database) -> None:
    data = migration("migrations.RunPython(migrations.RunPython.noop),", after=[("shop", "0001_initial")])
    email = EMAIL.replace("0001_initial", "0002_data")
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_data": data, "0003_email": email}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)
    forget(database, "0002", "0003")
    assert "shop.0002_data is in the database already and not recorded\n  shop.0003_email" in stopped(project).err
    assert "shop.0002_data is in the database already" in stopped(project, "shop", "0002").err
    database.execute("ALTER TABLE users DROP COLUMN email")
    project.manage("migrate").expect(0)


@pytest.mark.parametrize("of", ["fields", "models"])
def test_a_name_that_a_false_record_should_have_set_free(tmp_path: Path, database: Database, of: str) -> None:
    """Two swap their names by way of a third, and the first step was faked."""
    key = '("id", models.BigAutoField(primary_key=True))'
    first = f"""
    migrations.CreateModel("Here", [{key}, ("a", models.IntegerField(null=True)), ("b", models.TextField(null=True))]),
    migrations.CreateModel("There", [{key}, ("c", models.TextField(null=True))]),
    """
    swaps = {
        "fields": (("a", "t"), ("b", "a"), ("t", "b")),
        "models": (("Here", "T"), ("There", "Here"), ("T", "There")),
    }
    kind = {"fields": 'RenameField("here", ', "models": "RenameModel("}[of]
    renames = [f'migrations.{kind}"{old}", "{new}"),' for old, new in swaps[of]]
    other = f'migrations.CreateModel("Other", [{key}]),'
    history = {
        "0001_first": migration(first),
        "0002_away": migration(renames[0], after=[("app", "0001_first")]),
        "0003_other": migration(other, after=[("app", "0002_away")]),
        "0004_there": migration(renames[1], after=[("app", "0003_other")]),
        "0005_back": migration(renames[2], after=[("app", "0004_there")]),
    }
    project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    project.manage("migrate", "--fake", "app", "0002").expect(0)
    what = {"fields": "column app_here.a", "models": "table app_here"}[of]
    assert stopped(project).err == (
        STOPPED
        + f"""\
  app.0002_away is recorded, but not all of it is in the database, and migrate goes on from it
    app.0004_there needs the name of {what}, which is there already: app.0002_away, which is recorded, was to set that \
name free
"""
        + MENDING
    )
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    project.manage("schemaguard", "check").expect(0)
