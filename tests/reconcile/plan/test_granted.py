"""Tables that a migration takes for granted: no migration makes them, and where they are not there, it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import AppSource, Database, Project, make_project, migration
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = '[("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9, null=True))]'
UNMANAGED = f'migrations.CreateModel("Customer", {FIELDS}, options={{"managed": False, "db_table": "customer"}}),'
MANAGED = 'migrations.AlterModelOptions("customer", {}),'
IN_STATE = f"""
    migrations.SeparateDatabaseAndState(
        [], [migrations.CreateModel("Customer", {FIELDS}, options={{"db_table": "customer"}})]
    ),
"""
VAT = 'migrations.AddField("customer", "vat", models.CharField(max_length=9, null=True)),'
BY_HAND = "CREATE TABLE customer (id bigint PRIMARY KEY, name varchar(9) NULL)"
VIEW = "CREATE VIEW customer AS SELECT 1 AS id, 'a' AS name"
MODELS = """
from django.db import models


class Customer(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=9, null=True)
    vat = models.CharField(max_length=9, null=True)

    class Meta:
        db_table = "customer"
"""
SAID = "table customer is missing, and no migration makes it"


def ledger(tmp_path: Path, database: Database, *operations: str, at: str = "") -> Project:
    names = [f"{number:04}_ledger" for number in range(1, len(operations) + 1)]
    history = {
        name: migration(operation, after=[("ledger", before)] if before else [])
        for name, operation, before in zip(names, operations, ["", *names], strict=False)
    }
    app: AppSource = {"models": MODELS, "migrations": history}
    project = make_project(tmp_path, apps={"ledger": app}, database=database)
    project.manage("migrate", "ledger", at or names[-1]).expect(0)
    return project


def checked(project: Project) -> tuple[str, list[tuple[Any, ...]]]:
    found = project.manage("schemaguard", "check", "--format", "json").json
    told = [(each["code"], each["message"], each["hint"]) for each in found["findings"] if each["code"] != "SG106"]
    return found["verdict"], told


@pytest.mark.parametrize(
    ("operations", "by"),
    [((UNMANAGED, MANAGED), "0002_ledger"), ((IN_STATE,), "0001_ledger"), ((UNMANAGED, MANAGED, VAT), "0002_ledger")],
    ids=["it became managed", "made in the state alone", "a migration alters it"],
)
def test_a_table_that_no_migration_makes_is_missed(
    tmp_path: Path, database: Database, operations: tuple[str, ...], by: str
) -> None:
    project = ledger(tmp_path, database, *operations, at=by)
    hint = "put it back with its rows, or, to have it made without any: manage.py schemaguard reconcile"
    assert checked(project) == ("reconcilable", [("SG201", f"{SAID}: ledger.{by} takes it for granted", hint)])
    if VAT in operations:
        assert f"ledger.{by} takes a table for granted\n    {SAID}" in project.manage("migrate").expect(1).err
    reconcile(project)
    project.manage("migrate").expect(0)
    assert checked(project) == ("in_sync", [])


def test_where_it_is_yet_to_be_taken_for_granted_the_way_leads_over_that(tmp_path: Path, database: Database) -> None:
    project = ledger(tmp_path, database, UNMANAGED, MANAGED, VAT, at="0001")
    verdict, ((_, message, hint),) = checked(project)
    assert (verdict, message) == ("conflict", f"{SAID}: ledger.0002_ledger takes it for granted")
    assert hint.endswith("manage.py migrate ledger 0002_ledger, then manage.py schemaguard reconcile")
    assert SAID in project.manage("migrate").expect(1).err
    project.manage("migrate", "ledger", "0002").expect(0)
    reconcile(project)
    project.manage("migrate").expect(0)
    assert checked(project) == ("in_sync", [])


@pytest.mark.parametrize("statement", [BY_HAND, VIEW], ids=["table", "view"])
def test_whatever_has_the_name_is_it(tmp_path: Path, database: Database, statement: str) -> None:
    project = ledger(tmp_path, database, f'migrations.RunSQL("{statement}"),', IN_STATE)
    assert checked(project) == ("in_sync", [])


def test_one_that_was_let_go_and_taken_back_is_the_one_that_was_made(tmp_path: Path, database: Database) -> None:
    made = f'migrations.CreateModel("Customer", {FIELDS}, options={{"db_table": "customer"}}),'
    let_go = 'migrations.AlterModelOptions("customer", {"managed": False}),'
    project = ledger(tmp_path, database, made, let_go, MANAGED, VAT)
    assert checked(project) == ("in_sync", [])
    database.script("DROP TABLE customer")
    verdict, told = checked(project)
    assert (verdict, [message for _, message, _ in told]) == (
        "reconcilable",
        ["table customer is missing; ledger.0001_ledger makes it"],
    )
    reconcile(project)
    assert checked(project) == ("in_sync", [])
