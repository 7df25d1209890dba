"""Undo: takes back what one entry of the journal did, and only where the database is still as that entry left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.diagnosis.diagnose import fingerprint
from schemaguard.diagnosis.reading import read_records, read_schema
from schemaguard.exceptions import CannotCount, CannotStart, Refused
from schemaguard.execution.counting import Counter, Rows
from schemaguard.execution.failing import reason
from schemaguard.execution.journal import Journal, inverse_of, steps_of
from schemaguard.execution.locking import Watcher, exclusive, is_lock_timeout, patient
from schemaguard.schema.objects import Schema

DONE, UNDONE = "done", "undone"
COMMANDS = ("reconcile",)
"""What can be taken back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    """What an undo did about one entry. `entry` is the one taken back, `journal` the new one that tells of it."""

    entry: int
    journal: int
    sql: tuple[str, ...]
    unrecorded: tuple[tuple[str, str], ...]
    recorded: tuple[tuple[str, str], ...]


def undo(alias: str, number: int | None, lock_timeout: float) -> tuple[Undone, ...]:
    """Takes back one run, by default the last that is not taken back yet; nothing where there is none.

    A run with steps outside of a transaction has an entry for each of these: they are taken back from the last to the
    one that is named, else to the first. All of it is one transaction. Raises CannotStart for an unknown number, and
    Refused, with nothing changed, where it cannot or must not be done.
    """
    connection = connections[alias]
    journal = Journal(connection)
    if number is None and _last(journal) is None:
        return ()
    if number is not None and journal.get(number) is None:
        raise CannotStart(f"the journal has no entry {number}; schemaguard history lists them")

    def attempt(watcher: Watcher) -> tuple[Undone, ...]:
        with exclusive(connection, lock_timeout), watcher:
            return tuple(_take_back(connection, journal, entry) for entry in _chosen(journal, number))

    return patient(connection, lock_timeout, attempt)


def _last(journal: Journal) -> Any | None:
    return journal.last(command__in=COMMANDS, status=DONE)


def _chosen(journal: Journal, number: int | None) -> list[Any]:
    """The entries of one run that are to be taken back, the newest first; with a number, that one the last of them."""
    entry = _last(journal) if number is None else journal.get(number)
    if entry is None:  # pragma: no cover  # somebody else took it back since it was asked for
        return []
    run = [each for each in journal.entries() if each.status == DONE and _run(each) == _run(entry)]
    if number is None:
        return run
    return [*(each for each in run if each.pk > number), entry]


def _run(entry: Any) -> int:
    """The first entry of the run that wrote this one."""
    return int(inverse_of(entry).get("continues") or entry.pk)


def _take_back(connection: BaseDatabaseWrapper, journal: Journal, entry: Any) -> Undone:
    started = now()
    before = _refuse(connection, entry)
    inverse = inverse_of(entry)
    try:
        _refuse_rows(connection, entry, inverse)
    except CannotCount as problem:
        raise Refused(f"entry {entry.pk} cannot be taken back: {problem}; nothing was changed") from problem
    try:
        _records(connection, inverse)
        for sql in inverse["sql"]:
            _execute(connection, sql)
        _content_types(connection, inverse)
        after, _ = read_fingerprint(connection)
    except Error as error:
        if is_lock_timeout(error):
            raise
        raise Refused(f"entry {entry.pk}: {reason(error)}; everything was rolled back") from error
    if after != entry.fingerprint_before:
        raise Refused(
            f"entry {entry.pk}: the result would not be the schema of before ({entry.fingerprint_before}); "
            "everything was rolled back"
        )
    made = journal.write(
        started=started, finished=now(), command="undo", status=DONE, plan_hash=entry.plan_hash,
        fingerprint_before=before, fingerprint_after=after,
        steps=[_step(entry, step) for step in reversed(steps_of(entry))],
    )  # fmt: skip
    journal.update(entry.pk, status=UNDONE)
    return Undone(
        entry=entry.pk, journal=made, sql=tuple(inverse["sql"]),
        unrecorded=tuple((app, name) for app, name in inverse["written"]),
        recorded=tuple((app, name) for _, app, name, _ in inverse["removed"]),
    )  # fmt: skip


def _step(entry: Any, step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step of an undo in the journal: which step of which entry it took back."""
    return {
        "action": "undo", "app": step["app"], "name": step["name"], "operations": step["operations"], "sql": [],
        "hazards": [], "evidence": [f"{step['action']} of entry {entry.pk}"],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- refusals
def _refuse(connection: BaseDatabaseWrapper, entry: Any) -> str:
    """Returns the fingerprint of the database as it is, which is that which the entry left. Raises Refused."""
    if entry.command not in COMMANDS:
        raise Refused(f"entry {entry.pk} is an {entry.command}, which is not taken back; nothing was changed")
    if entry.status == UNDONE:
        raise Refused(f"entry {entry.pk} is undone already; nothing was changed")
    if entry.status != DONE:
        raise Refused(f"entry {entry.pk} did not come to its end ({entry.status}); nothing was changed")
    actual, _ = read_fingerprint(connection)
    if actual != entry.fingerprint_after:
        raise Refused(
            f"the schema is no longer the one that entry {entry.pk} left behind: something changed it since; "
            "nothing was changed"
        )
    inverse = inverse_of(entry)
    reasons = inverse.get("obstacles", ["it does not say what it did"])
    if reasons:
        raise Refused(f"entry {entry.pk} cannot be taken back: {'; '.join(reasons)}; nothing was changed")
    return actual


def _refuse_rows(connection: BaseDatabaseWrapper, entry: Any, inverse: Mapping[str, Any]) -> None:
    """No row is lost: not those of a table that the entry made, nor what was put into a column of its."""
    found = []
    counter = Counter(connection, Schema(vendor=connection.vendor), held=True)
    recorder_table = MigrationRecorder.Migration._meta.db_table
    for table in inverse["tables"]:
        kept = len(inverse["written"]) if table == recorder_table else 0
        what = "are dropped with their table"
        rows = counter.lost(Rows(kind="rows_dropped", table=table, columns=(), what=what)) - kept
        if rows:
            found.append(f"table {table} holds {rows} row{'s' if rows != 1 else ''}")
    for each in inverse["columns"]:
        condition, params = counter.has_value(each["column"]), []
        if each["filled"] is not None:
            condition += f" AND {counter.backend.as_text(counter.quote(each['column']))} <> %s"
            params = [each["filled"]]
        what = "hold a value in a column that is dropped"
        lost = Rows(kind="rows_dropped", table=each["table"], columns=(each["column"],), what=what, condition=condition)
        rows = counter.lost(lost, params)
        if rows:
            found.append(f"column {each['table']}.{each['column']} holds {rows} value{'s' if rows != 1 else ''}")
    if found:
        raise Refused(f"entry {entry.pk} cannot be taken back without loss: {'; '.join(found)}; nothing was changed")


# ------------------------------------------------------------------------------------------------------------- the work
def _records(connection: BaseDatabaseWrapper, inverse: Mapping[str, Any]) -> None:
    recorder = MigrationRecorder(connection)
    for app, name in inverse["written"]:
        recorder.record_unapplied(app, name)
    for pk, app, name, applied in inverse["removed"]:
        row = recorder.Migration(pk=pk, app=app, name=name, applied=datetime.fromisoformat(applied))
        row.save(using=connection.alias, force_insert=True)


def _content_types(connection: BaseDatabaseWrapper, inverse: Mapping[str, Any]) -> None:
    """Gives those that the reconcile renamed their old names."""
    if not inverse["content_types"] or not apps.is_installed("django.contrib.contenttypes"):
        return
    from django.contrib.contenttypes.models import ContentType

    rows = ContentType.objects.using(connection.alias)
    for app_label, old, new in reversed(inverse["content_types"]):
        if not rows.filter(app_label=app_label, model=old).exists():
            rows.filter(app_label=app_label, model=new).update(model=old)
    ContentType.objects.clear_cache()


def read_fingerprint(connection: BaseDatabaseWrapper) -> tuple[str, frozenset[tuple[str, str]]]:
    """The fingerprint of the database as it is now, and its records. The migrations need not even load for this."""
    backend = backend_of(connection)
    with backend.reading():
        schema = read_schema(backend)
        records = read_records(connection, schema)
    return fingerprint(schema, records), records


def _execute(connection: BaseDatabaseWrapper, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
