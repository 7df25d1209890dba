"""A key that numbers itself becomes a plain number of the same type, or the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path


def project_of(tmp_path: Path, database: Database, first: str, then: str) -> Project:
    models = f"""
        from django.db import models

        class Item(models.Model):
            id = models.{then}(primary_key=True)
    """
    history = {
        "0001_initial": migration(
            f'migrations.CreateModel("Item", [("id", models.{first}(primary_key=True, serialize=False))]),'
        ),
        "0002_key": migration(
            f'migrations.AlterField("item", "id", models.{then}(primary_key=True, serialize=False)),',
            after=[("shop", "0001_initial")],
        ),
    }
    app = {"models": models, "migrations": history}
    return make_project(tmp_path, apps={"shop": app}, database=database)


def told(project: Project) -> tuple[str, list[str]]:
    document = project.manage("schemaguard", "check", "--format", "json").json
    return document["verdict"], [each["message"] for each in document["findings"]]


PAIRS = [("AutoField", "IntegerField"), ("IntegerField", "AutoField"), ("BigAutoField", "BigIntegerField")]


@pytest.mark.parametrize(("first", "then"), PAIRS)
def test_to_come_it_is_pending_and_its_record_lost_it_is_recorded(
    tmp_path: Path, database: Database, first: str, then: str
) -> None:
    project = project_of(tmp_path, database, first, then)
    project.manage("migrate", "shop", "0001").expect(0)
    assert told(project) == ("pending", [])
    project.manage("migrate").expect(0)
    clean = catalog_dump(database)

    database.execute("DELETE FROM django_migrations WHERE name = '0002_key'")
    assert told(project)[0] == "reconcilable"
    reconcile(project)
    assert (told(project), catalog_dump(database, without=["schemaguard_journal"])) == (("in_sync", []), clean)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_recorded_and_never_done_it_is_done(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, "BigAutoField", "BigIntegerField")
    project.manage("migrate", "shop", "0001").expect(0)
    project.manage("migrate", "--fake", env={"SCHEMAGUARD_GUARD_MIGRATE": "off"}).expect(0)

    is_numbered = "shop_item.id is bigint NOT NULL AUTO; shop.0002_key makes it bigint NOT NULL"
    assert told(project) == ("reconcilable", [is_numbered])
    reconcile(project)
    assert told(project) == ("in_sync", [])
    assert "column shop_item.id: bigint not null\n" in catalog_dump(database)
