"""The rows that a migration to come would fail over: counted where somebody asks, and where Django really fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    AlterUniqueTogether,
    CreateModel,
    RemoveField,
    RenameField,
    RunPython,
    RunSQL,
)

from schemaguard.diagnosis.model import State
from schemaguard.operations.hazards.pending_rows import found_in_rows
from tests.diagnosis.ahead_stories import nothing, once, positive
from tests.harness import Database, make_project, migration
from tests.location.places import fails, location, migrate, plan
from tests.shop import everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history.test_timeline import Connect


def own_key() -> Any:
    return models.ForeignKey("shop.log", models.CASCADE, null=True, db_column="number")


NUMBER = models.IntegerField(null=True)
TEXT = models.CharField(max_length=40, null=True)
BOTH = ("sqlite", "postgresql")
TWICE = "HAVING count(*) > 1)"
NULL = "1 row of shop_log (number) is NULL in a column that becomes NOT NULL (for example id 3; "
STORIES: dict[str, tuple[Any, list[str], tuple[str, ...]]] = {
    "a unique constraint over duplicates": (
        lambda: AddConstraint("log", once()),
        [
            "shop.0001 would fail: 1 row of shop_log (number) repeats the values of another row (for example 7; SELECT "
            f'"number", count(*) FROM "shop_log" WHERE "number" IS NOT NULL GROUP BY "number" {TWICE}'
        ],
        BOTH,
    ),
    "a unique field over duplicates": (
        lambda: AlterField("log", "number", models.IntegerField(null=True, unique=True)),
        [
            "shop.0001 would fail: 1 row of shop_log (number) repeats the values of another row (for example 7; SELECT "
            f'"number", count(*) FROM "shop_log" WHERE "number" IS NOT NULL GROUP BY "number" {TWICE}'
        ],
        BOTH,
    ),
    "a set over what is different": (lambda: AlterUniqueTogether("log", {("note", "number")}), [], BOTH),
    "NOT NULL over a null": (
        lambda: AlterField("log", "number", models.IntegerField()),
        [f'shop.0001 would fail: {NULL}SELECT * FROM "shop_log" WHERE "number" IS NULL)'],
        BOTH,
    ),
    "NOT NULL with a default": (lambda: AlterField("log", "number", models.IntegerField(default=1)), [], BOTH),
    "NOT NULL after code": (lambda: [RunPython(nothing), AlterField("log", "note", TEXT)], [], BOTH),
    "NOT NULL after SQL that fills it": (
        lambda: [RunSQL("UPDATE shop_log SET number = 1"), AlterField("log", "number", models.IntegerField())],
        [],
        BOTH,
    ),
    "a check over what it forbids": (
        lambda: AddConstraint("log", positive()),
        [
            "shop.0001 would fail: 1 row of shop_log (number) breaks the check (for example id 4; SELECT * FROM "
            '"shop_log" WHERE NOT ("number" > 0))'
        ],
        BOTH,
    ),
    "a foreign key over orphans": (
        lambda: AlterField(
            "log", "number", models.ForeignKey("shop.log", models.CASCADE, null=True, db_column="number")
        ),
        [
            "shop.0001 would fail: 3 rows of shop_log (number) point at no row of shop_log (for example id 1, 2, 4; "
            'SELECT * FROM "shop_log" WHERE "number" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "shop_log" AS '
            'schemaguard_target WHERE schemaguard_target."id" = "shop_log"."number"))'
        ],
        BOTH,
    ),
    "a value that is too long": (
        lambda: AlterField("log", "note", models.CharField(max_length=3, null=True)),
        [
            "shop.0001 would fail: 1 row of shop_log (note) is longer than character varying(3) allows (for example "
            'id 1; SELECT * FROM "shop_log" WHERE length(CAST("note" AS text)) > 3)'
        ],
        ("postgresql",),
    ),
    "a value that does not cast": (
        lambda: AlterField("log", "note", NUMBER),
        [
            "shop.0001 would fail: 3 rows of shop_log (note) may not be cast to integer (for example id 1, 2, 3; "
            'SELECT * FROM "shop_log" WHERE "note" IS NOT NULL)'
        ],
        ("postgresql",),
    ),
    "a new foreign key with a default": (
        lambda: AddField("log", "above", models.ForeignKey("shop.log", models.CASCADE, default=1, related_name="+")),
        [],
        BOTH,
    ),
    "a new unique column with a default": (
        lambda: AddField("log", "code", models.IntegerField(default=1, unique=True)),
        ['shop.0001 would fail: 4 rows of shop_log (code) would all get the same default (SELECT * FROM "shop_log")'],
        BOTH,
    ),
    "a new unique column without one": (
        lambda: AddField("log", "code", models.IntegerField(null=True, unique=True)),
        [],
        BOTH,
    ),
    "a new column without a value": (
        lambda: AddField("log", "code", models.IntegerField()),
        [
            "shop.0001 would fail: 4 rows of shop_log (code) would have no value in the new NOT NULL column "
            '(for example id 1, 2, 3; SELECT * FROM "shop_log")'
        ],
        BOTH,
    ),
    "what is dropped on purpose": (lambda: RemoveField("log", "note"), [], BOTH),
    "NOT NULL over a null, after it was altered": (
        lambda: [
            AlterField("log", "number", models.BigIntegerField(null=True)),
            AlterField("log", "number", models.BigIntegerField()),
        ],
        [f'shop.0001 would fail: {NULL}SELECT * FROM "shop_log" WHERE "number" IS NULL)'],
        ("postgresql",),
    ),
    "a unique constraint over duplicates, after nulls were filled": (
        lambda: [AlterField("log", "number", models.IntegerField(default=5)), AddConstraint("log", once())],
        [
            "shop.0001 would fail: 1 row of shop_log (number) repeats the values of another row (for example 7; SELECT "
            f'"number", count(*) FROM "shop_log" WHERE "number" IS NOT NULL GROUP BY "number" {TWICE}'
        ],
        BOTH,
    ),
    "what both alterations fail over is told by the first": (
        lambda: [
            AlterField("log", "note", models.CharField(max_length=3, null=True)),
            AlterField("log", "note", models.CharField(max_length=2, null=True)),
        ],
        [
            "shop.0001 would fail: 1 row of shop_log (note) is longer than character varying(3) allows (for example "
            'id 1; SELECT * FROM "shop_log" WHERE length(CAST("note" AS text)) > 3)'
        ],
        ("postgresql",),
    ),
    "a value that is too long for the second alteration": (
        lambda: [
            AlterField("log", "note", models.CharField(max_length=30, null=True)),
            AlterField("log", "note", models.CharField(max_length=3, null=True)),
        ],
        [
            "shop.0001 would fail: 1 row of shop_log (note) is longer than character varying(3) allows (for example "
            'id 1; SELECT * FROM "shop_log" WHERE length(CAST("note" AS text)) > 3)'
        ],
        ("postgresql",),
    ),
    "a column that is renamed before": (
        lambda: [RenameField("log", "note", "text"), AlterUniqueTogether("log", {("text", "number")})],
        [],
        BOTH,
    ),
}
RUNS = [(name, vendor) for name, (_, _, vendors) in STORIES.items() for vendor in vendors]
ROWS = "INSERT INTO shop_log (id, note, number) VALUES (1, 'long', 7), (2, 'b', 7), (3, 'c', NULL), (4, NULL, -1)"


def plainly(message: str) -> str:
    """PostgreSQL is asked so that a composite value with an empty field is a value; since 16 it tells what casts."""
    message = message.replace("IS DISTINCT FROM NULL", "IS NOT NULL").replace("cannot be cast", "may not be cast")
    return re.sub(r'WHERE NOT pg_input_is_valid\(("\w+")::text, .*?\)\)$', r"WHERE \1 IS NOT NULL)", message)


def log() -> Any:
    return CreateModel("Log", [("id", models.AutoField(primary_key=True)), ("note", TEXT), ("number", NUMBER)])


@pytest.mark.parametrize(("name", "vendor"), RUNS, indirect=["vendor"], ids=["-".join(run) for run in RUNS])
def test_it_is_told_where_django_fails(name: str, connect: Connect, database: Database) -> None:
    operations, told, _ = STORIES[name]
    with connect(database) as connection:
        migrate(connection, plan(log(), operations())[:1])
        database.script(ROWS)
        found = location(connection, plan(log(), operations()), recorded=["0000"])
        assert found.states.migrations[1] is State.PENDING
        assert [plainly(each.message) for each in found_in_rows(connection, found)] == told
        assert fails(connection, plan(log(), operations())) == bool(told)


def test_check_counts_where_it_is_asked_and_reconcile_before_it_migrates(tmp_path: Path, database: Database) -> None:
    first = """
    migrations.CreateModel("Log", [
        ("id", models.AutoField(primary_key=True)), ("number", models.IntegerField()),
    ]),
    """
    last = 'migrations.AlterField("log", "number", models.IntegerField(unique=True)),'
    files = {"0001_first": migration(first), "0002_last": migration(last, after=[("shop", "0001_first")])}
    project = make_project(tmp_path, apps={"shop": {"migrations": files}}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("INSERT INTO shop_log (number) VALUES (7), (7)")
    before = everything(database)

    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "pending"
    found = project.manage("schemaguard", "check", "--format", "json", "--data").expect(1).json
    (finding,) = (each for each in found["findings"] if each["level"] == "error")
    message = (
        "1 row of shop_log (number) repeats the values of another row (for example 7; SELECT "
        '"number", count(*) FROM "shop_log" WHERE "number" IS NOT NULL GROUP BY "number" HAVING count(*) > 1)'
    )
    assert found["verdict"] == "pending"
    assert (finding["code"], finding["kind"], plainly(finding["message"])) == (
        "SG109", "unique", f"shop.0002_last would fail: {message}",
    )  # fmt: skip
    refused = project.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(1).err
    assert plainly(refused) == f"schemaguard: {message}; nothing was changed\n"
    assert everything(database) == before

    database.execute("UPDATE shop_log SET number = 8 WHERE id = 1")
    project.manage("schemaguard", "check", "--data").expect(0)
    project.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)
