"""From an alias to a database that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error, connections

from schemaguard.database import backend_of
from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def connect(alias: str) -> BaseDatabaseWrapper:
    """The connection of that alias, open. Raises CannotStart where there is no such alias, or nobody answers."""
    if alias not in connections.settings:
        raise CannotStart(f'unknown database "{alias}": settings.DATABASES has {", ".join(connections.settings)}')
    connection = connections[alias]
    _refuse_a_missing_file(connection)
    try:
        connection.ensure_connection()
    except Error as error:
        raise CannotStart(f'cannot connect to database "{alias}": {first_line(error)}') from error
    return connection


def _refuse_a_missing_file(connection: BaseDatabaseWrapper) -> None:
    """Connecting would make an empty SQLite file, and a check writes nothing."""
    name = backend_of(connection).missing_file()
    if name is not None:
        raise CannotStart(f'cannot connect to database "{connection.alias}": there is no file {name}')
