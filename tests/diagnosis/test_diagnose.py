"""A check from end to end, as a function."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from schemaguard.diagnosis.diagnose import diagnose
from schemaguard.diagnosis.model import Verdict

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect


@pytest.mark.parametrize(("enabled", "frozen"), [(True, False), (False, False), (True, True)])
def test_the_collector_is_left_as_it_was(
    connect: Connect, sqlite_database: Database, enabled: bool, frozen: bool
) -> None:
    was_enabled = gc.isenabled()
    if frozen:
        gc.freeze()
    count = gc.get_freeze_count()
    (gc.enable if enabled else gc.disable)()
    try:
        with connect(sqlite_database):
            diagnosis, _ = diagnose("default", models=False)
        assert diagnosis.verdict is Verdict.PENDING
        assert (gc.isenabled(), gc.get_freeze_count() > 0) == (enabled, count > 0)
    finally:
        gc.unfreeze()
        (gc.enable if was_enabled else gc.disable)()
