"""Code that is the last operation of a migration, where no note says whether it has run.

Where each statement commits, what the migration has made before proves nothing of it. Elsewhere it does.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.guard.cutting import KILLER
from tests.harness import make_project, migration
from tests.harness.vendors import EVERYWHERE, ON_MYSQL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project

MODELS = """
from django.db import models


class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
    a = models.IntegerField(null=True)
"""
OTHER = """
from django.db import models


class Other(models.Model):
    id = models.BigAutoField(primary_key=True)
"""
MADE = """
migrations.AddField("thing", "a", models.IntegerField(null=True)),
migrations.RunPython(fill),
"""
FILL = """
def fill(apps, schema_editor):
    apps.get_model("shop", "Thing").objects.using(schema_editor.connection.alias).create(a=7)
"""
UNSEEN = (
    "shop.0002_filled, operation 2 (Raw Python operation): the run was cut off there, and nothing shows whether it has "
    "run"
)
WITH_KEY = """
migrations.CreateModel("Label", [
    ("id", models.BigAutoField(primary_key=True)),
    ("thing", models.ForeignKey("shop.Thing", models.CASCADE)),
]),
migrations.AddField("thing", "a", models.IntegerField(null=True)),
migrations.RunPython(fill),
"""
"""Django makes the foreign key at the end of the migration, after that code."""
LABEL = """

class Label(models.Model):
    id = models.BigAutoField(primary_key=True)
    thing = models.ForeignKey(Thing, models.CASCADE)
"""
LOST = ("DELETE FROM django_migrations WHERE name = '0002_filled'", "DELETE FROM django_migrations")
"""The record of that migration alone, and all of them."""


def shop(
    path: Path,
    database: Database,
    operations: str = MADE,
    models: str = MODELS,
    beside: str = "wares",
    imports: str = FILL,
    *,
    atomic: bool = True,
) -> Project:
    """`beside`: another app, of which all has run; by default it comes after the shop in the order of `migrate`."""
    first = migration('migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),')
    other = migration('migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),')
    filled = migration(operations, after=[("shop", "0001_initial")], imports=imports, atomic=atomic)
    project = make_project(
        path,
        apps={
            "shop": {"models": KILLER + models, "migrations": {"0001_initial": first, "0002_filled": filled}},
            beside: {"models": OTHER, "migrations": {"0001_initial": other}},
        },
        settings={"SCHEMAGUARD": {"RECORD_PROGRESS": False}},
        database=database,
    )
    project.manage("migrate", "shop", "0001").expect(0)
    project.manage("migrate", beside).expect(0)
    return project


def rows(database: Database) -> list[tuple[int, ...]]:
    return database.execute("SELECT a FROM shop_thing")


def state(project: Project) -> str:
    report = project.manage("schemaguard", "check", "--format", "json")
    return next(str(each["state"]) for each in report.json["migrations"] if each["name"] == "0002_filled")


def cut(path: Path, database: Database, beside: str = "wares") -> Project:
    project = shop(path, database, beside=beside)
    assert project.manage("migrate", env={"CUT_BEFORE": "2"}).code == -9
    assert rows(database) == []
    return project


@pytest.mark.parametrize(("beside", "lost"), [("wares", "SELECT 1"), ("goods", LOST[1])], ids=["its own", "no records"])
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_it_is_run_and_that_is_said(tmp_path: Path, database: Database, beside: str, lost: str) -> None:
    project = cut(tmp_path, database, beside)
    database.execute(lost)
    assert state(project) == "present"

    result = project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert f"{UNSEEN}; it is run (--data-migrations skip leaves it out)" in result.err
    assert rows(database) == [(7,)]
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_a_person_can_say_it(tmp_path: Path, database: Database) -> None:
    project = cut(tmp_path, database)
    stopped = project.manage("schemaguard", "reconcile", "--noinput", "--data-migrations", "stop").expect(1)
    assert f"{UNSEEN}; --data-migrations run or skip" in stopped.err

    project.manage("schemaguard", "reconcile", "--noinput", "--data-migrations", "skip").expect(0)

    assert rows(database) == []
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@EVERYWHERE
@pytest.mark.parametrize("lost", LOST, ids=["its record", "all records"])
def test_a_lost_record(tmp_path: Path, database: Database, lost: str) -> None:
    """What is there proves that the code ran where a transaction holds both. Else a person can say so."""
    project = shop(tmp_path, database)
    project.manage("migrate").expect(0)
    database.script(lost)
    assert state(project) == "present"
    skips = ["--data-migrations", "skip"] if database.vendor == "mysql" else []

    result = project.manage("schemaguard", "reconcile", "--noinput", *skips).expect(0)

    assert result.err == ""
    assert rows(database) == [(7,)]
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_what_came_after_it_proves_that_it_ran(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database)
    later = 'migrations.AddField("thing", "b", models.IntegerField(null=True)),'
    project.write("shop/migrations/0003_later.py", migration(later, after=[("shop", "0002_filled")]))
    project.write("shop/models.py", MODELS + "    b = models.IntegerField(null=True)\n")
    project.manage("migrate").expect(0)
    database.execute("DELETE FROM django_migrations")

    assert project.manage("schemaguard", "reconcile", "--noinput").expect(0).err == ""

    assert rows(database) == [(7,)]


@pytest.mark.parametrize(("number", "lost"), [(3, []), (4, [(7,)])], ids=["right before it", "right after it"])
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_what_is_made_at_the_end_is_missing(
    tmp_path: Path, database: Database, number: int, lost: list[tuple[int, ...]]
) -> None:
    project = shop(tmp_path, database, WITH_KEY, MODELS + LABEL)
    assert project.manage("migrate", env={"CUT_BEFORE": str(number)}).code == -9
    assert rows(database) == lost
    assert state(project) == "partial"

    result = project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert UNSEEN.replace("operation 2", "operation 3") in result.err
    assert rows(database) == [*lost, (7,)]
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_what_is_made_at_the_end_proves_that_it_ran(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, WITH_KEY, MODELS + LABEL)
    project.manage("migrate").expect(0)
    database.execute("DELETE FROM django_migrations")

    assert project.manage("schemaguard", "reconcile", "--noinput").expect(0).err == ""

    assert rows(database) == [(7,)]


LABELS = """
def fill(apps, schema_editor):
    thing = apps.get_model("shop", "Thing").objects.create()
    apps.get_model("shop", "Label").objects.create(thing=thing)
"""
LEFT_OUT = (
    "shop.0002_filled, operation {} (Raw Python operation): the run was cut off there, and the rows in shop_label "
    "alone show that it has run; it is left out (--data-migrations run runs it)"
)


def labels(database: Database) -> int:
    return int(database.execute("SELECT count(*) FROM shop_label")[0][0])


@pytest.mark.parametrize(("number", "wrote"), [(3, False), (5, True)], ids=["right before it", "right after it"])
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_rows_that_it_seems_to_have_written(tmp_path: Path, database: Database, number: int, wrote: bool) -> None:
    project = shop(tmp_path, database, WITH_KEY, MODELS + LABEL, imports=LABELS)
    assert project.manage("migrate", env={"CUT_BEFORE": str(number)}).code == -9
    assert labels(database) == int(wrote)
    assert state(project) == "partial"

    result = project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert (UNSEEN.replace("operation 2", "operation 3") in result.err) is not wrote
    assert (LEFT_OUT.format(3) in result.err) is wrote
    assert labels(database) == 1
    assert (
        "table shop_label, which its code fills, has rows" in project.manage("schemaguard", "show", "1").out
    ) is wrote
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize(("how", "left"), [("run", 2), ("skip", 1)])
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_a_person_knows_better_than_rows(tmp_path: Path, database: Database, how: str, left: int) -> None:
    project = shop(tmp_path, database, WITH_KEY, MODELS + LABEL, imports=LABELS)
    assert project.manage("migrate", env={"CUT_BEFORE": "5"}).code == -9
    stopped = project.manage("schemaguard", "reconcile", "--noinput", "--data-migrations", "stop").expect(1)
    assert f"{LEFT_OUT.format(3).partition(';')[0]}; --data-migrations run or skip" in stopped.err

    project.manage("schemaguard", "reconcile", "--noinput", "--data-migrations", how).expect(0)

    assert labels(database) == left


TWO = """
migrations.CreateModel("Label", [
    ("id", models.BigAutoField(primary_key=True)),
    ("thing", models.IntegerField(null=True)),
]),
{first},
migrations.RunPython(fill, atomic=True),
"""
TWO_LABELS = """
class Label(models.Model):
    id = models.BigAutoField(primary_key=True)
    thing = models.IntegerField(null=True)
"""
ONE_LABEL = """
def fill(apps, schema_editor):
    apps.get_model("shop", "Label").objects.create(thing=1)
"""
CODE = "migrations.RunPython(first)"
DEFINED = "def first(apps, schema_editor):\n    "
BESIDE = {
    "code that is read": (CODE, f"{DEFINED}apps.get_app_config('shop')\n", 2),
    "code about it": (CODE, f"{DEFINED}apps.get_model('shop', 'Label').objects.count()\n", 1),
    "code from elsewhere": (CODE, f"from shop.models import Thing as load\n{DEFINED}load._meta\n", 0),
    "code from anywhere": (CODE, f"from shop.models import *\n{DEFINED}Thing._meta\n", 0),
    "a command": (CODE, f"from django.core.management import call_command\n{DEFINED}call_command('check')\n", 0),
    "code in a class": (
        "migrations.RunPython(Code.first)",
        "class Code:\n    def first(apps, schema_editor): ...\n",
        0,
    ),
    "SQL about another table": ('migrations.RunSQL("UPDATE shop_thing SET id = id")', "", 2),
    "SQL that fills it": ('migrations.RunSQL("INSERT INTO shop_label (thing) VALUES (3)")', "", 0),
}


def filled(path: Path, database: Database, first: str, imports: str, *, atomic: bool = True) -> Project:
    """All of it has run, and its record is lost."""
    project = shop(path, database, TWO.format(first=first), MODELS, imports=imports + ONE_LABEL, atomic=atomic)
    without = MODELS.replace("    a = models.IntegerField(null=True)\n", "")
    project.write("shop/models.py", KILLER + without + TWO_LABELS)
    project.manage("migrate").expect(0)
    database.execute(LOST[0])
    return project


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_what_else_may_have_written_them(tmp_path: Path, database: Database, beside: str) -> None:
    """Rows tell of the code that alone fills a table, and so of what is before it."""
    first, imports, told = BESIDE[beside]
    project = filled(tmp_path, database, first, imports)

    plan = project.manage("schemaguard", "reconcile", "--dry-run")

    assert plan.err.count("the rows in shop_label alone show that it has run") == told
    assert plan.err.count("nothing shows whether it has run") == 2 - told


LOCK = {"postgresql": "LOCK TABLE shop_label IN ACCESS EXCLUSIVE MODE", "mysql": "LOCK TABLES shop_label WRITE"}


@pytest.mark.parametrize("vendor", ["postgresql", ON_MYSQL], indirect=True)
def test_rows_are_no_sign_while_somebody_keeps_them_from_everybody(tmp_path: Path, database: Database) -> None:
    """Nobody waits for them without end."""
    project = filled(tmp_path, database, *BESIDE["code that is read"][:2], atomic=False)
    sign = "the rows in shop_label alone show that it has run"
    assert project.manage("schemaguard", "reconcile", "--dry-run").err.count(sign) == 2

    with closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(LOCK[database.vendor])
        locked = project.manage("schemaguard", "check").expect(1)

    assert "nothing shows whether operation 2 (Raw Python operation) and operation 3 (Raw Python operation) ran" in (
        " ".join(locked.out.split())
    )
