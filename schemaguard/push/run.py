"""One push from end to end: lock, read, compare, count, carry out, read again, and commit only what matches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.database.base import Backend
from schemaguard.database.editors import transactional_editor
from schemaguard.diagnosis.diagnose import diagnose
from schemaguard.diagnosis.examination import refuse_unknown
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.model import Hazard
from schemaguard.diagnosis.reading import read_records, read_schema
from schemaguard.error_text import reason
from schemaguard.exceptions import CannotCount, CannotStart, Refused
from schemaguard.history.shapes.tables import ShapeMaker
from schemaguard.journal.entries import Journal
from schemaguard.location.locate import Location
from schemaguard.operations import tasks as t
from schemaguard.operations.describe import describe
from schemaguard.operations.hazards.losses import LOSSES
from schemaguard.operations.hazards.of_tasks import FOR_MODELS, TaskHazards
from schemaguard.operations.hazards.row_counts import Counter
from schemaguard.operations.locking import Watcher, bounded, exclusive, is_lock_timeout, patient
from schemaguard.operations.perform.moving_state import lazily
from schemaguard.operations.perform.performer import Performer
from schemaguard.operations.perform.remaking import Remaking
from schemaguard.operations.requests import NOTHING, RunOutcome, RunRequest
from schemaguard.operations.subjects import table_of
from schemaguard.operations.tasks import Task
from schemaguard.push import compare
from schemaguard.push.compare import Plan
from schemaguard.push.dependents import in_the_way
from schemaguard.push.expected import Models, models
from schemaguard.push.provenance import Provenance, provenance
from schemaguard.push.renames import Ask, Rename, asked, tasks_for
from schemaguard.push.uncastable import uncastable
from schemaguard.push.values import has_default, new_unique_columns
from schemaguard.reconcile.transaction.step_runner import collecting
from schemaguard.schema.objects import Schema


@dataclass(frozen=True, kw_only=True, slots=True)
class Request(RunRequest):
    """One run of the command. `ask` answers yes-no questions about renames, `confirm` is shown what will be done."""

    renames: tuple[Rename, ...] = ()
    ask: Ask | None = None
    confirm: Callable[[Outcome], bool] | None = None


@dataclass(kw_only=True, slots=True)
class Outcome(RunOutcome):
    """What was done, or would be: a line for each task, the SQL, and what it costs."""

    lines: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()


@dataclass(slots=True)
class _Prepared:
    """Everything that is known before the first statement. Only the renames are done already."""

    models: Models
    provenance: Provenance
    schema: Schema
    backend: Backend
    location: Location
    renames: list[Task]
    plan: Plan
    hazards: tuple[Hazard, ...]
    sql: list[str] = field(default_factory=list)

    def outcome(self) -> Outcome:
        lines = tuple(describe(task) for task in (*self.renames, *self.plan.tasks))
        warnings = tuple(f"nobody can compare {each}: left as it is" for each in self.plan.doubtful)
        return Outcome(lines=lines, sql=tuple(self.sql), hazards=self.hazards, warnings=warnings)


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


def _preview(request: Request, connection: BaseDatabaseWrapper, renames: Sequence[Rename]) -> _Prepared:
    """What would be done. Renames are done and rolled back, since the rest depends on their result."""

    def attempt(watcher: Watcher) -> _Prepared:
        if not renames:
            return _prepared(request, connection, renames)
        found: list[_Prepared] = []
        try:
            with exclusive(connection, request.lock_timeout), watcher:
                found.append(_prepared(request, connection, renames))
                raise _TakenBack
        except _TakenBack:
            return found[0]

    return patient(connection, request.lock_timeout, attempt)


def _prepared(
    request: Request, connection: BaseDatabaseWrapper, renames: Sequence[Rename], *, held: bool = False
) -> _Prepared:
    """`held`: what would be lost is counted under a lock, in the transaction that carries it out."""
    _, assessment = diagnose(request.alias, models=False)
    location = assessment.location
    if not location.backend.transactional_ddl:
        raise CannotStart(f"push needs a database that can take DDL back; {connection.vendor} cannot")
    with bounded(connection, request.lock_timeout):  # somebody may have locked the journal
        return _compared(request, connection, renames, location, held)


def _compared(
    request: Request, connection: BaseDatabaseWrapper, renames: Sequence[Rename], location: Location, held: bool
) -> _Prepared:
    backend = location.backend
    maker = ShapeMaker(connection, backend)
    now_models = models(maker)
    past = provenance(location, maker, Journal(connection))
    schema = location.schema
    tasks = tasks_for(renames, now_models, past, schema)
    sql: list[str] = []
    if tasks:
        sql += _collected(connection, now_models, tasks)
        _carry_out(connection, now_models, tasks)
        past = past.after(tasks)
        schema = read_schema(backend)
    found = _planned(request, now_models, past, schema, backend)
    counter = Counter(connection, schema, held=held)
    performer = performer_of(connection, transactional_editor(connection, collect_sql=True), now_models)
    replaced = uncastable(counter, found.tasks, performer.field)
    if replaced:
        found = _planned(request, now_models, past, schema, backend, replaced)
    hanging = in_the_way(backend, found.tasks)
    if hanging:
        raise Refused(*hanging, end=NOTHING)
    try:
        hazards = hazards_of(counter, performer, found.tasks)
    except CannotCount as problem:
        raise Refused(f"{problem}; nothing was changed") from problem
    sql += _collected(connection, now_models, found.tasks)
    return _Prepared(now_models, past, schema, backend, location, tasks, found, hazards, sql)


def _planned(
    request: Request, now_models: Models, past: Provenance, schema: Schema, backend: Backend, replaced: Any = ()
) -> Plan:  # fmt: skip
    return compare.plan(
        now_models, past, schema, backend, request.app_labels, rebuilds=backend.remakes_tables, replaced=replaced
    )


def hazards_of(counter: Counter, performer: Performer, tasks: Sequence[Task]) -> tuple[Hazard, ...]:
    """The hazards of all tasks; those that an option allows come first. Raises CannotCount."""
    unique = new_unique_columns(performer, tasks)
    found = TaskHazards(counter, FOR_MODELS, fills=partial(has_default, performer), unique=unique)
    return tuple(sorted(found.of_all(tasks), key=lambda hazard: hazard.kind not in LOSSES))


# ------------------------------------------------------------------------------------------------------- carrying out
def _attempt(request: Request, connection: BaseDatabaseWrapper, shown: _Prepared, watcher: Watcher) -> Outcome:
    with exclusive(connection, request.lock_timeout), watcher:
        return _in_transaction(request, connection, shown)


def _in_transaction(request: Request, connection: BaseDatabaseWrapper, shown: _Prepared) -> Outcome:
    started = now()
    backend_of(connection).settle_deferred(defer_again=False)
    prepared = _prepared(request, connection, request.renames, held=True)
    if request.confirm is not None and prepared.sql != shown.sql:
        raise Refused("the database has changed since the question was asked; nothing was changed")
    request.refuse_hazards(prepared.hazards)
    _carry_out(connection, prepared.models, prepared.plan.tasks)
    schema = read_schema(prepared.backend)
    _verify(request, prepared, schema)
    records = read_records(connection, schema)
    outcome = prepared.outcome()
    number = Journal(connection).write(
        started=started, finished=now(), command="push", status="done",
        plan_hash=f"sha256:{hashlib.sha256(json.dumps(prepared.sql).encode()).hexdigest()}",
        fingerprint_before=fingerprint(prepared.location.schema, prepared.location.graph.records),
        fingerprint_after=fingerprint(schema, records), steps=[_step(prepared, schema)],
    )  # fmt: skip
    return replace(outcome, journal=number)


def _step(prepared: _Prepared, schema: Schema) -> dict[str, Any]:
    """The step for the journal. `tables` are those that were made: a later push may drop these and no others."""
    made = {}
    labels = set()
    for task in (*prepared.renames, *prepared.plan.tasks):
        label = compare.app_label(prepared.models.tables, prepared.provenance, task)
        labels.add(label)
        renamed = isinstance(task, t.RenameTable) and task.name in prepared.provenance.pushed
        name = table_of(task) or ""
        mine = isinstance(task, t.MakeTable) or renamed or name in prepared.provenance.pushed
        if mine and not isinstance(task, t.DropTable) and name in schema.tables:
            made[name] = {"app": label, "columns": sorted(schema.tables[name].columns)}
    outcome = prepared.outcome()
    return {
        "action": "push", "app": ", ".join(sorted(labels)), "name": "models", "operations": [], "sql": prepared.sql,
        "hazards": [each.as_value() for each in outcome.hazards], "evidence": list(outcome.lines),
        "records": [], "removes": [], "tables": made,
    }  # fmt: skip


def _verify(request: Request, prepared: _Prepared, schema: Schema) -> None:
    """Raises Refused where something is left to do."""
    left = _planned(request, prepared.models, prepared.provenance, schema, prepared.backend).tasks
    if left:
        told = map(describe, left[:5])
        raise Refused(*told, heading="the database would still not match the models", end="everything was rolled back")


def _collected(connection: BaseDatabaseWrapper, now_models: Models, tasks: Sequence[Task]) -> list[str]:
    """The statements, none of them run."""
    with collecting(connection) as editor:
        performer = performer_of(connection, editor, now_models)
        for task in tasks:
            performer.perform(task)
    return list(editor.collected_sql)


def _carry_out(connection: BaseDatabaseWrapper, now_models: Models, tasks: Sequence[Task]) -> None:
    doing = ["deferred statements"]
    # The caller's transaction is the only one. An editor with one of its own does not leave it where a deferred
    # statement, or SQLite's check of the foreign keys, fails at its end.
    with _told(connection, doing), transactional_editor(connection, atomic=False) as editor:
        performer = performer_of(connection, editor, now_models)
        for task in tasks:
            doing[0] = describe(task)
            performer.perform(task)
        doing[0] = "keys and indexes of the tables"


def performer_of(connection: BaseDatabaseWrapper, editor: Any, now_models: Models) -> Performer:
    """Carries tasks out on the models as they are now."""
    return Performer(connection, editor, (), lazily(connection, now_models.state), Remaking(says_new_names=True))


@contextmanager
def _told(connection: BaseDatabaseWrapper, doing: Sequence[str]) -> Iterator[None]:
    """Turns what the server refuses into a Refused that names the task."""
    try:
        yield
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        raise Refused(f"{doing[0]}: {reason(error)}; everything was rolled back") from error
