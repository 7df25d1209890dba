"""What Django's schema editor for SQLite needs here."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import DatabaseError


class Forgiving:
    """SQLite's editor ends by a check of every foreign key in the database: of what fails it, only the new counts.

    Rows that point nowhere are usual in a database of before Django 2.0, which enforced no foreign key there.
    """

    connection: Any

    def __enter__(self) -> Any:
        entered: Any = super().__enter__()  # type: ignore[misc]
        self._before = self._broken()
        return entered

    def __exit__(self, *failure: Any) -> None:
        check = self.connection.check_constraints

        def check_what_is_new() -> None:
            if self._before is not None and failure[0] is None:  # else it would hide what has failed
                after = self._broken()
                new = after - self._before if after is not None else None
                if new is None or new:
                    check(None if new is None else sorted({table for table, _ in new}))

        self.connection.check_constraints = check_what_is_new
        try:
            super().__exit__(*failure)  # type: ignore[misc]
        finally:
            del self.connection.check_constraints

    def _broken(self) -> Counter[tuple[str, str]] | None:
        """How many rows of a table point at none of another, by the two; None where the keys themselves are broken."""
        with self.connection.cursor() as cursor:
            try:
                cursor.execute("PRAGMA foreign_key_check")
            except DatabaseError:
                return None
            return Counter((table, target) for table, _, target, _ in cursor.fetchall())
