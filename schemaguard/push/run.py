"""One push from end to end: read, compare, count, ask; then lock, and carry it out, verified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connections
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.diagnosis.examination import refuse_unknown
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.reading import read_records, read_schema
from schemaguard.exceptions import Refused
from schemaguard.journal.entries import Journal
from schemaguard.operations.locking import Watcher, exclusive, patient
from schemaguard.operations.requests import NOTHING
from schemaguard.push.forward import go_forward
from schemaguard.push.preparing import Outcome, Prepared, Request, as_step, carry_out, prepare, verify
from schemaguard.push.renames import Rename, asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Outcome", "Request", "push"]


class _TakenBack(Exception):
    """Raised so that the renames of a preview are rolled back."""


def push(request: Request) -> Outcome:
    """Raises Refused where nothing was changed (exit code 1), CannotStart where it could not begin (2)."""
    connection = connections[request.alias]
    refuse_unknown(request.app_labels)
    shown = _preview(request, connection, request.renames)
    renames = request.renames
    if request.ask is not None:
        more = asked(shown.plan.tasks, shown.models, shown.provenance, shown.schema, request.ask)
        if more:
            renames = (*renames, *more)
            shown = _preview(request, connection, renames)
    if request.dry_run:
        return shown.outcome()
    request.refuse_hazards(shown.hazards)
    if not shown.plan.tasks and not shown.renames:
        return shown.outcome()
    if request.confirm is not None and not request.confirm(shown.outcome()):
        raise Refused(NOTHING)
    settled = replace(request, renames=renames)
    return patient(connection, request.lock_timeout, lambda watcher: _attempt(settled, connection, shown, watcher))


def _preview(request: Request, connection: BaseDatabaseWrapper, renames: Sequence[Rename]) -> Prepared:
    """What would be done. The rest depends on the renames. So these are done and rolled back, where that can be."""

    def attempt(watcher: Watcher) -> Prepared:
        if not renames or backend_of(connection).goes_forward:
            return prepare(request, connection, renames)
        found: list[Prepared] = []
        try:
            with exclusive(connection, request.lock_timeout), watcher:
                found.append(prepare(request, connection, renames))
                raise _TakenBack
        except _TakenBack:
            return found[0]

    return patient(connection, request.lock_timeout, attempt)


def _attempt(request: Request, connection: BaseDatabaseWrapper, shown: Prepared, watcher: Watcher) -> Outcome:
    if backend_of(connection).goes_forward:
        return go_forward(request, connection, shown, watcher)
    with exclusive(connection, request.lock_timeout), watcher:
        return _in_transaction(request, connection, shown)


def _in_transaction(request: Request, connection: BaseDatabaseWrapper, shown: Prepared) -> Outcome:
    started = now()
    backend_of(connection).settle_deferred(defer_again=False)
    prepared = prepare(request, connection, request.renames, held=True)
    if request.confirm is not None and prepared.sql != shown.sql:
        raise Refused("the database has changed since the question was asked; nothing was changed")
    request.refuse_hazards(prepared.hazards)
    carry_out(connection, prepared.models, prepared.plan.tasks)
    schema = read_schema(prepared.backend)
    verify(request, prepared, schema)
    records = read_records(connection, schema)
    number = Journal(connection).write(
        started=started, finished=now(), command="push", status="done", plan_hash=prepared.hash,
        fingerprint_before=prepared.fingerprint, fingerprint_after=fingerprint(schema, records),
        steps=[as_step(prepared, schema)],
    )  # fmt: skip
    return replace(prepared.outcome(), journal=number)
