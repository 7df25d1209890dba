"""How a transaction begins, by the driver and by what the settings say of autocommit."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def has_begun(connection: Any) -> bool:
    """Whether a transaction is open that is not Django's: of a caller who manages transactions by hand."""
    connection.ensure_connection()
    # 0 is IDLE, in libpq and so in both drivers.
    return int(connection.connection.info.transaction_status) != 0


@contextmanager
def autocommit(connection: Any) -> Iterator[None]:
    """As Django's settings usually have it. Without it `atomic` makes savepoints in a transaction that never ends."""
    if connection.get_autocommit():
        yield
        return
    connection.set_autocommit(True)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            connection.set_autocommit(False)


@contextmanager
def begun_read_only(connection: Any) -> Iterator[bool]:
    """Has psycopg 3 say it in BEGIN itself, for as long as this lasts: no query. False where the driver is another."""
    driver = connection.connection
    if not hasattr(type(driver), "read_only"):
        yield False
        return
    import psycopg

    before = driver.isolation_level, driver.read_only
    driver.isolation_level, driver.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
    try:
        yield True
    finally:
        if connection.connection is driver and not driver.closed:
            driver.isolation_level, driver.read_only = before
