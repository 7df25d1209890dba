"""From an alias to a database that answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart


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


def _refuse_a_missing_file(connection: Any) -> None:
    """Connecting would make an empty SQLite file, and a check writes nothing."""
    if connection.vendor != "sqlite":
        return
    name = _file(str(connection.settings_dict["NAME"]))
    if name and not connection.is_in_memory_db() and not Path(name).exists():
        raise CannotStart(f'cannot connect to database "{connection.alias}": there is no file {name}')


def _file(name: str) -> str:
    """The file of a database that may be named by a URI (sqlite.org/uri.html); empty where it has none."""
    if not name.startswith("file:"):
        return name
    path, _, query = name.removeprefix("file:").partition("#")[0].partition("?")
    if path.startswith("//"):
        path = f"/{path[2:].partition('/')[2]}"
    options = dict(parse_qsl(query))
    return "" if options.get("mode") == "memory" or path == ":memory:" else unquote(path)
