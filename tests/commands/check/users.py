"""An app with users: what most tests of a check look at."""

from __future__ import annotations

import json

from tests.contract import validated
from tests.harness import Project, catalog_dump, migration, records

MODELS = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)
    email = models.EmailField(null=True)
    age = models.IntegerField(null=True)

    class Meta:
        db_table = "users"
"""
THING = """
from django.db import models

class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
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
EMAIL_AND_AGE = migration(
    """
    migrations.AddField("user", "email", models.EmailField(null=True)),
    migrations.AddField("user", "age", models.IntegerField(null=True)),
    """,
    after=[("shop", "0001_initial")],
)
SHOP = {"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL, "0002_user": EMAIL_AND_AGE}}}
APPS = {"INSTALLED_APPS": ["schemaguard", "shop"]}


def checked(project: Project, *argv: str, code: int = 0) -> dict:
    """The document, which has the shape of the contract, and nothing beside it."""
    before = catalog_dump(project.database), records(project.database)
    result = project.manage("schemaguard", "check", "--format", "json", *argv).expect(code)
    assert (catalog_dump(project.database), records(project.database)) == before
    assert result.err == ""
    document = json.loads(result.out)
    return validated(document)


def states(document: dict) -> dict[str, str]:
    return {each["name"]: each["state"] for each in document["migrations"]}


def codes(document: dict) -> list[str]:
    return [each["code"] for each in document["findings"]]


def another_type(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    project.database.execute("ALTER TABLE users ADD COLUMN age date")
