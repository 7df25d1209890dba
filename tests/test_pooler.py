"""Behind PgBouncer in transaction mode: nothing is left in a session, and a pool that is too small is one clear line.

Run by `make test-pooler`; PgBouncer is a package of the distributions (apt-get install pgbouncer).
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from tests.guard.test_one_at_a_time import NOTHING, at_the_gate, ended, everything_once, project_on, waits
from tests.harness import Database, records
from tests.harness.pooler import pooled, program
from tests.reconcile.transaction.test_failures import half_way, transaction
from tests.reconcile.transaction.test_outside import CONCURRENTLY, both_end_well, outside
from tests.shop import everything, history, reconcile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("SCHEMAGUARD_TEST_POOLER" not in os.environ, reason="make test-pooler runs these"),
    pytest.mark.skipif(program() is None, reason="PgBouncer is not installed: nothing is known about poolers"),
    pytest.mark.parametrize("vendor", ["postgresql"], indirect=True),
]
SHOWN = "SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def sessions(pool: Database, size: int) -> set[tuple[str, ...]]:
    """What every connection of the pool is set to."""
    found = set()
    with ExitStack() as stack:
        for _ in range(size):
            cursor = stack.enter_context(closing(stack.enter_context(closing(pool.connect())).cursor()))
            cursor.execute("BEGIN")
            cursor.execute(SHOWN)
            found.add(tuple(cursor.fetchone()))
    return found


def test_nothing_is_left_in_a_session(tmp_path: Path, database: Database) -> None:
    """A run with steps in a transaction and outside of any, and a check."""
    project = half_way(tmp_path, database, "pass")
    project.write("app/migrations/0002_code.py", CONCURRENTLY)
    with pooled(database, 4) as pool:
        project = project.on(pool)
        project.manage("schemaguard", "check").expect(1)
        reconcile(project, "--lock-timeout", "3")
        assert ("app", "0002_code") in records(database)
        assert sessions(pool, 4) == {("0", "0")}


def test_a_lock_is_waited_for_no_longer_than_asked(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    with pooled(database, 4) as pool, transaction(database, "SELECT * FROM app_thing"):
        begun = time.monotonic()
        result = reconcile(project.on(pool), "--lock-timeout", "1", code=1)
        assert time.monotonic() - begun < 40
        assert "a lock was not to be had within 1 s, 3 times; the steps before it are done and recorded" in result.err
        assert sessions(pool, 4) == {("0", "0")}


def test_a_pool_of_one_connection_is_enough_for_one_transaction(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "import time; time.sleep(1)")
    with pooled(database, 1) as pool:
        project = project.on(pool)
        project.manage("schemaguard", "check").expect(1)
        begun = time.monotonic()
        reconcile(project, "--migrate")
        assert time.monotonic() - begun < 20
        project.manage("schemaguard", "check").expect(0)


def test_a_pool_of_one_connection_is_told_before_anything_is_done(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    before = everything(database)
    with pooled(database, 1) as pool:
        begun = time.monotonic()
        result = reconcile(project.on(pool), code=2)
        assert time.monotonic() - begun < 20
    assert result.err == (
        'schemaguard: database "default": a step outside of a transaction needs a second connection, which holds the '
        "lock: none was to be had within 5 s; nothing was changed\n"
    )
    assert everything(database) == before


def test_two_at_once_do_it_once(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    with pooled(database, 6) as pool:
        both_end_well(project.on(pool), "--migrate")
    steps = [step["name"] for entry in history(project) for step in entry["steps"]]
    assert sorted(steps) == ["0001_initial", "0002_code", "0003_last"]


def test_a_pool_of_three_connections_is_enough_for_two_migrates(tmp_path: Path, database: Database) -> None:
    """Whoever waits needs one, now and then, and leaves two to whoever has the lock."""
    project = project_on(tmp_path, database)
    with pooled(database, 3) as pool:
        first = at_the_gate(project.on(pool))
        second = project.on(pool).start("migrate")
        assert waits(second).startswith(f"schemaguard: process {first.pid} on ")
        (project.path / "gate").unlink()
        ended(first)
        assert NOTHING in ended(second)[0]
        everything_once(database)
        assert sessions(pool, 3) == {("0", "0")}


def test_migrate_says_that_a_pool_of_one_connection_has_none_for_the_lock(tmp_path: Path, database: Database) -> None:
    project = project_on(tmp_path, database)
    with pooled(database, 1) as pool:
        begun = time.monotonic()
        result = project.on(pool).manage("migrate").expect(0)
        assert time.monotonic() - begun < 30
    assert "one migrate at a time needs a second connection, which holds the lock: none was to be had" in result.err
    everything_once(database)
