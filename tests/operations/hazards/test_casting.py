"""A value that its column's new type would change is counted before; one that survives stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import edit, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
from django.db import models


class Own(models.Field):
    def __init__(self, kind, **options):
        self.kind = kind
        super().__init__(**options)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.kind, *args], kwargs

    def db_type(self, connection):
        return self.kind
"""
IMPORTS = "from django.contrib.postgres.fields import ArrayField\nfrom shop.own import Own"
LONG, OTHER = "is longer than {} allows", "would not keep their value as {}"
CHANGED = {
    "array_cut": ("CharField(max_length=10)", "varchar(5)[]", "{abcde,fghij,klmno}", LONG, "character varying(10)"),
    "moment_cut": ("CharField(max_length=10)", "timestamp(0)", "2024-05-06 07:08:09", LONG, "character varying(10)"),
    "parts_cut": ("ArrayField(models.CharField(max_length=5))", "varchar(9)[]", "{abcdefg}", OTHER,
                  "character varying(5)[]"),
    "blank": ("Own('character(5)')", "varchar(3)", "a  ", OTHER, "character(5)"),
    "rounded": ("DecimalField(max_digits=6, decimal_places=1)", "numeric(9,3)", "1.125", OTHER, "numeric(6,1)"),
    "double": ("FloatField()", "numeric", "1.00000000000000000001", OTHER, "double precision"),
    "second": ("Own('timestamp(0) with time zone')", "timestamptz", "2024-05-06 07:08:09.5+00", OTHER,
               "timestamp(0) with time zone"),
    "span": ("Own('interval(0)')", "interval(3)", "1.25 s", OTHER, "interval(0)"),
    "day": ("DateField()", "timestamp", "2024-05-06 07:08:09", OTHER, "date"),
    "no_way_back": ("TimeField()", "timestamptz", "2024-05-06 07:08:09+00", OTHER, "time without time zone"),
    "key_twice": ("JSONField()", "json", '{"a": {"b:": 1, "b": 2, "b": 3}}', OTHER, "jsonb"),
    "key_twice_text": ("JSONField()", "text", '[{"b": 2, "b": 3}]', OTHER, "jsonb"),
    "bits_cut": ("CharField(max_length=5)", "bit(8)", "01010101", LONG, "character varying(5)"),
    "zeros": ("IntegerField()", "text", "007", OTHER, "integer"),
    "json_number": ("IntegerField()", "jsonb", "3.7", OTHER, "integer"),
}  # fmt: skip
KEPT = {
    "longer": ("CharField(max_length=20)", "varchar(10)", "abcdefghij"),
    "shorter": ("CharField(max_length=20)", "varchar(30)", "abcdefghij"),
    "moment": ("CharField(max_length=19)", "timestamp(0)", "2024-05-06 07:08:09"),
    "parts": ("ArrayField(models.CharField(max_length=5))", "varchar(10)[]", "{a,b,c,d}"),
    "scale": ("DecimalField(max_digits=9, decimal_places=3)", "numeric(5,1)", "1.5"),
    "midnight": ("DateField()", "timestamp", "2024-05-06 00:00:00"),
    "without_equality": ("Own('box')", "point", "(1,2)"),
    "spelt": ("JSONField()", "json", '{"b": 1,   "a": 2}'),
    "spelt_text": ("JSONField()", "text", '{"b:": 1e1,"a\\"": "\\u00e9"}'),
    "uuid": ("UUIDField()", "varchar(32)", "F47AC10B58CC4372A5670E02B2C3D479"),
    "address": ("GenericIPAddressField()", "text", "10.0.0.1"),
    "number_text": ("IntegerField()", "text", "70"),
    "text": ("TextField()", "varchar(5)", "abc"),
    "fits": ("CharField(max_length=5)", "text", "abc"),
    "finer": ("DateTimeField()", "timestamp(0) with time zone", "2024-05-06 07:08:09+00"),
    "flag": ("BooleanField()", "integer", "1"),
    "small": ("SmallIntegerField()", "bigint", "7"),
    "larger": ("BigIntegerField()", "integer", "7"),
}


def altered(path: Path, database: Database, cases: Any) -> Project:
    """A table whose columns have the live types instead of those of the migrations, with one row."""
    fields = "".join(
        f'("{name}", {field if "(models." in field or field.startswith("Own") else f"models.{field}"}),\n'
        for name, (field, *_) in cases.items()
    )
    created = f'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), {fields}]),'
    source = migration(created, imports=IMPORTS if database.vendor == "postgresql" else "")
    app: Any = {"migrations": {"0001_initial": source}, "files": {"own.py": OWN}}
    project = make_project(path, apps={"shop": app}, database=database)
    project.manage("migrate").expect(0)
    for name, (_, live, *_) in cases.items():
        if database.vendor == "postgresql":
            database.execute(f"ALTER TABLE shop_thing DROP COLUMN {name}, ADD COLUMN {name} {live}")
        else:
            ((text,),) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_thing'")
            (column,) = [each for each in text.partition("(")[2].split(", ") if each.startswith(f'"{name}"')]
            edit(database, "shop_thing", column.removesuffix(")"), f'"{name}" {live} NOT NULL')
    values = ", ".join(f"'{value}'" for _, _, value, *_ in cases.values())
    database.execute(f"INSERT INTO shop_thing ({', '.join(cases)}) VALUES ({values})")
    if database.vendor == "postgresql":
        for name in cases:
            database.execute(f"ALTER TABLE shop_thing ALTER COLUMN {name} SET NOT NULL")
    return project


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_values_that_would_come_out_as_others(tmp_path: Path, database: Database) -> None:
    project = altered(tmp_path, database, CHANGED)

    refused(project, "--on-conflict", "alter")

    shown = project.manage("schemaguard", "reconcile", "--dry-run", "--on-conflict", "alter", "--format", "json")
    hazards = {each["columns"][0]: each for step in shown.expect(1).json["plan"] for each in step["hazards"]}
    assert hazards.keys() == CHANGED.keys()
    for name, (*_, what, type_) in CHANGED.items():
        assert hazards[name]["kind"] == "too_long"
        assert hazards[name]["message"].startswith(f"1 row of shop_thing ({name}) {what.format(type_)} (")


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_values_that_survive(tmp_path: Path, database: Database) -> None:
    project = altered(tmp_path, database, KEPT)

    reconcile(project, "--on-conflict", "alter")

    project.manage("schemaguard", "check").expect(0)
    # A moment is spelt in the zone of whoever asks.
    columns = ", ".join("(finer AT TIME ZONE 'UTC')::text" if name == "finer" else f"{name}::text" for name in KEPT)
    ((*found,),) = database.execute(f"SELECT {columns} FROM shop_thing")
    assert found == [
        *("abcdefghij", "abcdefghij", "2024-05-06 07:08:09", "{a,b,c,d}", "1.500", "2024-05-06", "(1,2),(1,2)"),
        *('{"a": 2, "b": 1}', '{"a\\"": "é", "b:": 10}', "f47ac10b-58cc-4372-a567-0e02b2c3d479", "10.0.0.1/32", "70"),
        *("abc", "abc", "2024-05-06 07:08:09", "true", "7", "7"),
    ]


NUMBERS = {
    "code": ("IntegerField()", "varchar(9)", "007", "integer", 7),
    "long": ("BigIntegerField()", "text", "12345678901234567890123", "bigint", 1.2345678901234568e22),
    "mass": ("FloatField()", "text", "9007199254740993", "real", 9007199254740992.0),
    "large": ("FloatField()", "bigint", "9007199254740993", "real", 9007199254740992.0),
    "price": ("DecimalField(max_digits=9, decimal_places=2)", "text", "+1.5", "decimal", 1.5),
    "sum": ("CharField(max_length=30)", "real", "0.30000000000000004", "varchar(30)", "0.3"),
    "sum_text": ("TextField()", "decimal", "0.30000000000000004", "text", "0.3"),
    "untyped": ("IntegerField()", "", "007", "integer", 7),
}


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_values_of_which_sqlite_would_make_others(tmp_path: Path, database: Database) -> None:
    project = altered(tmp_path, database, NUMBERS)

    line = refused(project, "--on-conflict", "alter")

    for name, (*_, type_, _) in NUMBERS.items():
        assert f"1 row of shop_thing ({name}) would not keep their value as {type_} (for example id 1; " in line
    reconcile(project, "--on-conflict", "alter", "--accept-data-loss")
    assert database.execute(f"SELECT {', '.join(NUMBERS)} FROM shop_thing") == [
        tuple(value for *_, value in NUMBERS.values())
    ]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_values_that_sqlite_keeps_or_makes_the_same_of(tmp_path: Path, database: Database) -> None:
    cases = {
        "number": ("IntegerField()", "text", "70"),
        "price": ("DecimalField(max_digits=6, decimal_places=2)", "text", "1.50"),
        "whole": ("DecimalField(max_digits=6, decimal_places=2)", "text", "100.00"),
        "moment": ("DateTimeField()", "varchar(30)", "2024-05-06 07:08:09"),
        "day": ("DateField()", "datetime", "2024-05-06"),
        "word": ("IntegerField()", "text", "seven"),
        "text": ("TextField()", "varchar(9)", "007"),
        "flag": ("BooleanField()", "integer", "1"),
        "flag_text": ("BooleanField()", "varchar(5)", "0"),
        "count": ("IntegerField()", "bool", "1"),
        "large": ("BigIntegerField()", "integer", "9007199254740993"),
        "ratio": ("FloatField()", "integer", "7"),
        "ratio_text": ("FloatField()", "text", "2.5"),
        "sum": ("FloatField()", "decimal", "0.30000000000000004"),
        "said": ("CharField(max_length=30)", "real", "2.5"),
        "bytes": ("BinaryField()", "text", "007"),
        "key": ("UUIDField()", "varchar(40)", "f47ac10b58cc4372a5670e02b2c3d479"),
        "longer": ("CharField(max_length=5)", "varchar(3)", "abcdefgh"),
    }
    project = altered(tmp_path, database, cases)

    reconcile(project, "--on-conflict", "alter")

    assert database.execute(f"SELECT {', '.join(cases)} FROM shop_thing") == [
        (
            *(70, 1.5, 100, "2024-05-06 07:08:09", "2024-05-06", "seven", "007", 1, 0, 1, 9007199254740993),
            *(7.0, 2.5, 0.30000000000000004, "2.5", "007", "f47ac10b58cc4372a5670e02b2c3d479", "abcdefgh"),
        )
    ]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_column_beside_the_one_for_which_the_table_is_made_anew(tmp_path: Path, database: Database) -> None:
    """What is accepted in another shape does not keep it where SQLite makes the table from its model."""
    cases = {
        "code": ("IntegerField()", "varchar(9)", "007"),
        "name": ("CharField(max_length=3)", "varchar(9)", "abcdefg"),
        "more": ("PositiveIntegerField()", "integer unsigned", "3"),
    }
    project = altered(tmp_path, database, cases)

    line = refused(project, "--on-conflict", "accept")

    assert line.startswith("1 row of shop_thing (code) would not keep their value as integer (for example id 1; ")
    database.execute("UPDATE shop_thing SET code = '7'")
    reconcile(project, "--on-conflict", "accept")
    assert database.execute("SELECT code, name FROM shop_thing") == [(7, "abcdefg")]
