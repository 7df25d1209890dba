"""How far a run has come where each statement commits. The journal is written before and after each statement.

It is written through the connection that holds the lock, so that no transaction of the steps takes it back. As long as
an entry is not done, nobody knows yet what takes it back. The progress stands in that column meanwhile.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from django.db import Error

from schemaguard.database import backend_of
from schemaguard.error_text import reason
from schemaguard.exceptions import Refused
from schemaguard.journal.entries import CHANGES, TABLE
from schemaguard.operations.locking import Watcher, is_lock_timeout, no_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.graph import Key

GOES_ON = "running it again goes on from there"
IT_STAYS = f"what was done is done and recorded; {GOES_ON}"


class Stage(Protocol):
    """A part of a run: a step of a plan, or a whole push. `sql` is what its plan shows."""

    @property
    def key(self) -> Key: ...
    @property
    def sql(self) -> Sequence[str]: ...


class Progress:
    """The statements of one run, as they go. `connection` runs them."""

    def __init__(
        self, connection: BaseDatabaseWrapper, number: int, steps: Sequence[Stage], end: str = GOES_ON
    ) -> None:
        self.connection = connection
        self.number = number
        self.end = end
        self.planned = sum(len(_shown(step)) for step in steps)
        self.finished: list[Key] = []
        self.statements: list[dict[str, Any]] = []
        self._step: Stage | None = None

    @contextmanager
    def of(self, step: Stage) -> Iterator[None]:
        """All statements inside this context belong to that step."""
        self._step = step
        with self.connection.execute_wrapper(self._note):
            yield
        self.finished.append(step.key)
        self._write()

    @property
    def done(self) -> int:
        """How many statements are done."""
        return sum(each["done"] for each in self.statements)

    def said(self) -> str:
        """How far the run came, for a person."""
        text = f"{self.done} of {max(self.planned, self.done)} statements done"
        left = self._left()
        if left:
            text += f", the next is {left}"
        return f"{text}; {self.end}"

    def value(self) -> dict[str, Any]:
        """The progress as plain values, for the journal."""
        return {"finished": [list(key) for key in self.finished], "statements": self.statements}

    def of_key(self, key: Key) -> list[str]:
        return [each["sql"] for each in self.statements if each["step"] == list(key)]

    def _left(self) -> str:
        if self._step is None:
            return ""
        done = sum(each["done"] for each in self.statements if each["step"] == list(self._step.key))
        return next(iter(_shown(self._step)[done:]), "")

    def _note(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """For Django's `execute_wrapper`. A statement in a transaction is not noted: it may be rolled back."""
        if self._step is None or self.connection.in_atomic_block or not CHANGES.match(str(sql)) or TABLE in str(sql):
            return execute(sql, params, many, context)
        note = {"step": list(self._step.key), "sql": str(sql), "done": False}
        self.statements.append(note)
        self._write()
        result = execute(sql, params, many, context)
        note["done"] = True
        self._write()
        return result

    def _write(self) -> None:
        aside = backend_of(self.connection).locking.aside()
        if aside is None:
            return
        quote = aside.ops.quote_name
        with aside.cursor() as cursor:
            cursor.execute(
                f"UPDATE {quote(TABLE)} SET {quote('inverse')} = %s WHERE id = %s",
                [json.dumps(self.value()), self.number],
            )


@contextmanager
def telling(
    connection: BaseDatabaseWrapper, lock_timeout: float, watcher: Watcher, progress: Callable[[], Progress | None]
) -> Iterator[None]:
    """Around a run. An error of the database becomes Refused, saying how far the run came.

    As long as no statement has been carried out it stays what it is.
    """
    try:
        yield
    except Error as error:
        come = progress()
        if come is None or not come.done:
            raise
        if is_lock_timeout(connection, error):
            raise no_lock(lock_timeout, watcher, come.said()) from error
        raise Refused(f"{reason(error)}; {come.said()}") from error


def _shown(step: Stage) -> list[str]:
    """The statements that its plan shows; what runs code is shown as a comment."""
    return [sql for sql in step.sql if not sql.startswith("--")]
