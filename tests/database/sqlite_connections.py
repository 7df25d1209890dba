"""SQLite databases of a test's own, as Django connections under an alias of their own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.utils import ConnectionHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "sqlite_of_a_test"


@contextmanager
def sqlite_connection(name: str = ":memory:", **options: Any) -> Iterator[BaseDatabaseWrapper]:
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options}
    connection = ConnectionHandler({"default": settings, ALIAS: settings}).create_connection(ALIAS)
    connections[ALIAS] = connection
    try:
        yield connection
    finally:
        if connection.connection is not None:
            connection.connection.close()
        del connections[ALIAS]


def run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
