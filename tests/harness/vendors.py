"""The databases that a test runs on, for `parametrize`: on MySQL or MariaDB where a server is named."""

from __future__ import annotations

import pytest

ON_MYSQL = pytest.param("mysql", marks=pytest.mark.mysql)
EVERYWHERE = pytest.mark.parametrize("vendor", ["sqlite", "postgresql", ON_MYSQL], indirect=True)


def is_mariadb(version: str, *at_least: int) -> bool:
    """Whether the server whose `SELECT version()` that is is a MariaDB, of that release or a later one."""
    return "MariaDB" in version and tuple(map(int, version.partition("-")[0].split("."))) >= at_least
