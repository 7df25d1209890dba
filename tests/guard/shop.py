"""The guard of `migrate`: it succeeds, or it stops with catalog, rows and records as they were; never in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness import (
    AppSource,
    Database,
    Project,
    Result,
    catalog_dump,
    make_project,
    migration,
    records,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)
    email = models.CharField(max_length=200, null=True)
    age = models.IntegerField(null=True)

    class Meta:
        db_table = "users"

class Order(models.Model):
    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE)
    note = models.TextField(null=True)

    class Meta:
        db_table = "orders"
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=75, unique=True)),
        ],
        options={"db_table": "users"},
    ),
    """
)
EMAIL = migration(
    'migrations.AddField("user", "email", models.CharField(max_length=200, null=True)),',
    after=[("shop", "0001_initial")],
)
ORDER = migration(
    """
    migrations.CreateModel(
        "Order",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("user", models.ForeignKey("shop.User", models.CASCADE)),
        ],
        options={"db_table": "orders"},
    ),
    migrations.AddField("order", "note", models.TextField(null=True)),
    """,
    after=[("shop", "0002_email")],
)
AGE = migration('migrations.AddField("user", "age", models.IntegerField(null=True)),', after=[("shop", "0003_order")])
SHOP: dict[str, AppSource] = {
    "shop": {
        "models": MODELS,
        "migrations": {"0001_initial": INITIAL, "0002_email": EMAIL, "0003_order": ORDER, "0004_age": AGE},
    }
}
MENDING = """
To mend it: manage.py schemaguard reconcile
To mend it and go on: manage.py migrate --reconcile
"""
FIRST = 'migrate would fail half way on database "default"'
STOPPED = f"MigrateStopped: {FIRST}; it was stopped before its first statement, and nothing was changed.\n\n"


def shop(path: Path, database: Database, guard: str | None = None, **settings: Any) -> Project:
    if guard is not None:
        settings["SCHEMAGUARD"] = {"GUARD_MIGRATE": guard}
    return make_project(path, apps=SHOP, settings=settings, database=database)


def state(database: Database) -> tuple[object, ...]:
    return catalog_dump(database), rows(database), records(database)


def forget(database: Database, *names: str) -> None:
    for name in names:
        database.execute(f"DELETE FROM django_migrations WHERE app = 'shop' AND name LIKE '{name}%'")


def stopped(project: Project, *argv: str) -> Result:
    """Runs migrate, which must stop and leave everything as it was."""
    before = state(project.database)
    result = project.manage("migrate", *argv).expect(1)
    assert state(project.database) == before
    assert "Traceback" not in result.err
    return result


def in_sync(project: Project) -> None:
    found = project.manage("schemaguard", "check", "--format", "json").expect(0).json
    assert found["verdict"] == "in_sync"
