"""A project with one model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adopt.stories import MODELS, QUERIES
from tests.harness import Database, Project, make_project
from tests.push.stories import write_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    app = {"models": "", "migrations": {}, "files": {"management/commands/walk.py": QUERIES}}
    made = make_project(
        tmp_path / "project", apps={"shop": app}, database=database,
        settings={"INSTALLED_APPS": ["schemaguard", "django.contrib.postgres", "shop"]}
        if database.vendor == "postgresql" else None,
    )  # fmt: skip
    write_models(made, MODELS)
    made.manage("makemigrations", "--noinput", "-v0").expect(0)
    made.manage("migrate", "--noinput", "-v0").expect(0)
    return made
