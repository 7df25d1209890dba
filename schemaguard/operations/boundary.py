"""The edges of a transaction: nobody but us ends the one that we began, or we notice it.

A statement that would end it is refused before it runs, so that everything can be rolled back. A `commit()` of the
driver goes past Django, and cannot be refused everywhere. `Transaction.holds` tells whether it is the same transaction.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.database import backend_of
from schemaguard.exceptions import Refused
from schemaguard.history.sql.control import ends_transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.locking import Transaction
    from schemaguard.history.graph import Key


class EndsTransaction(Exception):
    """A migration was about to end the transaction. That is rolled back, and the migration can run by itself."""

    def __init__(self, key: Key, statement: str) -> None:
        super().__init__(f"{key[0]}.{key[1]}: {statement}")
        self.key = key
        self.statement = statement


class TransactionEnded(Refused):
    """Code ended the transaction all the same. What was done until then is committed."""


class _Refusal(Error):
    """Raised in code that would end the transaction."""


class Boundary:
    """One transaction. `refused` is the last statement that would have ended it; `steps` are those begun in it."""

    def __init__(self, connection: BaseDatabaseWrapper, transaction: Transaction) -> None:
        self.connection = connection
        self.transaction = transaction
        self.refused: str | None = None
        self.steps: list[Any] = []
        self._dialect = backend_of(connection).dialect

    def note(self, statement: str) -> None:
        self.refused = statement

    def refuse(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """A wrapper for Django's `execute_wrapper`."""
        text = sql if isinstance(sql, str) else _text_of(sql, self.connection)
        statement = ends_transaction(text, dialect=self._dialect)
        if statement is not None:
            self.refused = " ".join(statement.split())
            raise _Refusal(f"{self.refused} would end the transaction that the migration shares with others")
        return execute(sql, params, many, context)


@contextmanager
def guarded(connection: BaseDatabaseWrapper, transaction: Transaction) -> Iterator[Boundary]:
    """Around what is done in a transaction that has just begun. Raises TransactionEnded if it is another one then."""
    boundary = Boundary(connection, transaction)
    with transaction.denying(boundary.note), connection.execute_wrapper(boundary.refuse):
        yield boundary
        if not transaction.holds():
            raise TransactionEnded("something ended the transaction: what was done is committed and was not verified")


def left_open(connection: Any) -> bool:
    """Whether a transaction is open that Django does not know of. It is rolled back."""
    if connection.connection is None or connection.in_atomic_block:
        return False
    is_open = backend_of(connection).locking.has_open_transaction()
    if is_open:
        with suppress(Error):
            connection.rollback()
    return is_open


def _text_of(sql: Any, connection: Any) -> str:
    """psycopg's composed SQL."""
    as_string = getattr(sql, "as_string", None)
    return str(as_string(connection.connection)) if as_string is not None else str(sql)
