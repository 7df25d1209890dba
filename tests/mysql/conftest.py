"""`shop`: the project of tests/mysql/shop.py on a fresh database of SCHEMAGUARD_TEST_MYSQL_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.vendors import is_mariadb
from tests.mysql.shop import Shop, make_shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Iterator[Shop]:
    with mysql.fresh() as database:
        yield make_shop(tmp_path, database)


@pytest.fixture
def mariadb(mysql: Any) -> None:
    """Skips the test on MySQL."""
    if not is_mariadb(mysql.admin.execute("SELECT version()")[0][0]):
        pytest.skip("of MariaDB alone")


@pytest.fixture
def uuids(mysql: Any) -> None:
    """Skips the test where there is no type uuid."""
    if not is_mariadb(mysql.admin.execute("SELECT version()")[0][0], 10, 7):
        pytest.skip("of MariaDB 10.7 and later")


@pytest.fixture
def knows(mysql: Any) -> Callable[[str], bool]:
    """Whether the server has a variable of that name."""
    return lambda name: bool(mysql.admin.execute(f"SHOW GLOBAL VARIABLES LIKE '{name}'"))
