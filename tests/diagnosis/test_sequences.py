"""Sequences: what is not looked at is said, and what a clean migrate may leave is a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemaguard.diagnosis.findings.sequences import MOST, unasked
from schemaguard.schema.objects import Schema
from schemaguard.schema.sequences import Sequence
from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

UNIT = 'migrations.CreateModel("Unit", [("id", models.BigAutoField(primary_key=True))]),'
FILL = """
def fill(apps, schema_editor):
    apps.get_model("shop", "Unit").objects.create(pk=6)

"""


@pytest.mark.parametrize(
    ("number", "said"), [(0, ()), (MOST, ()), (MOST + 7, ("the sequences of 7 tables: one statement looks at 400",))]
)
def test_more_sequences_than_one_statement_looks_at(number: int, said: tuple[str, ...]) -> None:
    sequences = tuple(Sequence(name=f"s{n}", table=f"t{n}", column="id", last=1) for n in range(number))
    assert unasked(Schema(vendor="postgresql", sequences=sequences)) == said


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("by_code", "used", "code"), [(True, False, "SG501"), (True, True, "SG401"), (False, False, "SG401")]
)
def test_rows_that_a_migration_gave_their_keys(
    tmp_path: Path, database: Database, by_code: bool, used: bool, code: str
) -> None:
    operations = UNIT + ("migrations.RunPython(fill)," if by_code else "")
    made = migration(operations, imports=FILL if by_code else "")
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": made}}}, database=database)
    project.manage("migrate").expect(0)
    if not by_code:
        database.execute("INSERT INTO shop_unit (id) VALUES (6)")
    if used:
        database.execute("INSERT INTO shop_unit DEFAULT VALUES")

    findings = project.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]

    (found,) = [each for each in findings if each["kind"] == "sequence"]
    assert (found["code"], found["level"]) == (code, "info" if code == "SG501" else "warning")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert database.execute("INSERT INTO shop_unit DEFAULT VALUES RETURNING id") == [(7,)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_rows_that_a_migration_of_another_app_gave_their_keys(tmp_path: Path, database: Database) -> None:
    """fluent_blogs' makes the first Site."""
    made = migration(UNIT)
    filled = migration("migrations.RunPython(fill),", imports=FILL, after=[("shop", "0001_initial")])
    apps = {"shop": {"migrations": {"0001_initial": made}}, "blog": {"migrations": {"0001_initial": filled}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)

    findings = project.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]
    assert [each["code"] for each in findings if each["kind"] == "sequence"] == ["SG501"]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_sequence_that_counts_down_to_its_rows(tmp_path: Path, database: Database) -> None:
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_initial": migration(UNIT)}}}, database=database
    )
    project.manage("migrate").expect(0)
    database.execute("INSERT INTO shop_unit SELECT FROM generate_series(1, 3)")
    database.execute("ALTER SEQUENCE shop_unit_id_seq INCREMENT BY -1 MINVALUE -1000")

    findings = project.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]

    (found,) = [each for each in findings if each["kind"] == "sequence"]
    assert (found["code"], found["actual"]) == ("SG403", "2, and down")
    assert found["message"].endswith("counts down, by 1: it comes to 2, which shop_unit.id has, and the INSERT fails")
    assert found["hint"].startswith("ALTER SEQUENCE")
    database.execute("TRUNCATE shop_unit")
    findings = project.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"]
    assert [each for each in findings if each["kind"] == "sequence"] == []
