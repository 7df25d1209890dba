"""An editor whose statements are shown and not executed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemaguard.database.editors import transactional_editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def collecting(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """A schema editor that only notes its SQL. It is not entered: SQLite's would scan every foreign key as it goes."""
    editor: Any = transactional_editor(connection, collect_sql=True)
    editor.deferred_sql = []
    yield editor
    for statement in editor.deferred_sql:
        editor.execute(statement, None)
