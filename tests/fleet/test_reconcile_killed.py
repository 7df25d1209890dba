"""A reconcile of 300 schemas is killed: nothing is half, and the next one goes on from there."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.fleet.tenants import provision_alike, tenants_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Database, Postgres, Project

pytestmark = pytest.mark.long
NUMBER = 300
MINUTES = 15
"""For all of them, on a machine that has other things to do."""
SECONDS = (0.6, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0)
RECONCILE = ("schemaguard", "reconcile", "--all-schemas", "--noinput", "--jobs", "2", "--format", "json")


@pytest.fixture(scope="module")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Every schema has lost two of its four records."""
    with postgres.fresh() as database:
        project = tenants_project(tmp_path_factory.mktemp("many"), database)
        names = [f"t{number:03d}" for number in range(1, NUMBER + 1)]
        provision_alike(project, names[0], names[1:])
        lost = (f"DELETE FROM {name}.django_migrations WHERE name >= '0003'" for name in names)
        database.script("; ".join(lost))
        yield project


def state(database: Database) -> dict[str, tuple[int, bool]]:
    """schema → its records, and whether it has a journal."""
    arms = " UNION ALL ".join(
        f"SELECT 't{number:03d}', count(*), to_regclass('t{number:03d}.schemaguard_journal') IS NOT NULL "
        f"FROM t{number:03d}.django_migrations"
        for number in range(1, NUMBER + 1)
    )
    return {name: (int(records), bool(journal)) for name, records, journal in database.execute(arms)}


@pytest.mark.parametrize("seconds", SECONDS)
def test_nothing_is_half_and_the_next_run_ends_right(postgres: Postgres, template: Project, seconds: float) -> None:
    with postgres.fresh(template.database) as database:
        project = template.on(database)
        process = project.start(*RECONCILE)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        database_is_quiet(database)
        assert set(state(database).values()) <= {(2, False), (4, True)}
        next_one = project.start(*RECONCILE)
        out, err = next_one.communicate(timeout=MINUTES * 60)
        assert next_one.returncode == 0, err
        assert [(each["verdict"], each["count"]) for each in json.loads(out)["groups"]] == [("in_sync", NUMBER)]
        assert set(state(database).values()) == {(4, True)}


def database_is_quiet(database: Database) -> None:
    """What the killed one had forked ends soon after it: it has lost whom it works for."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 60
    while database.execute(others) != [(0,)]:
        assert time.monotonic() < until, "somebody still works on the database"
        time.sleep(0.5)


def test_a_first_one_that_fails_leaves_the_other_299_untouched(postgres: Postgres, template: Project) -> None:
    with postgres.fresh(template.database) as database:
        # Whoever writes the record of 0003 waits for this lock, and gives up; only in the first schema.
        connection = database.connect()
        connection.autocommit = False
        connection.execute("LOCK TABLE t001.django_migrations IN SHARE ROW EXCLUSIVE MODE")
        argv = (*RECONCILE, "--lock-timeout", "1")
        template.on(database).manage(*argv).expect(1)
        connection.rollback()
        connection.close()
        assert set(state(database).values()) == {(2, False)}
