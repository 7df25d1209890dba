"""Where each statement of DDL commits: it is in the journal before it begins, and again when it is done.

The notes are written through the connection that holds the lock, so that no transaction of the steps takes them back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.journal.entries import TABLE

NOTED = re.compile(r"\s*(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|UPDATE|INSERT|DELETE|REPLACE)\b", re.IGNORECASE)
BEGUN, DONE = "begun", "done"


class StatementNotes:
    """The statements of one step, as they run. `connection` runs them, `other` writes the notes of entry `number`."""

    def __init__(
        self, connection: BaseDatabaseWrapper, other: BaseDatabaseWrapper, number: int, step: Mapping[str, Any]
    ) -> None:
        self.connection = connection
        self.other = other
        self.number = number
        self.step = step
        self.statements: list[dict[str, str]] = []

    @property
    def done(self) -> int:
        return sum(each["state"] == DONE for each in self.statements)

    def wrap(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """A wrapper for Django's `execute_wrapper`. What is in a transaction is noted by that transaction's end."""
        if self.connection.in_atomic_block or not NOTED.match(str(sql)):
            return execute(sql, params, many, context)
        note = {"sql": str(sql), "state": BEGUN}
        self.statements.append(note)
        self._write()
        result = execute(sql, params, many, context)
        note["state"] = DONE
        self._write()
        return result

    def said(self) -> dict[str, Any]:
        """What the journal says of them within the step."""
        return {"statements": self.statements}

    def _write(self) -> None:
        steps = json.dumps([{**self.step, **self.said()}])
        quote = self.other.ops.quote_name
        with self.other.cursor() as cursor:
            cursor.execute(f"UPDATE {quote(TABLE)} SET {quote('steps')} = %s WHERE id = %s", [steps, self.number])
