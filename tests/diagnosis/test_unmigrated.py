"""Models that are ahead of their migrations, and what of them the database has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel("Log", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)), ("note", models.TextField()),
    ]),
    """
)
MODELS = """
from django.db import models

class Tag(models.Model):
    id = models.BigAutoField(primary_key=True)

class Log(models.Model):
    id = models.BigAutoField(primary_key=True)
    note = models.TextField(null=True)
    size = models.IntegerField(null=True)
    tags = models.ManyToManyField(Tag)
"""
NOTES = """
from django.db import models

class Note(models.Model):
    id = models.BigAutoField(primary_key=True)
"""


@pytest.mark.parametrize(
    ("script", "there"),
    [
        ("SELECT 1", ""),
        ("CREATE TABLE shop_tag (id bigint PRIMARY KEY); ALTER TABLE shop_log ADD COLUMN size integer", "2"),
        ("ALTER TABLE shop_log ADD COLUMN size integer", "1"),
        ("DROP TABLE shop_log", ""),
    ],
)
def test_what_makemigrations_would_write(tmp_path: Path, database: Database, script: str, there: str) -> None:
    apps = {"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL}}}
    project = make_project(tmp_path, apps={**apps, "notes": {"models": NOTES}}, database=database)
    project.manage("migrate").expect(0)
    database.script(script)

    report = project.manage("schemaguard", "check", "--format", "json").json

    found = [each for each in report["findings"] if each["problem"] == "unmigrated"]
    assert [(each["code"], each["app"], each["message"]) for each in found] == [
        (
            "SG106",
            "shop",
            "the models of shop are ahead of its migrations: Create model Tag; Add field size to log; "
            "Alter field note on log and 1 more" + (f"; the database already has {there} of these" if there else ""),
        )
    ]
    assert found[0]["hint"] == "manage.py makemigrations shop" + (
        ", then manage.py schemaguard reconcile, which records what is there instead of running it" if there else ""
    )


@pytest.mark.parametrize("urls", ["import shop.far; print('a view')", "import shop.far; raise RuntimeError('broken')"])
def test_models_that_nothing_but_a_view_imports(tmp_path: Path, database: Database, urls: str) -> None:
    """makemigrations imports the URLconf for its system checks, and sees them."""
    far = "from django.db import models\n\nclass Log(models.Model):\n    id = models.BigAutoField(primary_key=True)\n"
    far += "    note = models.TextField()\n    class Meta:\n        app_label = 'shop'\n"
    source = {"migrations": {"0001_initial": INITIAL}, "files": {"far.py": far}, "models": ""}
    project = make_project(tmp_path, apps={"shop": source}, database=database, settings={"ROOT_URLCONF": "urls"})
    project.write("urls.py", f"{urls}\nurlpatterns = []\n")
    project.manage("migrate", "--skip-checks").expect(0)

    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["findings"] == []


def test_a_proxy_is_not_in_the_database_already(tmp_path: Path, database: Database) -> None:
    proxy = (
        MODELS.partition("class Log")[0]
        .replace("class Tag", "class Log")
        .replace("primary_key=True)", "primary_key=True)\n    note = models.TextField()")
    )
    proxy += "\nclass Short(Log):\n    class Meta:\n        proxy = True\n"
    apps = {"shop": {"models": proxy, "migrations": {"0001_initial": INITIAL}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)

    (finding,) = project.manage("schemaguard", "check", "--format", "json").json["findings"]

    assert finding["message"] == "the models of shop are ahead of its migrations: Create proxy model Short"


SPARING = """
from django.core.management.commands.makemigrations import Command
"""
TOLD = """
from django.db import models

class Log(models.Model):
    id = models.BigAutoField(primary_key=True, verbose_name="number")
    note = models.TextField({changed}help_text="what happened", validators=[print])
    class Meta:
        ordering = ["id"]
"""


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("changed", ["", "null=True, ", "db_column='remark', "])
def test_a_makemigrations_of_the_project_s_own(tmp_path: Path, database: Database, own: bool, changed: str) -> None:
    """Such commands leave out what the database is not told, and what they would write is not asked."""
    files = {"management/commands/makemigrations.py": SPARING} if own else {}
    source = {"models": TOLD.format(changed=changed), "migrations": {"0001_initial": INITIAL}, "files": files}
    project = make_project(tmp_path, apps={"shop": source}, database=database)
    project.manage("migrate").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").json

    ((level, message),) = [
        (each["level"], each["message"].partition(": ")[2])
        for each in report["findings"]
        if each["problem"] == "unmigrated"
    ]
    every = "Change Meta options on log; Alter field id on log; Alter field note on log"
    if not own:
        assert (level, message) == ("warning", every)
    elif changed:
        assert (level, message) == ("warning", "Alter field note on log")
    else:
        left_out = "; no database sees that, and this project's own makemigrations may leave it out"
        assert (level, message) == ("info", every + left_out)
