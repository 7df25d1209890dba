"""The records are ahead of the schema: migrations were faked that never ran, and what they make is made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Database, make_project, migration

FIRST = migration(
    """
    migrations.CreateModel("Event", [
        ("id", models.BigAutoField(primary_key=True)),
        ("ingest_order", models.IntegerField()),
        ("place", models.CharField(max_length=9, default="")),
    ]),
    """
)
SECOND = migration(
    """
    migrations.CreateModel("File", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=9)), ("kind", models.CharField(max_length=9)),
    ], options={"unique_together": {("name", "kind")}}),
    migrations.AddIndex("event", models.Index(fields=["place"], name="event_place_idx")),
    """,
    after=[("shop", "0001_first")],
)
THIRD = migration(
    """
    migrations.RenameField("event", "ingest_order", "digest_order"),
    migrations.AlterUniqueTogether("event", {("digest_order", "place")}),
    """,
    after=[("shop", "0002_second")],
)
FOURTH = migration(
    """
    migrations.AlterUniqueTogether("file", set()),
    migrations.AddField("file", "size", models.IntegerField(default=0)),
    migrations.RemoveIndex("event", "event_place_idx"),
    """,
    after=[("shop", "0003_third")],
)
HISTORY = {"0001_first": FIRST, "0002_second": SECOND, "0003_third": THIRD, "0004_fourth": FOURTH}


@pytest.mark.parametrize(("real", "faked"), [(1, 2), (1, 3), (1, 4), (2, 3), (3, 4)])
def test_what_was_faked_is_made(tmp_path: Path, database: Database, real: int, faked: int) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": HISTORY}}, database=database)
    names = sorted(HISTORY)
    project.manage("migrate", "shop", names[real - 1]).expect(0)
    column = "ingest_order" if real < 3 else "digest_order"
    database.execute(f"INSERT INTO shop_event (id, {column}, place) VALUES (1, 7, 'here')")
    project.manage("migrate", "shop", names[faked - 1], "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
    assert states == ["applied"] * real + ["missing"] * (faked - real) + ["pending"] * (4 - faked)
    assert report["verdict"] == "reconcilable"
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT digest_order FROM shop_event") == [(7,)]
