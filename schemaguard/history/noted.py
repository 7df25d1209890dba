"""How far `migrate` got in a migration that cannot be rolled back, as it noted it itself (`journal/notes.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemaguard.schema.values import value

if TYPE_CHECKING:
    from datetime import datetime

TABLE = "schemaguard_progress"
COLUMNS = ("app", "name", "operation", "statement", "done", "atomic", "sql", "process", "host", "at")
"""In the order of the fields of Noted, after the key of the migration."""


@value(frozen=True, slots=True)
class Noted:
    """The last thing that was begun or done in one migration.

    `operation` counts from 0; as many as there are operations stands for the statements that Django keeps for the end.
    `statement` counts from 1 within it, and 0 is the operation as a whole. `atomic`: the note that it is done is
    written in the transaction of what it is about, so what is not done has left no trace.
    """

    operation: int
    statement: int
    done: bool
    atomic: bool
    sql: str = ""
    process: str = ""
    host: str = ""
    at: datetime | None = None

    @property
    def ran(self) -> int:
        """How many operations have run to their end: the first ones, since one comes after the other."""
        return self.operation + 1 if self.done and not self.statement else self.operation

    @property
    def is_open(self) -> bool:
        """Whether nobody can say of the next operation, if the catalog does not, whether it has run."""
        return not self.done and not self.atomic

    @property
    def statements(self) -> int:
        """How many statements of the next operation are done for sure."""
        return self.statement if self.done else max(0, self.statement - 1)


Notes = Mapping[tuple[str, str], Noted]
"""By the key of the migration."""
