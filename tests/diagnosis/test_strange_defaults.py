"""A default that nobody gave is told as a note; one that a field or a migration gives, or that Django left, is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

MODELS = """
from django.db import models


class Item(models.Model):
    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=9, default="it's")
    size = models.IntegerField()
    open = models.BooleanField(default=False)
    code = models.IntegerField()
"""
INITIAL = migration(
    """
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("kind", models.CharField(max_length=9, default="it's")),
        ("open", models.BooleanField(default=False)),
        ("code", models.IntegerField()),
    ]),
    migrations.AddField("item", "size", models.IntegerField(default=7), preserve_default=False),
    migrations.RunSQL("ALTER TABLE shop_item ALTER code SET DEFAULT 9"),
    """
)


@pytest.mark.parametrize(
    ("column", "default", "told"),
    [
        ("kind", "'it''s'", None),
        ("size", "7", None),
        ("open", "false", None),
        ("size", "8", "8"),
        ("kind", "'other'", "'other'::character varying"),
        ("open", "true", "true"),
    ],
)
def test_a_default_that_was_set_by_hand(
    tmp_path: Path, database: Database, column: str, default: str, told: str | None
) -> None:
    project = make_project(
        tmp_path, apps={"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL}}}, database=database
    )
    project.manage("migrate").expect(0)
    database.execute(f"ALTER TABLE shop_item ALTER {column} SET DEFAULT {default}")

    document = project.manage("schemaguard", "check", "--format", "json").expect(0).json

    message = (
        f"shop_item.{column} has the default {told}, which no field and no migration gives it: "
        "rows that other programs insert get it"
    )
    expected = [("SG208", "info", message)] if told is not None else []
    assert [(each["code"], each["level"], each["message"]) for each in document["findings"]] == expected
    assert document["verdict"] == "in_sync"
