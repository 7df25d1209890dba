"""Killed at any moment, and two at once.

SCHEMAGUARD_TEST_MOMENTS (default 6) is the number of moments at which a run is killed, spread over the time that an
undisturbed one takes; SCHEMAGUARD_TEST_ROUNDS (default 2), how often two are started together. The full measure:

    SCHEMAGUARD_TEST_MOMENTS=50 SCHEMAGUARD_TEST_ROUNDS=20 make test-long ARGS="-k test_interrupted"
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.harness import Database, Project, Server, records, rows
from tests.shop import EVERY_SHOP, JOURNAL, actions, dump, forget, history, reconcile

MOMENTS = int(os.environ.get("SCHEMAGUARD_TEST_MOMENTS", "6"))
ROUNDS = int(os.environ.get("SCHEMAGUARD_TEST_ROUNDS", "2"))
RECONCILE = ("schemaguard", "reconcile", "--noinput")


pytestmark = pytest.mark.long


@pytest.fixture
def broken(shop: Project) -> Project:
    """To be copied: something to fake, to complete, to make again, to alter, and rows that are moved by it."""
    forget(shop.database)
    shop.database.script(
        "DROP TABLE shop_purchase_products; DROP INDEX shop_price_idx; ALTER TABLE shop_customer DROP COLUMN active;"
        "DELETE FROM auth_permission; DELETE FROM django_content_type; DELETE FROM django_migrations WHERE app = 'auth'"
    )
    return shop


def state(database: Database) -> tuple[Any, ...]:
    """What has to come out the same: the schema, the records as a set, and how many rows each table has."""
    counts = {table: text.split()[0] for table, text in rows(database, without=(JOURNAL,)).items()}
    return dump(database), sorted(records(database)), counts


def journalled(project: Project) -> list[tuple[str, str]]:
    """Every step that was ever carried out."""
    assert {entry["status"] for entry in history(project)} == {"done"}
    return sorted(step for entry in history(project) for step in actions(entry["steps"]))


def undisturbed(broken: Project, server: Server) -> tuple[float, tuple[Any, ...], list[tuple[str, str]]]:
    with server.fresh(broken.database) as database:
        project = broken.on(database)
        begun = time.monotonic()
        process = project.start(*RECONCILE)
        out, err = process.communicate(timeout=120)
        took = time.monotonic() - begun
        assert process.returncode == 0, out + err
        return took, state(database), journalled(project)


def killed_at(moment: float, project: Project, took: float) -> tuple[bool, float]:
    """Whether a run is killed at this share of the time that one takes; and the time, shorter if it ended before."""
    process = project.start(*RECONCILE)
    begun = time.monotonic()
    try:
        out, err = process.communicate(timeout=took * moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        return process.returncode == -signal.SIGKILL, took
    assert process.returncode == 0, out + err
    return False, time.monotonic() - begun


def test_killed_at_any_moment_and_run_again(broken: Project, server: Server, clean: Any, vendor: str) -> None:
    took, expected, steps = undisturbed(broken, server)
    assert expected[0] == clean
    moments = MOMENTS if vendor == "postgresql" else max(2, MOMENTS * 2 // 5)
    for number in range(moments):
        # The first third is Python and Django starting up: nothing can go wrong there.
        moment = 1 / 3 + 2 / 3 * (number + 0.5) / moments
        # One run takes less time than another: whatever ends before its moment is tried again, a little earlier.
        for attempt in range(10):
            with server.fresh(broken.database) as database:
                project = broken.on(database)
                killed, took = killed_at(moment * 0.97**attempt, project, took)
                reconcile(project)
                assert state(database) == expected, f"at {number + 0.5} of {moments}"
                assert journalled(project) == steps
            if killed:
                break
        else:
            pytest.fail(f"never killed at {number + 0.5} of {moments}")


def test_two_at_once(broken: Project, server: Server) -> None:
    """Both end well, and every step is done, and journalled, once."""
    _, expected, steps = undisturbed(broken, server)
    for _ in range(ROUNDS):
        with server.fresh(broken.database) as database:
            project = broken.on(database)
            both = [project.start(*RECONCILE) for _ in range(2)]
            for process in both:
                out, err = process.communicate(timeout=120)
                assert process.returncode == 0, out + err
            assert state(database) == expected
            assert journalled(project) == steps
            assert len(history(project)) == 1
    assert len(steps) >= len(EVERY_SHOP)
