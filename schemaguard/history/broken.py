"""Migrations that do not import, or cannot be replayed: said where their code is called."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import Error
from django.db.migrations.exceptions import (
    AmbiguityError,
    BadMigrationError,
    CircularDependencyError,
    NodeNotFoundError,
)

from schemaguard.error_text import first_line
from schemaguard.exceptions import MigrationsBroken, SchemaguardError
from schemaguard.history.source_files import relative

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

OF_THE_GRAPH = (AmbiguityError, BadMigrationError, CircularDependencyError, NodeNotFoundError)
"""What Django itself says of a history that does not hang together."""


@contextmanager
def importing() -> Iterator[None]:
    """While Django's loader imports migrations. Raises MigrationsBroken, which names the file."""
    try:
        yield
    except (*OF_THE_GRAPH, SchemaguardError):
        raise
    except (Exception, SystemExit) as error:  # a module may end the process
        place = _place(error)
        raise MigrationsBroken(f"migrations do not import: {place}{_said(error)}") from error


@contextmanager
def replaying(migration: Migration, operation: Operation) -> Iterator[None]:
    """While an operation moves the state that those before it left. Raises MigrationsBroken."""
    try:
        yield
    except (Error, SchemaguardError):
        raise
    except (Exception, SystemExit) as error:
        where = f'{migration.app_label}.{migration.name}, "{operation.describe()}"'
        raise MigrationsBroken(f"migrations cannot be replayed: {where}, {_said(error)}") from error


def _said(error: BaseException) -> str:
    why = error.msg if isinstance(error, SyntaxError) else first_line(error)
    return f"{type(error).__name__}: {why}"


def _place(error: BaseException) -> str:
    """The first line of a file that is neither Django's loader nor the machinery of imports."""
    if isinstance(error, SyntaxError):
        return f"{relative(error.filename or '?')}:{error.lineno or 0}: "
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    loader = next((at for at, (code, _) in enumerate(frames) if code.co_name == "load_disk"), -1)
    places = [(code.co_filename, line) for code, line in frames[loader + 1 :]]
    where = next((each for each in places if "importlib" not in each[0]), None)
    return f"{relative(where[0])}:{where[1]}: " if where is not None else ""
