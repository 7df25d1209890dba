"""A `migrate` that is killed before its n-th statement, or at any moment, where nothing takes back what was done.

CUT_BEFORE is the number of the statement, CUT_AFTER the seconds since the first one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.harness import Database, Project, catalog_dump, make_project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KILLER = """
import os
import re
import signal
import threading

from django.db import connections
from django.db.backends.signals import connection_created

CHANGES = re.compile(r"\\s*(ALTER|CREATE|DROP|RENAME|UPDATE|INSERT|DELETE)\\b", re.IGNORECASE)
left = int(os.environ.get("CUT_BEFORE", "0"))
seconds = float(os.environ.get("CUT_AFTER", "0"))


def count(execute, sql, params, many, context):
    global left
    text = str(sql)
    if CHANGES.match(text) and "schemaguard_" not in text and "django_migrations" not in text:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if left == -1 and seconds:
            threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGKILL]).start()
    return execute(sql, params, many, context)


def watch(connection, **kwargs):
    if connections["default"] is connection and count not in connection.execute_wrappers:
        connection.execute_wrappers.append(count)


if left or seconds:
    connection_created.connect(watch)
"""
MODELS = """
from django.db import models


class Shelf(models.Model):
    id = models.BigAutoField(primary_key=True)


class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
    n = models.IntegerField()
    text = models.CharField(max_length=20, default="none")
    a = models.IntegerField(null=True)
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True)
"""
OURS = ("schemaguard_journal", "schemaguard_progress")


def history(vendor: str) -> Mapping[str, str]:
    """With several statements in an operation, data migrations between operations, and statements for the end."""
    atomic = vendor == "mysql"
    initial = migration(
        """
        migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Thing", [
            ("id", models.BigAutoField(primary_key=True)),
            ("n", models.IntegerField()),
            ("text", models.CharField(max_length=9, null=True)),
        ]),
        migrations.RunPython(first),
        """,
        imports="""
        def first(apps, schema_editor):
            apps.get_model("app", "Thing").objects.using(schema_editor.connection.alias).create(n=1)
        """,
    )
    grown = migration(
        """
        migrations.AddField("thing", "a", models.IntegerField(null=True)),
        migrations.RunPython(add),
        migrations.RunSQL(["UPDATE app_thing SET n = n + 10", "UPDATE app_thing SET n = n + 100"]),
        migrations.AlterField("thing", "text", models.CharField(max_length=20, default="none")),
        migrations.RunSQL("UPDATE app_thing SET n = n + 1000; UPDATE app_thing SET n = n + 10000;"),
        migrations.AddField("thing", "shelf", models.ForeignKey("app.Shelf", models.CASCADE, null=True)),
        migrations.RunPython(add),
        """,
        after=[("app", "0001_initial")],
        atomic=atomic,
        imports="""
        from django.db import transaction

        def add(apps, schema_editor):
            alias = schema_editor.connection.alias
            with transaction.atomic(using=alias):
                for thing in apps.get_model("app", "Thing").objects.using(alias):
                    thing.n += 1
                    thing.save(using=alias)
        """,
    )
    if not atomic:
        # Where it takes no more than one statement, or copies a table.
        grown = grown.replace('AlterField("thing", "text"', 'AddField("thing", "more"')
        # Its transaction is the operation's own: only then the note is written inside it.
        grown = grown.replace("RunPython(add)", "RunPython(add, atomic=True)")
    return {"0001_initial": initial, "0002_grown": grown}


def cut_project(path: Path, database: Database, migrations: Mapping[str, str], **settings: Any) -> Project:
    app = {"migrations": migrations, "models": KILLER + MODELS}
    return make_project(path, apps={"app": app}, settings={"SCHEMAGUARD": settings}, database=database)


def cut(project: Project, number: int) -> bool:
    """Whether there was such a statement, before which `migrate` was killed."""
    code = project.manage("migrate", env={"CUT_BEFORE": str(number)}).code
    assert code in (0, -9)
    return code == -9


def schema_of(database: Database) -> Any:
    """What the database consists of, but for our own tables and the order of columns."""
    if database.vendor != "mysql":
        # A cut on PostgreSQL may leave a default that Django drops at once: it is nobody's harm, and no finding.
        text = re.sub(r" default 'none'\S*( varying)?", "", catalog_dump(database, without=OURS))
        return [sorted(re.split(r"[,()] ?", line)) for line in text.split("\n")]
    return dict(sorted(_tables(database)))


def _tables(database: Database) -> Iterator[tuple[str, list[str]]]:
    for (name,) in database.execute("SHOW TABLES"):
        if not name.startswith("schemaguard_"):
            text = database.execute(f"SHOW CREATE TABLE `{name}`")[0][1]
            lines = re.sub(r" AUTO_INCREMENT=\d+", "", text).split("\n")
            yield name, sorted(line.strip(" ,") for line in lines)


def things(database: Database) -> list[Any]:
    """The numbers of the rows, and the text that an operation of several statements gave them."""
    text = "text" if database.vendor == "mysql" else "more"
    return database.execute(f"SELECT n, {text} FROM app_thing")
