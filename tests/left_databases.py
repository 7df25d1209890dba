"""A database left where a random history says, and how such histories are tried.

SCHEMAGUARD_HISTORIES is how many are told on each database, SCHEMAGUARD_SEED where they begin (0).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.harness import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis import strategies as st

    from tests.harness import Database, Project
    from tests.random_histories import Left

OFF = {"SCHEMAGUARD_OFF": "1"}
HALF = '''
"""Leaves the database in the middle of a migration, as a run does that was killed there."""
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def leave(position, count):
    executor = MigrationExecutor(connection)
    plan = [each for each, _ in executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)]
    state = executor._create_project_state(with_applied_migrations=True)
    for operation in plan[position].operations[:count]:
        before = state.clone()
        operation.state_forwards("shop", state)
        with connection.schema_editor(atomic=True) as editor:
            operation.database_forwards("shop", editor, before, state)
'''


def tried(number: int, *strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Decorates a trial: so many examples of the strategies, the same each time, and none is made smaller."""

    def decorated(trial: Callable[..., None]) -> Callable[[], None]:
        once = settings(
            max_examples=int(os.environ.get("SCHEMAGUARD_HISTORIES", number)),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        made: Callable[[], None] = seed(int(os.environ.get("SCHEMAGUARD_SEED", "0")))(once(given(*strategies)(trial)))
        return made

    return decorated


def leave(folder: Path, left: Left, clean: Database, database: Database) -> Project:
    """The project, with `clean` migrated to the end and `database` as far as it was left; all records are there yet."""
    project = make_project(folder, apps={"shop": {"migrations": left.files}}, database=database)
    project.write("half.py", HALF)
    names = sorted(left.files)
    project.on(clean).manage("migrate", env=OFF).expect(0)
    project.manage("migrate", "shop", names[left.whole - 1] if left.whole else "zero", env=OFF).expect(0)
    if left.half:
        project.manage("shell", "-c", f"import half; half.leave({left.whole}, {left.half})").expect(0)
    return project


def lose_records(left: Left, database: Database) -> None:
    names = sorted(left.files)
    for lost in left.lost:
        database.execute(f"DELETE FROM django_migrations WHERE name = '{names[lost]}'")


def comes_home(project: Project, told: str, schema: Callable[[Database], Any], clean: Database) -> None:
    """Reconcile and migrate end where a clean migrate does, and nothing is left to say."""
    for command in (("schemaguard", "reconcile", "--noinput"), ("migrate",)):
        result = project.manage(*command)
        assert result.code == 0, f"{result}\n{told}"
    assert schema(project.database) == schema(clean), told
    in_sync(project, told)


def in_sync(project: Project, told: str) -> None:
    verdict = project.manage("schemaguard", "check", "--format", "json").json["verdict"]
    assert verdict == "in_sync", f"{verdict}\n{told}"
