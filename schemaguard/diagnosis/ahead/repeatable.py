"""Operations that can be run again where what they do is done."""

from __future__ import annotations

import re
from typing import Any

from django.db.migrations import RunSQL
from django.db.migrations.operations.models import RemoveIndex

from schemaguard.history.contrib_postgres import is_of_contrib

REPEATABLE_SQL = re.compile(r"\bIF\s+(NOT\s+)?EXISTS\b|\bOR\s+REPLACE\b", re.IGNORECASE)


def repeatable(operation: Any, connection: Any) -> bool:
    """Whether an operation itself says that what it makes may be there, or what it drops gone: `IF EXISTS`, say."""
    if isinstance(operation, RemoveIndex):
        return bool(REPEATABLE_SQL.search(connection.SchemaEditorClass.sql_delete_index))
    if is_of_contrib(operation, "CreateExtension"):
        return True
    if not isinstance(operation, RunSQL) or not operation.sql:
        return False
    given = [operation.sql] if isinstance(operation.sql, str) else operation.sql
    texts = [each if isinstance(each, str) else each[0] for each in given]
    statements = [part for text in texts for part in text.split(";") if part.strip()]
    return all(REPEATABLE_SQL.search(each) for each in statements)
