"""Whatever a plan says: what a model of the project has now is not dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations import CreateModel, DeleteModel, RemoveField

from schemaguard.diagnosis.model import Action
from schemaguard.exceptions import Refused
from schemaguard.location.model_tables import ModelTables
from schemaguard.operations.steps import Step
from schemaguard.operations.tasks import DropColumn, DropTable, RunOperation
from schemaguard.reconcile.plan.steps import Plan
from schemaguard.reconcile.transaction.atomic_steps import carry_out
from schemaguard.reconcile.transaction.step_runner import Runner
from tests.harness import Database, Project, make_project, migration
from tests.harness.vendors import EVERYWHERE
from tests.location.places import location, migrate, plan
from tests.shop import dump, everything, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history.test_timeline import Connect

ITEM = CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(null=True))])
WRONG: dict[str, tuple[Any, str]] = {
    "the table": (lambda item, n: DropTable(item, "shop_item"), "table shop_item"),
    "a column": (lambda item, n: DropColumn(n, "shop_item", "n"), "column shop_item.n"),
    "the operation that drops the table": (lambda item, n: RunOperation((1, 0)), "table shop_item"),
    "the operation that drops a column": (lambda item, n: RunOperation((1, 1)), "column shop_item.n"),
}


@pytest.mark.parametrize(("task", "what"), WRONG.values(), ids=WRONG)
def test_a_step_that_drops_what_a_model_has_is_refused(
    connect: Connect, database: Database, task: Any, what: str
) -> None:
    migrations = plan(
        ITEM, [DeleteModel("Item")] if "table" in what else [RemoveField("Item", "id"), RemoveField("Item", "n")]
    )
    with connect(database) as connection:
        migrate(connection, migrations[:1])
        found = location(connection, migrations, recorded=["0000"])
        found = replace(found, models=ModelTables({"shop_item": {"id", "n"}}, found.schema, {}))
        item = found.history.timelines.every_table[0]
        step = Step(Action.REDO, ("shop", "0001"), 1, tasks=[task(item, item.every_column[1])])
        before = dump(database)
        with pytest.raises(Refused) as refusal:
            carry_out(Runner(connection, found, Plan([step])), step, connection)
        assert dump(database) == before
    assert str(refusal.value) == (
        f"shop.0001: {what} is not dropped: a model of the project has it now; everything was rolled back"
    )


INITIAL = migration(
    """
    migrations.CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(null=True)),
        ("owner", models.ForeignKey("app.owner", models.CASCADE, null=True)),
    ]),
    """
)
MODELS = """
    from django.db import models


    class Owner(models.Model):
        id = models.BigAutoField(primary_key=True)


    class Item(models.Model):
        id = models.BigAutoField(primary_key=True)
        n = models.IntegerField(null=True)
        owner = models.ForeignKey(Owner, models.CASCADE, null=True)
"""


def removed(tmp_path: Path, database: Database, operation: str) -> Project:
    """A removal that is recorded and did not happen, of what the models have again."""
    last = migration(operation, after=[("app", "0001_initial")])
    app = {"models": MODELS, "migrations": {"0001_initial": INITIAL, "0002_last": last}}
    project = make_project(tmp_path, apps={"app": app}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_item (n) VALUES (1)")
    project.manage("migrate", "--fake").expect(0)
    return project


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ('migrations.RemoveField("item", "n"),', "column n"),
        ('migrations.RemoveField("item", "owner"),', "column owner_id"),
        ('migrations.DeleteModel("Item"),', "table app_item"),
    ],
)
def test_a_removal_that_did_not_happen_is_not_made_up_for_where_a_model_has_the_thing_again(
    tmp_path: Path, database: Database, operation: str, what: str
) -> None:
    project = removed(tmp_path, database, operation)
    found = project.manage("schemaguard", "check", "--format", "json").json
    (left,) = [each for each in found["findings"] if each["code"] != "SG106"]
    assert (left["level"], left["message"], left["hint"]) == (
        "warning",
        f"{what} is still there; app.0002_last removes it and is recorded, but a model of the project has it now",
        "manage.py makemigrations app, then manage.py schemaguard reconcile",
    )
    before = everything(database)
    reconcile(project, "--accept-data-loss", "--on-conflict", "alter")
    assert everything(database) == before
    project.manage("makemigrations", "app", "--name", "again").expect(0)
    reconcile(project)
    assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"
    assert database.execute("SELECT n FROM app_item") == [(1,)]


def test_a_column_that_a_pending_migration_makes_anew_is_not_dropped_for_a_recorded_removal(
    tmp_path: Path, database: Database
) -> None:
    project = removed(tmp_path, database, 'migrations.RemoveField("item", "n"),')
    again = migration(
        'migrations.AddField("item", "n", models.CharField(max_length=9, null=True)),', after=[("app", "0002_last")]
    )
    project.write_app(
        "app",
        {
            "models": MODELS.replace("n = models.IntegerField(", "n = models.CharField(max_length=9, ", 1),
            "migrations": {"0003_again": again},
        },
    )
    assert refused(project, "--accept-data-loss") == (
        "app.0002_last: column app_item.n is not dropped: a model of the project has it now; nothing was changed"
    )


TWO = """
    migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True)), ("code", models.IntegerField())]),
    migrations.CreateModel("Tome", [("id", models.BigAutoField(primary_key=True)), ("leaf", models.IntegerField())]),
"""
ANOTHER_BOOK = """
    from django.db import models


    class Book(models.Model):
        id = models.BigAutoField(primary_key=True)
        leaf = models.IntegerField()
"""


@EVERYWHERE
def test_a_table_goes_whose_name_a_pending_migration_gives_to_another(tmp_path: Path, database: Database) -> None:
    """The record of the deletion is false. The model of that name is the other one, which is renamed by then."""
    migrations = {
        "0001_initial": migration(TWO),
        "0002_without": migration("migrations.DeleteModel('book'),", after=[("shop", "0001_initial")]),
        "0003_renamed": migration("migrations.RenameModel('tome', 'book'),", after=[("shop", "0002_without")]),
    }
    apps = {"shop": {"migrations": migrations, "models": ANOTHER_BOOK}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("INSERT INTO shop_book (code) VALUES (1)")
    database.execute("INSERT INTO shop_tome (leaf) VALUES (2)")
    project.manage("migrate", "shop", "0002", "--fake").expect(0)
    assert "1 row of shop_book is dropped with the table" in refused(project)
    project.manage("schemaguard", "reconcile", "--noinput", "--accept-data-loss").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT leaf FROM shop_book") == [(2,)]
    assert project.manage("schemaguard", "check").code == 0
