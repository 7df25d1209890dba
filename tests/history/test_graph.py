"""The graph: squashes in place of what they replace, or the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.migrations.migration import Migration

from schemaguard.history.graph import Disk, Key, load


def disk_of(**migrations: tuple[list[str], list[str]]) -> Disk:
    """By name, what each depends on and what it replaces, of one app."""
    disk = Disk()
    disk.disk_migrations = {}
    for name, (after, replaces) in migrations.items():
        migration: Any = Migration(name, "shop")
        migration.dependencies = [("shop", each) for each in after]
        migration.replaces = [("shop", each) for each in replaces]
        disk.disk_migrations["shop", name] = migration
    disk.migrated_apps, disk.unmigrated_apps = {"shop"}, set()
    return disk


SQUASHED_TWICE = {
    "all": ([], ["most", "third"]),
    "first": ([], []),
    "fourth": (["third"], []),
    "most": ([], ["first", "second"]),
    "second": (["first"], []),
    "third": (["second"], []),
}


@pytest.mark.parametrize(
    ("unfolded", "plan"),
    [
        ([], ["all", "fourth"]),
        (["all"], ["most", "third", "fourth"]),
        (["all", "most"], ["first", "second", "third", "fourth"]),
    ],
)
def test_a_squash_of_squashes(unfolded: list[str], plan: list[str]) -> None:
    keys: list[Key] = [("shop", name) for name in unfolded]
    graph = load(disk_of(**SQUASHED_TWICE), records=[], unfolded=keys)
    assert [migration.name for migration in graph.plan] == plan
