"""What is known of a push before its first statement, and how its tasks are carried out."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.database.editors import transactional_editor
from schemaguard.diagnosis.diagnose import diagnose
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.reading import read_schema
from schemaguard.error_text import reason
from schemaguard.exceptions import CannotCount, CannotStart, Refused
from schemaguard.history.shapes.tables import ShapeMaker
from schemaguard.journal.entries import Journal
from schemaguard.operations import tasks as t
from schemaguard.operations.describe import describe
from schemaguard.operations.hazards.losses import LOSSES
from schemaguard.operations.hazards.of_tasks import FOR_MODELS, TaskHazards
from schemaguard.operations.hazards.row_counts import Counter
from schemaguard.operations.locking import bounded, is_lock_timeout
from schemaguard.operations.perform.collecting import collecting
from schemaguard.operations.perform.moving_state import lazily
from schemaguard.operations.perform.performer import Performer
from schemaguard.operations.perform.remaking import Remaking
from schemaguard.operations.requests import NOTHING, ROLLED_BACK, RunOutcome, RunRequest
from schemaguard.operations.subjects import table_of
from schemaguard.push import compare
from schemaguard.push.compare import Plan
from schemaguard.push.dependents import in_the_way
from schemaguard.push.expected import Models, models
from schemaguard.push.provenance import Provenance, provenance
from schemaguard.push.renamed_schema import note_renames, renamed_schema
from schemaguard.push.renames import Ask, Rename, tasks_for
from schemaguard.push.uncastable import uncastable
from schemaguard.push.values import has_default, new_unique_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.diagnosis.model import Hazard
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
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
class Prepared:
    """Everything that is known before the first statement. The renames are done already, where DDL can be rolled back.

    `schema` is the one after them.
    """

    models: Models
    provenance: Provenance
    schema: Schema
    backend: Backend
    location: Location
    renames: list[t.RenameTask]
    plan: Plan
    hazards: tuple[Hazard, ...]
    sql: list[str] = field(default_factory=list)

    def outcome(self) -> Outcome:
        lines = tuple(describe(task) for task in (*self.renames, *self.plan.tasks))
        warnings = tuple(f"nobody can compare {each}: left as it is" for each in self.plan.doubtful)
        return Outcome(lines=lines, sql=tuple(self.sql), hazards=self.hazards, warnings=warnings)

    @property
    def fingerprint(self) -> str:
        """That of the database as it was found."""
        return fingerprint(self.location.schema, self.location.graph.records)

    @property
    def hash(self) -> str:
        return f"sha256:{hashlib.sha256(json.dumps(self.sql).encode()).hexdigest()}"


def prepare(
    request: Request, connection: BaseDatabaseWrapper, renames: Sequence[Rename], *, held: bool = False
) -> Prepared:
    """`held`: what would be lost is counted under a lock, in the transaction that carries it out.

    Raises CannotStart where DDL can neither be rolled back nor done statement by statement, and Refused.
    """
    _, assessment = diagnose(request.alias, models=False)
    location = assessment.location
    if not (location.backend.transactional_ddl or location.backend.goes_forward):
        raise CannotStart(f"push needs a database that can take DDL back; {connection.vendor} cannot")
    with bounded(connection, request.lock_timeout):  # somebody may have locked the journal
        maker = ShapeMaker(connection, location.backend)
        now_models = models(maker)
        past = provenance(location, maker, Journal(connection))
        tasks = tasks_for(renames, now_models, past, location.schema)
        sql = collected(connection, now_models, tasks) if tasks else []
        schema = _after(tasks, location, now_models, connection)
        prepared = Prepared(now_models, past.after(tasks), schema, location.backend, location, tasks, Plan([]), (), sql)
        counter = Counter(connection, schema, held=held)
        if location.backend.goes_forward:
            note_renames(counter, location.schema, tasks)
        return _counted(request, connection, prepared, counter)


def prepare_again(request: Request, connection: BaseDatabaseWrapper, prepared: Prepared) -> Prepared:
    """The rest, after the renames were carried out where that commits."""
    after = replace(prepared, schema=read_schema(prepared.backend), sql=[])
    return _counted(request, connection, after, Counter(connection, after.schema, held=True))


def _after(
    renames: Sequence[t.RenameTask], location: Location, now_models: Models, connection: BaseDatabaseWrapper
) -> Schema:  # fmt: skip
    """The schema in which the renames are done."""
    if not renames:
        return location.schema
    if location.backend.goes_forward:
        return renamed_schema(location.schema, renames)
    carry_out(connection, now_models, renames)
    return read_schema(location.backend)


def _counted(
    request: Request, connection: BaseDatabaseWrapper, prepared: Prepared, counter: Counter
) -> Prepared:  # fmt: skip
    """With the plan, what it would meet in the rows, and its SQL."""
    found = planned(request, prepared, prepared.schema)
    performer = performer_of(connection, transactional_editor(connection, collect_sql=True), prepared.models)
    replaced = uncastable(counter, found.tasks, performer.field)
    if replaced:
        found = planned(request, prepared, prepared.schema, replaced)
    hanging = in_the_way(prepared.backend, found.tasks)
    if hanging:
        raise Refused(*hanging, end=NOTHING)
    try:
        hazards = hazards_of(counter, performer, found.tasks)
    except CannotCount as problem:
        raise Refused(f"{problem}; nothing was changed") from problem
    sql = [*prepared.sql, *collected(connection, prepared.models, found.tasks)]
    return replace(prepared, plan=found, hazards=hazards, sql=sql)


def planned(request: Request, prepared: Prepared, schema: Schema, replaced: Any = ()) -> Plan:
    """What makes that schema match the models."""
    backend = prepared.backend
    return compare.plan(
        prepared.models, prepared.provenance, schema, backend, request.app_labels,
        rebuilds=backend.remakes_tables, replaced=replaced,
    )  # fmt: skip


def hazards_of(counter: Counter, performer: Performer, tasks: Sequence[Task]) -> tuple[Hazard, ...]:
    """The hazards of all tasks; those that an option allows come first. Raises CannotCount."""
    unique = new_unique_columns(performer, tasks)
    found = TaskHazards(
        counter, FOR_MODELS, fills=partial(has_default, performer),
        is_unique=lambda target: (target.table, target.column.name) in unique,
    )  # fmt: skip
    return tuple(sorted(found.of_all(tasks), key=lambda hazard: hazard.kind not in LOSSES))


def verify(request: Request, prepared: Prepared, schema: Schema, end: str = ROLLED_BACK) -> None:
    """Raises Refused, which ends with `end`, where something is left to do."""
    left = planned(request, prepared, schema).tasks
    if left:
        told = map(describe, left[:5])
        raise Refused(*told, heading="the database would still not match the models", end=end)


def as_step(prepared: Prepared, schema: Schema) -> dict[str, Any]:
    """The step for the journal. `tables` are those that were made: a later push may drop these and no others.

    `schema` is the one that the push leaves.
    """
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


# ------------------------------------------------------------------------------------------------------- carrying out
def collected(connection: BaseDatabaseWrapper, now_models: Models, tasks: Sequence[Task]) -> list[str]:
    """The statements, none of them run."""
    with collecting(connection) as editor:
        performer = performer_of(connection, editor, now_models)
        for task in tasks:
            performer.perform(task)
    return list(editor.collected_sql)


def carry_out(
    connection: BaseDatabaseWrapper,
    now_models: Models,
    tasks: Sequence[Task],
    end: Callable[[], str] = lambda: ROLLED_BACK,
) -> None:
    """Raises Refused, ending with `end()`, where the server refuses, and django.db.Error where it waited in vain."""
    doing = ["deferred statements"]
    # The caller's transaction is the only one. An editor with one of its own does not leave it where a deferred
    # statement, or SQLite's check of the foreign keys, fails at its end.
    with _told(connection, doing, end), transactional_editor(connection, atomic=False) as editor:
        performer = performer_of(connection, editor, now_models)
        for task in tasks:
            doing[0] = describe(task)
            performer.perform(task)
        doing[0] = "keys and indexes of the tables"


def performer_of(connection: BaseDatabaseWrapper, editor: Any, now_models: Models) -> Performer:
    """Carries tasks out on the models as they are now."""
    return Performer(connection, editor, (), lazily(connection, now_models.state), Remaking(says_new_names=True))


@contextmanager
def _told(connection: BaseDatabaseWrapper, doing: Sequence[str], end: Callable[[], str]) -> Iterator[None]:
    """Turns what the server refuses into a Refused that names the task."""
    try:
        yield
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        raise Refused(f"{doing[0]}: {reason(error)}; {end()}") from error
