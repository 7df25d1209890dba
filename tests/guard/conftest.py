"""The shop of the guard's tests, migrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.guard.shop import shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness import Database, Project, Server


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Iterator[Project]:
    """Fully migrated, with a row in each table."""

    def build(database: Database) -> None:
        shop(tmp_path, database).manage("migrate").expect(0)
        database.script(
            "INSERT INTO users (name, email) VALUES ('ann', 'ann@example.com');INSERT INTO orders (user_id) VALUES (1);"
        )

    with server.fresh(server.template("a guarded shop", build)) as database:
        yield shop(tmp_path, database)
