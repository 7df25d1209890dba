"""Undo: takes back what one entry of the journal did, and only where the database is still as that entry left it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import Error, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.reading import read_records, read_schema
from schemaguard.diagnosis.wording import numbered
from schemaguard.error_text import reason
from schemaguard.exceptions import CannotCount, CannotStart, Refused
from schemaguard.journal.constraint_values import Unreadable
from schemaguard.journal.entries import Journal, JournalDamaged, steps_of
from schemaguard.journal.inverse import Inverse, inverse_in
from schemaguard.journal.inverse_operations import DropColumn, DropTables, Rebuild, refuse_strangers, statements
from schemaguard.journal.records import forget_record
from schemaguard.journal.undo_rebuild import gone_columns, rebuild, refuse_another
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.operations.locking import (
    Watcher,
    alone,
    bounded,
    is_lock_timeout,
    patient,
    refuse_without_autocommit,
)
from schemaguard.operations.requests import NOTHING, ROLLED_BACK, RunOutcome, RunRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Schema

DONE, UNDONE = "done", "undone"
COMMANDS = ("reconcile",)
"""What can be taken back."""
GONE_FORWARD = "the records are as they were, and schemaguard reconcile makes again what is missing"
WITH_TABLE = "are dropped with the table"
WITH_COLUMN = "hold a value in a column that is dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request(RunRequest):
    """One run of the command. `number` names the entry; `confirm` is shown the entries before anything is locked."""

    number: int | None = None
    confirm: Callable[[Sequence[Any]], bool] | None = None


@dataclass(kw_only=True, slots=True)
class Undone(RunOutcome):
    """What an undo did about one entry. `entry` is the one taken back, `journal` the new one that tells of it."""

    entry: int
    sql: tuple[str, ...]
    unrecorded: tuple[tuple[str, str], ...]
    recorded: tuple[tuple[str, str], ...]


def undo(request: Request) -> tuple[Undone, ...]:
    """Takes back one run, by default the last that is not taken back yet; nothing where there is none.

    A run with steps outside of a transaction has an entry for each of these. They are taken back from the last to the
    one that is named, else to the first. Where DDL can be rolled back, all of it is one transaction. `confirm` is shown
    the newest of them first.
    Raises CannotStart for an unknown number, and Refused, with nothing changed, where it cannot or must not be done.
    """
    connection, number, confirm = connections[request.alias], request.number, request.confirm
    journal = Journal(connection)
    refuse_without_autocommit(connection)
    with bounded(connection, request.lock_timeout):
        entry = _last(journal) if number is None else journal.get(number)
        shown = _chosen(journal, number) if entry is not None and confirm is not None else []
    if entry is None and number is None:
        return ()
    if entry is None:
        raise CannotStart(f"the journal has no entry {number}; schemaguard history lists them")
    if confirm is not None and not confirm(shown):
        raise Refused(NOTHING)

    def attempt(watcher: Watcher) -> tuple[Undone, ...]:
        with alone(connection, request.lock_timeout), watcher:
            chosen = _chosen(journal, number)
            if confirm is not None and [each.pk for each in chosen] != [each.pk for each in shown]:
                raise Refused("the journal has changed since it was shown; nothing was changed")
            return tuple(_take_back(connection, journal, entry) for entry in chosen)

    return patient(connection, request.lock_timeout, attempt)


def _last(journal: Journal) -> Any | None:
    return journal.last(command__in=COMMANDS, status=DONE)


def _chosen(journal: Journal, number: int | None) -> list[Any]:
    """The entries of one run to take back, the newest first. With a number, that entry is the last of them."""
    entry = _last(journal) if number is None else journal.get(number)
    if entry is None:  # pragma: no cover  # somebody else took it back since it was asked for
        return []
    run = journal.run_of(entry, DONE)
    if number is None:
        return run
    return [*(each for each in run if each.pk > number), entry]


def _take_back(connection: BaseDatabaseWrapper, journal: Journal, entry: Any) -> Undone:
    started = now()
    try:
        before, schema = _refuse(connection, entry)
        inverse, steps = inverse_of(entry), [_step(entry, step) for step in reversed(journalled(entry))]
        _refuse_strangers(inverse, schema)
        if not backend_of(connection).goes_forward:
            _records(connection, inverse)
        _refuse_rows(connection, entry, inverse, schema)
        sql = tuple(_carried_out(connection, inverse, schema, entry))
        with transaction.atomic(using=connection.alias):
            if backend_of(connection).goes_forward:  # an undo that is cut off before leaves the records as they are
                _records(connection, inverse)
            _content_types(connection, inverse)
        after, _ = read_fingerprint(connection)
    except Unreadable as problem:
        raise Refused(f"entry {entry.pk} is not as it was written: {problem}; nothing was changed") from problem
    except CannotCount as problem:
        raise Refused(f"entry {entry.pk} cannot be taken back: {problem}; nothing was changed") from problem
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        end = NOTHING if backend_of(connection).goes_forward else ROLLED_BACK
        raise Refused(f"entry {entry.pk}: {reason(error)}; {end}") from error
    if after != entry.fingerprint_before:
        is_done = backend_of(connection).goes_forward
        raise Refused(
            f"entry {entry.pk}: the result {'is' if is_done else 'would'} not {'' if is_done else 'be '}the schema of "
            f"before ({entry.fingerprint_before}); {GONE_FORWARD if is_done else ROLLED_BACK}"
        )
    made = journal.write(
        started=started, finished=now(), command="undo", status=DONE, plan_hash=entry.plan_hash,
        fingerprint_before=before, fingerprint_after=after, steps=steps,
    )  # fmt: skip
    journal.update(entry.pk, status=UNDONE)
    return Undone(
        entry=entry.pk, journal=made, sql=sql,
        unrecorded=tuple((app, name) for app, name in inverse.written),
        recorded=tuple((app, name) for _, app, name, _ in inverse.removed),
    )  # fmt: skip


def journalled(entry: Any) -> list[Mapping[str, Any]]:
    """The steps of an entry. Raises Unreadable where they are damaged."""
    try:
        return steps_of(entry)
    except JournalDamaged:
        raise Unreadable("its steps are damaged") from None


def inverse_of(entry: Any) -> Inverse:
    """What takes an entry back. Raises Unreadable for anything that no reconcile has written."""
    return inverse_in(entry.inverse, backend_of(connections[entry._state.db]).dialect)


def _step(entry: Any, step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step of an undo in the journal: which step of which entry it took back."""
    return {
        "action": "undo", "app": step["app"], "name": step["name"], "operations": step.get("operations", []), "sql": [],
        "hazards": [], "evidence": [f"{step['action']} of entry {entry.pk}"],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- refusals
def _refuse(connection: BaseDatabaseWrapper, entry: Any) -> tuple[str, Schema]:
    """The fingerprint and the schema of the database. Raises Refused where these are not what the entry left."""
    if entry.command not in COMMANDS:
        raise Refused(f"entry {entry.pk} was made by {entry.command}, which is not taken back; nothing was changed")
    if entry.status == UNDONE:
        raise Refused(f"entry {entry.pk} is undone already; nothing was changed")
    if entry.status != DONE:
        raise Refused(f"entry {entry.pk} did not come to its end ({entry.status}); nothing was changed")
    actual, schema = read_fingerprint(connection)
    if actual != entry.fingerprint_after:
        raise Refused(
            f"the schema is no longer the one that entry {entry.pk} left behind: something changed it since; "
            "nothing was changed"
        )
    reasons = inverse_of(entry).obstacles
    if reasons:
        raise Refused(f"entry {entry.pk} cannot be taken back: {'; '.join(reasons)}; nothing was changed")
    return actual, schema


def _refuse_strangers(inverse: Inverse, schema: Schema) -> None:
    """Raises Unreadable where it is about objects that are not there, or that no undo may drop."""
    for operation in inverse.operations:
        refuse_strangers(operation, schema)
        if isinstance(operation, Rebuild):
            refuse_another(operation)


def _refuse_rows(connection: BaseDatabaseWrapper, entry: Any, inverse: Inverse, schema: Schema) -> None:
    """Raises Refused where rows would be lost: those of a table that the entry made, or values of a column."""
    counter = Counter(connection, schema, held=True)
    found = []
    for operation in inverse.operations:
        match operation:
            case DropTables(tables):
                for table in tables:
                    rows = counter.lost(Rows(kind="rows_dropped", table=table, columns=(), what=WITH_TABLE))
                    if rows:
                        found.append(f"table {table} holds {numbered(rows, 'row')}")
            case DropColumn(table, column, filled):
                found += _values(counter, table, column, filled)
            case Rebuild(table, _, _):
                for column, filled in gone_columns(operation, schema.tables[table]):
                    found += _values(counter, table, column, filled)
    if found:
        raise Refused(f"entry {entry.pk} cannot be taken back without loss: {'; '.join(found)}; nothing was changed")


def _values(counter: Counter, table: str, column: str, filled: str | None) -> Iterator[str]:
    """Says how many values there are beside the one that the reconcile itself put there."""
    condition = counter.has_value(column)
    if filled is not None:
        condition += f" AND {counter.backend.as_text(counter.quote(column))} <> %s"
    rows = Rows(kind="rows_dropped", table=table, columns=(column,), what=WITH_COLUMN, condition=condition)
    number = counter.lost(rows, [filled] if filled is not None else [])
    if number:
        yield f"column {table}.{column} holds {numbered(number, 'value')}"


# ------------------------------------------------------------------------------------------------------------- the work
def _carried_out(connection: BaseDatabaseWrapper, inverse: Inverse, schema: Schema, entry: Any) -> Iterator[str]:
    """Carries it out, statement by statement, and yields them. Raises Refused where some of them are committed."""
    backend = backend_of(connection)
    if backend.goes_forward:
        yield from _forward(connection, inverse, schema, entry)
        return
    for operation in inverse.operations:
        if isinstance(operation, Rebuild):
            yield from rebuild(connection, operation)
            continue
        for sql in statements(operation, schema, backend):
            with connection.cursor() as cursor:
                cursor.execute(sql)
            yield sql


def _forward(connection: BaseDatabaseWrapper, inverse: Inverse, schema: Schema, entry: Any) -> Iterator[str]:
    """The same where each statement commits: one that fails says how far it came."""
    backend = backend_of(connection)
    every = [sql for operation in inverse.operations for sql in statements(operation, schema, backend)]
    for number, sql in enumerate(every):
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
        except Error as error:
            if number == 0:
                raise
            raise Refused(
                f"entry {entry.pk}: {reason(error)}; {number} of {len(every)} statements are done, the next is {sql}; "
                f"{GONE_FORWARD}"
            ) from error
        yield sql


def _records(connection: BaseDatabaseWrapper, inverse: Inverse) -> None:
    recorder = MigrationRecorder(connection)
    for app, name in inverse.written:
        forget_record(connection, app, name)
    for pk, app, name, applied in inverse.removed:
        row = recorder.Migration(pk=pk, app=app, name=name, applied=applied and datetime.fromisoformat(applied))
        row.save(using=connection.alias, force_insert=True)


def _content_types(connection: BaseDatabaseWrapper, inverse: Inverse) -> None:
    """Gives the content types that the reconcile renamed their old names again."""
    if not inverse.content_types or not apps.is_installed("django.contrib.contenttypes"):
        return
    from django.contrib.contenttypes.models import ContentType

    rows = ContentType.objects.using(connection.alias)
    for app_label, old, new in reversed(inverse.content_types):
        if not rows.filter(app_label=app_label, model=old).exists():
            rows.filter(app_label=app_label, model=new).update(model=old)
    ContentType.objects.clear_cache()


def read_fingerprint(connection: BaseDatabaseWrapper) -> tuple[str, Schema]:
    """The fingerprint of the database as it is now, and its schema. The migrations are not loaded for this."""
    backend = backend_of(connection)
    with backend.reading():
        schema = read_schema(backend)
        records = read_records(connection, schema)
    return fingerprint(schema, records), schema
