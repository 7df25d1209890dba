"""What is wrong with migrations and their records, one finding for each migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import DiagnosedMigration, DiagnosedOperation, Finding, State
from schemaguard.diagnosis.naming import parts_of
from schemaguard.diagnosis.noted import where_it_stopped
from schemaguard.diagnosis.wording import ALTER, MIGRATE, RECONCILE
from schemaguard.history.bits import positions_in
from schemaguard.history.graph import Graph, half_recorded
from schemaguard.history.source_files import file_of
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemaguard.location.location import Location


def diagnosed(location: Location) -> tuple[DiagnosedMigration, ...]:
    """Every migration of the plan with the states of its operations, then every record that has no file."""
    graph, states = location.graph, location.states
    found = [
        DiagnosedMigration(
            app=migration.app_label,
            name=migration.name,
            recorded=graph.recorded[m],
            state=states.migrations[m],
            file=file_of(migration),
            operations=tuple(
                DiagnosedOperation(index=o, description=operation.describe(), state=states.operations[m][o])
                for o, operation in enumerate(migration.operations)
            ),
        )
        for m, migration in enumerate(graph.plan)
    ]
    found += [
        DiagnosedMigration(app=app, name=name, recorded=True, state=State.ORPHANED, file=None)
        for app, name in graph.orphans
    ]
    return tuple(found)


def findings(
    location: Location, migrations: Sequence[DiagnosedMigration], about_objects: Collection[Finding]
) -> Iterator[Finding]:
    """Unrecorded, conflicting, out of order and orphaned. What is missing is found object by object, before."""
    graph, in_question, stops = location.graph, location.in_question, dict(where_it_stopped(location))
    halves = dict(half_recorded(graph.loader.disk_migrations or {}, graph.records))
    hints = {(each.app, each.migration): each.hint for each in about_objects if each.breaks}
    of_the_plan, orphans = migrations[: len(graph.plan)], migrations[len(graph.plan) :]
    for m, migration in enumerate(of_the_plan):
        half = halves.get(migration.key) if not migration.recorded else None
        if half is not None and migration.state is not State.CONFLICTING:
            yield _half(migration, half, _parts(location, m) if migration.state is State.PARTIAL else "")
            continue
        match migration.state:
            case State.PRESENT if m in in_question:
                yield _taken_as_run(migration, _parts(location, m))
            case State.PRESENT:
                yield _unrecorded(location, m, migration, stops.get(m))
            case State.PENDING if m in in_question:
                yield _taken_as_pending(migration, _parts(location, m))
            case State.PARTIAL:
                yield _half_run(migration, _parts(location, m), stops.get(m))
            case State.CONFLICTING if not migration.recorded:
                yield _conflicting(migration, hints.get(migration.key) or ALTER)
    yield from _out_of_order(graph, of_the_plan)
    for migration in orphans:
        yield _finding(
            migration, Problem.ORPHANED, f"{_name(migration)} is recorded and there is no such file",
            f"{RECONCILE} --prune, once you are sure that no other checkout of the project needs the record",
        )  # fmt: skip


def _parts(location: Location, m: int) -> str:
    """Which of a migration's objects are there, and which are not."""
    return parts_of(location.visible_effects_of(m), location)


def _unrecorded(location: Location, m: int, migration: DiagnosedMigration, stop: str | None) -> Finding:
    """`stop` says where its run stopped, as `migrate` has noted."""
    name = _name(migration)
    if stop is not None:
        message = f"{name} is in the database and not recorded: {stop}"
    elif not location.states.visible[m]:
        message = f"{name} is not recorded and leaves nothing to see; what depends on it is in the database"
    elif any(effect.makes for effect in location.visible_effects_of(m)):
        message = f"{name} is in the database and not recorded: migrate would fail with 'already exists'"
    else:
        message = f"{name} is not recorded, and what it does is done: migrate would do it once more"
    return _finding(migration, Problem.UNRECORDED, message, RECONCILE)


def _taken_as_run(migration: DiagnosedMigration, parts: str) -> Finding:
    return _finding(
        migration, Problem.UNRECORDED,
        f"{_name(migration)} is not recorded, and nobody can tell for sure whether it ran, since it leaves the "
        f"database as it would be without it: {parts}; it is taken as run",
        RECONCILE,
    )  # fmt: skip


def _half_run(migration: DiagnosedMigration, parts: str, stop: str | None) -> Finding:
    return _finding(
        migration, Problem.UNRECORDED,
        f"{_name(migration)} is in the database in part, and not recorded, so that migrate would fail: "
        + "; ".join(filter(None, [parts, stop])),
        RECONCILE,
    )  # fmt: skip


def _conflicting(migration: DiagnosedMigration, hint: str) -> Finding:
    message = f"{_name(migration)} is not recorded, and something that it makes is there in another shape"
    return _finding(migration, Problem.DIFFERENT, message, hint, breaks=True)


def _taken_as_pending(migration: DiagnosedMigration, parts: str) -> Finding:
    """Said only where records were lost: else what has no record has not run, and nobody wonders."""
    return _finding(
        migration, Problem.INCOMPARABLE,
        f"{_name(migration)} is not recorded, and nobody can tell for sure whether it ran, since it would leave the "
        f"database as it is: {parts}; it is taken as not run, so that migrate will run it",
        f"if you know that it ran: {MIGRATE} --fake {migration.app} {migration.name}",
    )  # fmt: skip


def _half(migration: DiagnosedMigration, why: str, parts: str) -> Finding:
    """Of a squash that Django can neither run nor take apart."""
    stands = {
        State.PRESENT: "it is in the database",
        State.PARTIAL: f"it is in the database in part: {parts}",
        State.PENDING: "nothing of it is in the database",
    }
    message = f"{why}: Django cannot run it; {stands[migration.state]}"
    if migration.state is not State.PENDING:
        return _finding(migration, Problem.UNRECORDED, message, RECONCILE)
    hint = f"delete the records of what it replaces from django_migrations, then {MIGRATE}"
    return _finding(migration, Problem.UNRECORDED, message, hint, breaks=True)


def _out_of_order(graph: Graph, migrations: Sequence[DiagnosedMigration]) -> Iterator[Finding]:
    first_child: dict[int, int] = {}
    seen = 0
    for child in range(len(graph.plan)):
        if graph.recorded[child]:
            first_child.update(dict.fromkeys(positions_in(graph.ancestors[child] & ~seen), child))
            seen |= graph.ancestors[child]
    for m, migration in enumerate(migrations):
        if not migration.recorded and m in first_child:
            first = _name(migrations[first_child[m]])
            yield _finding(
                migration, Problem.OUT_OF_ORDER,
                f"{_name(migration)} is not recorded, but {first}, which depends on it, is: migrate refuses to start",
                RECONCILE,
            )  # fmt: skip


def _name(migration: DiagnosedMigration) -> str:
    return f"{migration.app}.{migration.name}"


def _finding(
    migration: DiagnosedMigration, problem: Problem, message: str, hint: str, *, breaks: bool = False
) -> Finding:
    entry = CODES[Kind.MIGRATION, problem]
    return Finding(
        code=entry.code, level=entry.level, kind=Kind.MIGRATION, problem=problem, app=migration.app,
        migration=migration.name, file=migration.file, line=1 if migration.file else None, message=message, hint=hint,
        breaks=breaks,
    )  # fmt: skip
