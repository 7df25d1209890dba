"""A push where each statement of DDL commits: one by one, under the lock, each in the journal before it begins.

The renames come first. The rest is then planned anew, and its rows are counted again, on what they have left. To go on
with a push that was cut off, it is run again: what is left to do is what the models have otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.reading import read_records, read_schema
from schemaguard.exceptions import Refused
from schemaguard.journal.entries import TABLE, Journal, refuse_damaged
from schemaguard.journal.progress import IT_STAYS, Progress, telling
from schemaguard.push.preparing import Outcome, Prepared, Request, as_step, carry_out, prepare, prepare_again, verify
from schemaguard.schema.objects import Schema, Table

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.graph import Key
    from schemaguard.operations.locking import Watcher


@dataclass(frozen=True, slots=True)
class Stage:
    """All of a push, as the progress knows a step."""

    sql: tuple[str, ...]
    key: Key = ("", "models")


def go_forward(request: Request, connection: BaseDatabaseWrapper, shown: Prepared, watcher: Watcher) -> Outcome:
    """Raises Refused, saying how far it came; and django.db.Error as long as no statement has been carried out."""
    run = _Run(request, connection, shown)
    locking = backend_of(connection).locking
    told = telling(connection, request.lock_timeout, watcher, lambda: run.progress)
    with locking.from_the_first(), locking.waits(request.lock_timeout), watcher, told:
        return run.outcome()


class _Run:
    def __init__(self, request: Request, connection: BaseDatabaseWrapper, shown: Prepared) -> None:
        self.request = request
        self.connection = connection
        self.shown = shown
        self.progress: Progress | None = None

    def outcome(self) -> Outcome:
        """Prepares, carries out and verifies."""
        request, journal = self.request, Journal(self.connection)
        prepared = prepare(request, self.connection, request.renames, held=True)
        if request.confirm is not None and prepared.sql != self.shown.sql:
            raise Refused("the database has changed since the question was asked; nothing was changed")
        request.refuse_hazards(prepared.hazards)
        refuse_damaged(prepared.location.schema, journal.entry)
        if TABLE in prepared.location.schema.tables:
            journal.interrupt()
        stage = Stage(tuple(prepared.sql))
        number = journal.write(
            command="push", status="running", plan_hash=prepared.hash, fingerprint_before=prepared.fingerprint,
            fingerprint_after="", steps=[as_step(prepared, _as_promised(prepared))],
        )  # fmt: skip
        self.progress = Progress(self.connection, number, [stage])
        with journal.running(number, self.progress.value):
            with self.progress.of(stage):
                done = self._carried_out(prepared, self.progress)
            schema = read_schema(done.backend)
            verify(request, done, schema, IT_STAYS)
        step = {**as_step(done, schema), "statements": self.progress.of_key(stage.key)}
        after = fingerprint(schema, read_records(self.connection, schema))
        journal.update(number, status="done", finished=now(), fingerprint_after=after, steps=[step], inverse={})
        return replace(done.outcome(), journal=number)

    def _carried_out(self, prepared: Prepared, progress: Progress) -> Prepared:
        """The renames, and then the rest. Returns all that was done."""
        connection, request = self.connection, self.request
        done = prepared
        if prepared.renames:
            carry_out(connection, prepared.models, prepared.renames, progress.said)
            rest = prepare_again(request, connection, prepared)
            request.refuse_hazards(rest.hazards, end=progress.said())
            done = replace(rest, sql=[*prepared.sql[: progress.done], *rest.sql])
        carry_out(connection, done.models, done.plan.tasks, progress.said)
        return done


def _as_promised(prepared: Prepared) -> Schema:
    """The schema with the tables of the models: a push that is cut off has made some of these."""
    tables = dict(prepared.schema.tables)
    for name, expected in prepared.models.tables.items():
        if name not in tables:
            columns = {column.name: column for column in expected.shape.columns.values()}
            tables[name] = Table(name=name, columns=columns)
    return replace(prepared.schema, tables=tables)
