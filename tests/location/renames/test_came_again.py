"""A column that went and came again alike: its place among the others tells which of the two stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import make_project, migration
from tests.harness.vendors import EVERYWHERE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

STEPS = {
    "0001_made": migration(
        """
        migrations.CreateModel("Hall", [
            ("id", models.AutoField(primary_key=True)),
            ("kinds", models.JSONField(default=list)),
            ("code", models.CharField(max_length=9)),
        ]),
        """
    ),
    "0002_again": migration(
        'migrations.AddField("hall", "kinds_again", models.JSONField(default=list)),', after=[("shop", "0001_made")]
    ),
    "0003_renamed": migration(
        """
        migrations.RemoveField("hall", "kinds"),
        migrations.RenameField("hall", "kinds_again", "kinds"),
        """,
        after=[("shop", "0002_again")],
    ),
}


@EVERYWHERE
@pytest.mark.parametrize("ran", [1, 2, 3])
def test_it_is_told_by_its_place_where_every_record_is_lost(tmp_path: Path, database: Database, ran: int) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": STEPS}}, database=database)
    project.manage("migrate", "shop", list(STEPS)[ran - 1]).expect(0)
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
    assert states == ["present"] * ran + ["pending"] * (3 - ran)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"
