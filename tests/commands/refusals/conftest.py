"""A project whose migrations have not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.refusals.lines import APPS
from tests.harness import Database, Project, make_project
from tests.histories import SHOP

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return make_project(tmp_path, apps=SHOP, settings=APPS, database=database)


@pytest.fixture
def sqlite_project(tmp_path: Path, sqlite_database: Database) -> Project:
    return make_project(tmp_path, apps=SHOP, settings=APPS, database=sqlite_database)


@pytest.fixture
def postgres_project(tmp_path: Path, postgres_database: Database) -> Project:
    return make_project(tmp_path, apps=SHOP, settings=APPS, database=postgres_database)
