"""Reconcile: lock, read, plan, carry out, read again, and commit only what came out as promised."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from schemaguard.diagnosis.diagnose import Located, diagnose
from schemaguard.diagnosis.model import Action, Diagnosis, Level, PlanStep, State
from schemaguard.exceptions import CannotMend, CannotStart, Refused
from schemaguard.execution.content_types import rename_content_types
from schemaguard.execution.hazards import hazards
from schemaguard.execution.inverse import Memory
from schemaguard.execution.journal import Journal
from schemaguard.execution.locking import Watcher, exclusive, is_lock_timeout, patient
from schemaguard.execution.run import Runner
from schemaguard.plan.build import DEFAULTS, Options, build
from schemaguard.plan.tasks import DropColumn, DropTable, Plan, RenameColumn, RenameTable, RunOperation, Step
from schemaguard.report.json import plan_item
from schemaguard.schema.objects import Schema

ROLLED_BACK = "everything was rolled back"
LOSSES = ("rows_dropped", "too_long")
"""What --accept-data-loss allows; no option makes room for the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One run of the command. `confirm` is asked with the plan before anything is done; None: nobody is asked."""

    alias: str = "default"
    app_labels: tuple[str, ...] = ()
    options: Options = DEFAULTS
    dry_run: bool = False
    rehearse: bool = False
    migrate: bool = False
    followed: bool = False
    """Whether the caller runs migrate next: post_migrate, which sees the models of the end, is left to that."""
    accept_data_loss: bool = False
    plan_hash: str | None = None
    lock_timeout: float = 5.0
    verbosity: int = 1
    confirm: Callable[[Diagnosis], bool] | None = None


@dataclass(slots=True)
class Outcome:
    """How a run ended: the diagnosis before and after, what was done, and the journal's entry."""

    before: Diagnosis
    after: Diagnosis
    performed: tuple[PlanStep, ...] = ()
    journal: int | None = None
    blocked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    locks: tuple[str, ...] = field(default=())


class _Rehearsed(Exception):
    """Takes the transaction back at the end of a rehearsal."""


def planned(
    alias: str, options: Options, app_labels: tuple[str, ...] = (), *, count: bool = False, models: bool = True
) -> tuple[Diagnosis, Located, Plan]:
    """A diagnosis with its plan: SQL filled in, and, with `count`, the hazards of the data."""
    diagnosis, located = diagnose(alias, models=models)
    plan = build(located, diagnosis.findings, options)
    plan.steps = _narrowed(plan.steps, located, app_labels)
    connection = connections[alias]
    runner = Runner(connection, located, plan)
    for step in plan.steps:
        try:
            step.sql = runner.sql(step)
        except CannotMend as problem:
            plan.blocked += (f"{step.key[0]}.{step.key[1]}: {problem}",)
        if count:
            step.hazards = hazards(connection, step, located.schema, _defaults(located))
    items = tuple(as_value(step) for step in plan.steps)
    return replace(diagnosis, plan=items, plan_hash=hash_of(diagnosis, items)), located, plan


def as_value(step: Step) -> PlanStep:
    return PlanStep(
        action=step.action, app=step.key[0], name=step.key[1], operations=step.operations, sql=step.sql,
        hazards=step.hazards, evidence=step.evidence,
    )  # fmt: skip


def hash_of(diagnosis: Diagnosis, items: tuple[PlanStep, ...]) -> str:
    """`sha256:` of the plan and of the state that it was made for."""
    plain = [{**plan_item(item), "hazards": []} for item in items]
    text = json.dumps([diagnosis.fingerprint, plain], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def reconcile(request: Request) -> Outcome:
    """One run. Raises Refused where it ends with exit code 1 and nothing changed, and django.db.Error as it comes."""
    connection = connections[request.alias]
    if not request.dry_run and not connection.features.can_rollback_ddl:
        raise CannotStart(
            f"reconcile needs a database that can roll DDL back, and {connection.vendor} cannot; "
            "--dry-run prints the plan with its SQL"
        )
    return patient(connection, request.lock_timeout, lambda watcher: _attempt(request, connection, watcher))


def _attempt(request: Request, connection: BaseDatabaseWrapper, watcher: Watcher) -> Outcome:
    if request.dry_run:
        diagnosis, _, plan = planned(request.alias, request.options, request.app_labels, count=True)
        return Outcome(diagnosis, diagnosis, blocked=plan.blocked, warnings=plan.warnings)
    if request.confirm is not None:
        shown, _, plan = planned(request.alias, request.options, request.app_labels, count=True)
        if (shown.plan or plan.blocked) and not request.confirm(shown):
            raise Refused("nothing was changed")
    outcome: list[Outcome] = []
    try:
        with exclusive(connection, request.lock_timeout), watcher:
            outcome.append(_in_transaction(request, connection))
            if request.rehearse:
                raise _Rehearsed
    except _Rehearsed:
        return outcome[0]
    return _finish(request, connection, outcome[0])


def _in_transaction(request: Request, connection: BaseDatabaseWrapper) -> Outcome:
    before, located, plan = planned(request.alias, request.options, request.app_labels, count=True, models=False)
    if request.plan_hash is not None and request.plan_hash != before.plan_hash:
        raise Refused(f"the plan has changed since it was reviewed: it is now {before.plan_hash}; nothing was changed")
    if plan.blocked:
        raise Refused("; ".join(plan.blocked) + "; nothing was changed")
    _refuse_hazards(plan, request)
    outside = [step for step in plan.steps if _needs_no_transaction(step, located)]
    inside = [step for step in plan.steps if not any(step is each for each in _from_first(plan.steps, outside))]
    if not plan.steps:
        return Outcome(before, before, warnings=plan.warnings)
    try:
        return _carried_out(request, connection, before, located, plan, inside, last=len(inside) == len(plan.steps))
    except Error as error:
        if is_lock_timeout(error):
            raise
        raise Refused(f"{_reason(error)}; everything was rolled back") from error


def _carried_out(
    request: Request, connection: BaseDatabaseWrapper, before: Diagnosis, located: Located, plan: Plan,
    inside: list[Step], *, last: bool,
) -> Outcome:  # fmt: skip
    """The steps that share the transaction, their verification and their journal entry; signals after the `last`."""
    started = now()
    memory = Memory(connection, located, inside)
    _signal_before(request, connection, located, plan)
    runner = Runner(connection, located, plan)
    seconds = []
    for step in inside:
        begun = time.perf_counter()
        _carry_out(runner, step, connection)
        seconds.append(time.perf_counter() - begun)
    renamed = rename_content_types(connection, located, plan)
    warnings = [*plan.warnings]
    if last and not (request.rehearse or request.migrate or request.followed or _waiting(located, plan)):
        warnings += _signal_after(request, connection)
    after, found = diagnose(request.alias, models=False)
    if inside:
        _verify(before, after, inside, request.options)
        _verify_kept(located, found.schema, inside)
    performed = tuple(as_value(step) for step in inside)
    number = None
    if not request.rehearse and inside:
        number = Journal(connection).write(
            started=started, finished=now(), command="reconcile", status="done", plan_hash=before.plan_hash,
            fingerprint_before=before.fingerprint, fingerprint_after=after.fingerprint,
            steps=[journalled(step, each) for step, each in zip(inside, seconds, strict=True)],
            inverse=memory.inverse(found.schema, renamed).as_value(),
        )  # fmt: skip
    locks = _locks(connection) if request.rehearse else ()
    return Outcome(before, after, performed, number, warnings=tuple(warnings), locks=locks)


def journalled(step: Step, seconds: float) -> dict[str, Any]:
    """A step as it stands in the journal: what a report says of it, its evidence, its records and how long it took."""
    return {
        **plan_item(as_value(step)),
        "evidence": list(step.evidence),
        "records": [list(key) for key in step.records],
        "removes": [list(key) for key in step.removes],
        "seconds": round(seconds, 3),
    }


def _carry_out(runner: Runner, step: Step, connection: BaseDatabaseWrapper, end: str = ROLLED_BACK) -> None:
    name = f"{step.key[0]}.{step.key[1]}"
    try:
        runner.run(step)
        if connection.vendor == "postgresql" and (step.tasks or step.sequence):
            with connection.cursor() as cursor:
                # What was deferred is due here: a table with pending trigger events cannot be altered.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except Exception as error:  # a RunPython may raise anything
        if is_lock_timeout(error):
            raise
        raise Refused(f"{name}: {_reason(error)}; {end}") from error


def _reason(error: Exception) -> str:
    """The first line of what an error says; with its class where it is not one of the database, nor ours."""
    lines = str(error).strip().splitlines()
    text = " ".join(lines[0].split()) if lines else ""
    if isinstance(error, Error | CannotMend) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _verify_kept(located: Located, after: Schema, steps: list[Step]) -> None:
    """Nothing is gone that no step was to drop; what no migration knows is never to go. Raises Refused."""
    tasks = [task for step in steps for task in step.every_task]
    dropped = {task.name for task in tasks if isinstance(task, DropTable | DropColumn | RenameTable | RenameColumn)}
    matched = located.matched
    strangers = {(table.name, name) for _, table, name in matched.extra_columns if name not in dropped}
    # Django's own operations drop and rename what they are written to drop and rename.
    known = not any(isinstance(task, RunOperation) for task in tasks)
    extra = {table.name for table in matched.extra_tables} - dropped
    gone = [f"table {name}" for name in extra if name not in after.tables]
    for table in located.schema.tables.values():
        if table.name not in after.tables:
            gone += [f"table {table.name}"] if known and table.name not in dropped else []
            continue
        for name in table.columns.keys() - after.tables[table.name].columns.keys():
            if (table.name, name) in strangers or (known and name not in dropped):
                gone.append(f"column {table.name}.{name}")
    if gone:
        raise Refused(f"the result would be without {', '.join(sorted(set(gone)))}; {ROLLED_BACK}")


def _verify(before: Diagnosis, after: Diagnosis, steps: list[Step], options: Options) -> None:
    """Holds what came out against what was promised. Raises Refused."""
    unmended = {State.MISSING, State.PARTIAL, State.PENDING}
    if options.on_conflict != "accept":
        unmended.add(State.CONFLICTING)
    states = {migration.key: migration for migration in after.migrations}
    problems = []
    for step in steps:
        migration = states.get(step.key)
        if step.action is Action.PRUNE:
            if migration is not None and migration.state is State.ORPHANED:
                problems.append(f"the record {step.key[0]}.{step.key[1]} is still there")
        elif migration is not None and step.records and not migration.recorded:
            problems.append(f"{step.key[0]}.{step.key[1]} is not recorded")
        elif migration is not None and migration.state in unmended and any(step.every_task):
            problems.append(f"{step.key[0]}.{step.key[1]} is {migration.state.value} still")
    known = {(each.code, each.table, each.name, each.app, each.migration) for each in before.findings}
    for finding in after.findings:
        identity = (finding.code, finding.table, finding.name, finding.app, finding.migration)
        if finding.level is Level.ERROR and identity not in known:
            problems.append(finding.message)
    if problems:
        told = "; ".join(problems[:5])
        raise Refused(f"the result is not what the plan promised: {told}; everything was rolled back")


def _refuse_hazards(plan: Plan, request: Request) -> None:
    found = [
        hazard
        for step in plan.steps
        for hazard in step.hazards
        if not (hazard.kind in LOSSES and request.accept_data_loss)
    ]
    if found:
        hint = "; --accept-data-loss allows it" if all(hazard.kind in LOSSES for hazard in found) else ""
        raise Refused("; ".join(hazard.message for hazard in found) + f"; nothing was changed{hint}")


def _defaults(located: Located) -> Callable[[str, str], bool]:
    """Whether Django has a value for rows that have none: a default of the field, or of the AddField that made it."""

    def has(table: str, column: str) -> bool:
        line = located.history.timeline.tables.get(table)
        column_line = line.columns.get(column) if line is not None else None
        for step in column_line.steps if column_line is not None else ():
            if step.op is None:
                continue
            operation: Any = located.graph.plan[step.op[0]].operations[step.op[1]]
            given = getattr(operation, "field", None)
            if given is None and hasattr(operation, "fields"):
                given = next((each for name, each in operation.fields if column in (name, f"{name}_id")), None)
            if given is not None and (given.has_default() or (given.empty_strings_allowed and given.blank)):
                return True
        return False

    return has


def _narrowed(steps: list[Step], located: Located, app_labels: tuple[str, ...]) -> list[Step]:
    """The steps of some apps, and of what these depend on: no record is written before those that it depends on."""
    if not app_labels:
        return steps
    wanted = {step.position for step in steps if step.key[0] in app_labels}
    for position in list(wanted):
        if position is not None:
            wanted |= located.graph.ancestors[position]
    return [
        step for step in steps if step.key[0] in app_labels or (step.position is not None and step.position in wanted)
    ]


def _needs_no_transaction(step: Step, located: Located) -> bool:
    """Whether Django would run this outside of a transaction, and there is something of it to run."""
    if step.position is None or located.graph.plan[step.position].atomic:
        return False
    return any(isinstance(task, RunOperation) for tasks in step.sequence.values() for task in tasks)


def _from_first(steps: list[Step], outside: list[Step]) -> list[Step]:
    """Everything from the first step on that needs no transaction: it waits until the rest is committed."""
    if not outside:
        return []
    first = next(index for index, step in enumerate(steps) if any(step is each for each in outside))
    return steps[first:]


def _finish(request: Request, connection: BaseDatabaseWrapper, outcome: Outcome) -> Outcome:
    """What comes after the commit: steps that need no transaction, one by one, then what is pending, then signals."""
    alone = 0
    while True:
        before, located, plan = planned(request.alias, request.options, request.app_labels, models=False)
        if not plan.steps or plan.blocked or not any(_needs_no_transaction(step, located) for step in plan.steps):
            break
        outcome.journal = _alone(request, connection, before, located, plan)
        outcome.performed += (as_value(plan.steps[0]),)
        alone += 1
    if request.migrate:
        _migrate(request, connection)
    elif alone and not (request.followed or _waiting(located, plan)):
        outcome.warnings += tuple(_signal_after(request, connection))
    outcome.after, _, _ = planned(request.alias, request.options, request.app_labels)
    return outcome


def _alone(request: Request, connection: BaseDatabaseWrapper, before: Diagnosis, located: Located, plan: Plan) -> int:
    """The first step of a plan, with no transaction around it: in the journal before it begins, and when it is done."""
    step = plan.steps[0]
    journal = Journal(connection)
    memory = Memory(connection, located, [step])
    number = journal.write(
        command="reconcile", status="running", plan_hash=before.plan_hash,
        fingerprint_before=before.fingerprint, fingerprint_after="", steps=[journalled(step, 0)],
    )  # fmt: skip
    begun = time.perf_counter()
    try:
        _carry_out(Runner(connection, located, plan), step, connection, "the steps before it are done and recorded")
    except (Refused, Error):
        with suppress(Error):
            journal.update(number, status="failed", finished=now())
        raise
    after, found = diagnose(request.alias, models=False)
    journal.update(
        number, status="done", finished=now(), fingerprint_after=after.fingerprint,
        steps=[journalled(step, time.perf_counter() - begun)], inverse=memory.inverse(found.schema).as_value(),
    )  # fmt: skip
    return number


def _migrate(request: Request, connection: BaseDatabaseWrapper) -> None:
    from django.core.management import call_command

    call_command("migrate", database=request.alias, interactive=False, verbosity=max(0, request.verbosity - 1))


def _signal_before(request: Request, connection: BaseDatabaseWrapper, located: Located, plan: Plan) -> None:
    emit_pre_migrate_signal(max(0, request.verbosity - 1), False, connection.alias, plan=[])


def _waiting(located: Located, plan: Plan) -> bool:
    """Whether something is left to migrate, which then sends post_migrate: its handlers see the models of the end.

    Sent in the middle of a history, they would make permissions under names that a rename ahead cannot take any more.
    """
    done = {step.position for step in plan.steps}
    return any(state is State.PENDING and m not in done for m, state in enumerate(located.states.migrations))


def _signal_after(request: Request, connection: BaseDatabaseWrapper) -> list[str]:
    """post_migrate, as migrate sends it: content types and permissions come from there.

    Inside the transaction of the steps, so that a run which is killed leaves all or nothing. A handler that fails takes
    back what the handlers did, no more, and is returned as a warning: migrate, whenever it runs next, calls them again.
    """
    executor = MigrationExecutor(connection)
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
    try:
        with transaction.atomic(using=connection.alias):
            emit_post_migrate_signal(max(0, request.verbosity - 1), False, connection.alias, apps=state.apps, plan=[])
    except Exception as error:  # a handler may raise anything
        return [f"a handler of post_migrate failed, migrate will call it again: {_reason(error)}"]
    return []


def _locks(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The locks that this transaction holds on the project's relations, strongest first."""
    if connection.vendor != "postgresql":
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.mode, c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
            " WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p') AND l.mode <> 'AccessShareLock'"
            " AND c.relnamespace NOT IN ('pg_catalog'::regnamespace) ORDER BY l.mode, c.relname"
        )
        return tuple(f"{mode} on {relation}" for mode, relation in cursor.fetchall())
