"""`shop`: a project on a fresh copy of its migrated database with rows; `clean`: the dump that it must come back to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Database, Project, Server, make_project
from tests.reconcile.shop import INSTALLED, SHOP, dump, fill


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {vendor: tmp_path_factory.mktemp(f"shop-{vendor}") for vendor in ("sqlite", "postgresql", "mysql")}


@pytest.fixture
def shop_template(server: Server, vendor: str, shop_files: dict[str, Path]) -> tuple[Project, Database]:
    def build(database: Database) -> None:
        project = make_project(shop_files[vendor], apps=SHOP, settings=INSTALLED, database=database)
        project.manage("migrate").expect(0)
        fill(database)

    template = server.template("execution shop", build)
    return Project(path=shop_files[vendor], database=template), template


@pytest.fixture
def shop(server: Server, shop_template: tuple[Project, Database]) -> Iterator[Project]:
    project, template = shop_template
    with server.fresh(template) as database:
        yield project.on(database)


@pytest.fixture
def clean(shop_template: tuple[Project, Database]) -> Any:
    return dump(shop_template[1])
