"""Every migration of the test project, cut before each of its statements where each statement commits.

Takes an hour or more: `pytest -m long tests/guard/test_cut_everywhere.py`. CUT_ROUNDS=2,3 leaves out the other rounds.
Some of these migrations drop columns that hold values by then, which a reconcile does only if it is told that it may.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.cutting import KILLER, schema_of
from tests.harness import Database, Result, run_manage
from tests.harness.commands import ROOT
from tests.harness.vendors import ON_MYSQL

if TYPE_CHECKING:
    from pathlib import Path

MANAGE = f"""
import os
import sys

sys.path.insert(0, {str(ROOT)!r})
from django.core.management import execute_from_command_line

if "CUT_BEFORE" in os.environ:
    exec({KILLER!r})
if "WITHOUT_NOTES" in os.environ:
    from django.conf import settings

    settings.SCHEMAGUARD = {{"RECORD_PROGRESS": False}}
execute_from_command_line(sys.argv)
"""
COUNT = """
import json
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
import re

CHANGES = re.compile(r"\\s*(ALTER|CREATE|DROP|RENAME|UPDATE|INSERT|DELETE)\\b", re.IGNORECASE)
counts = []
def count(execute, sql, params, many, context):
    text = str(sql)
    if counts and CHANGES.match(text) and "schemaguard_" not in text and "django_migrations" not in text:
        counts[-1][2] += 1
    return execute(sql, params, many, context)
def begun(action, migration=None, fake=False):
    if action == "apply_start":
        counts.append([migration.app_label, migration.name, 0])
executor = MigrationExecutor(connection, progress_callback=begun)
with connection.execute_wrapper(count):
    executor.migrate(executor.loader.graph.leaf_nodes())
print(json.dumps(counts))
"""


PARENTS = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

executor = MigrationExecutor(connection)
parents = {{parent.key for parent in executor.loader.graph.node_map[{key!r}].parents}}
executor.migrate(sorted(parents.difference(executor.loader.applied_migrations)))
"""


class Cutter:
    """Runs commands of the test project on one database, and kills `migrate`."""

    def __init__(self, manage: Path, database: Database, *, notes: bool) -> None:
        self.manage, self.database = manage, database
        self.env = {} if notes else {"WITHOUT_NOTES": "1"}

    def run(self, *argv: str, **env: str) -> Result:
        return run_manage(self.database, *argv, manage=self.manage, env={**self.env, **env}, fork=True)

    def verdict(self) -> str:
        """Of a check, or what it says instead."""
        report = self.run("schemaguard", "check", "--format", "json")
        return str(report.json["verdict"]) if report.code in (0, 1) and report.out else report.err

    def cut(self, app: str, name: str, number: int) -> str | None:
        """Kills `migrate` before the statement of that number. Says what went wrong then."""
        self.run("shell", "-c", PARENTS.format(key=(app, name))).expect(0)
        killed = self.run("migrate", app, name, CUT_BEFORE=str(number))
        if killed.code != -9:
            return f"not killed: {killed}"
        verdict = self.verdict()
        if verdict not in ("reconcilable", "pending"):
            return verdict
        mended = self.run("schemaguard", "reconcile", "--noinput", "--accept-data-loss")
        if mended.code:
            return mended.err
        went_on = self.run("migrate", app, name)
        if went_on.code:
            return went_on.err
        verdict = self.verdict()
        return None if verdict in ("in_sync", "pending") else f"{verdict} afterwards"


@pytest.fixture
def manage(tmp_path: Path) -> Path:
    path = tmp_path / "manage.py"
    path.write_text(MANAGE)
    return path


@pytest.mark.long
@pytest.mark.parametrize("notes", [True, False], ids=["with notes", "without"])
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_every_migration_cut_before_each_statement(server: Any, manage: Path, notes: bool) -> None:
    """In rounds: in round k each migration that has so many is cut before its k-th statement, and completed."""
    with server.fresh() as database:
        counted = Cutter(manage, database, notes=notes).run("shell", "-c", COUNT).expect(0)
        counts = json.loads(counted.out.splitlines()[-1])
        whole = schema_of(database)
    assert sum(count for *_, count in counts) > 100
    failures: list[str] = []
    rounds = range(1, max(count for *_, count in counts) + 1)
    chosen = os.environ.get("CUT_ROUNDS")
    for number in rounds if chosen is None else map(int, chosen.split(",")):
        with server.fresh() as database:
            cutter = Cutter(manage, database, notes=notes)
            for app, name, count in counts:
                wrong = cutter.cut(app, name, number) if count >= number else None
                if wrong is not None:
                    failures.append(f"{app}.{name} before statement {number} of {count}: {wrong}")
                    print(failures[-1], flush=True)
                    cutter.run("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", "--accept-data-loss")
            cutter.run("migrate", "--noinput").expect(0)
            if schema_of(database) != whole:
                failures.append(f"round {number}: the schema is another one")
                print(failures[-1], flush=True)
    assert failures == []
