"""The users, migrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.check.users import APPS, SHOP
from tests.harness import Database, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Migrated."""
    project = make_project(tmp_path, apps=SHOP, settings=APPS, database=database)
    project.manage("migrate").expect(0)
    return project


@pytest.fixture
def sqlite_project(tmp_path: Path, sqlite_database: Database) -> Project:
    project = make_project(tmp_path, apps=SHOP, settings=APPS, database=sqlite_database)
    project.manage("migrate").expect(0)
    return project
