"""Histories that are walked in this process, without a project on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation

from schemaguard.database import backend_of
from schemaguard.history.walk import History, Walker


def walk(connection: Any, *migrations: Sequence[Operation]) -> History:
    """The history of an app `shop`, each of its migrations given by its operations."""
    plan = []
    for number, operations in enumerate(migrations, 1):
        migration = Migration(f"{number:04}", "shop")
        migration.operations = list(operations)
        plan.append(migration)
    return Walker(connection, backend_of(connection)).walk(plan)
