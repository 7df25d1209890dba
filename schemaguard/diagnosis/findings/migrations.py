"""What is wrong with migrations and their records, one finding for each migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import DiagnosedMigration, DiagnosedOperation, Finding, State
from schemaguard.diagnosis.wording import ALTER, MIGRATE, RECONCILE
from schemaguard.history.bits import positions_in
from schemaguard.history.graph import Graph, half_recorded
from schemaguard.history.source_files import file_of
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from schemaguard.location.states import States


def diagnosed(graph: Graph, states: States) -> tuple[DiagnosedMigration, ...]:
    """Every migration of the plan with the states of its operations, then every record that has no file."""
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
    graph: Graph,
    states: States,
    migrations: tuple[DiagnosedMigration, ...],
    things: Sequence[Finding],
    parts: Callable[[int], str],
    makes: Callable[[int], bool],
    in_question: Collection[int] = (),
    stops: Mapping[int, str] | None = None,
) -> Iterator[Finding]:
    """Unrecorded, conflicting, out of order and orphaned; what is missing is told thing by thing, in `things`.

    `parts` says of the migration at a position which of its objects are there, and which are not;
    `makes` says whether it makes any.
    `in_question` are the positions of those of which nobody can tell for sure whether they ran.
    `stops` says where the run of a migration stopped, as that has noted.
    """
    stops = stops or {}
    halves = dict(half_recorded(graph.loader.disk_migrations or {}, graph.records))
    mends = {(each.app, each.migration): each.hint for each in things if each.breaks}
    for m, migration in enumerate(migrations[: len(graph.plan)]):
        if migration.key in halves and not migration.recorded and migration.state is not State.CONFLICTING:
            yield _half(migration, halves[migration.key], parts(m) if migration.state is State.PARTIAL else "")
        elif migration.state is State.PRESENT:
            unrecorded = _unrecorded(migration, states.visible[m], stops.get(m), makes(m))
            message = unrecorded if m not in in_question else _taken_as_run(migration, parts(m))
            yield _finding(migration, Problem.UNRECORDED, message, RECONCILE)
        elif migration.state is State.PENDING and m in in_question:
            yield _taken_as_pending(migration, parts(m))
        elif migration.state is State.PARTIAL:
            yield _finding(
                migration, Problem.UNRECORDED,
                f"{_name(migration)} is in the database in part, and not recorded, so that migrate would fail: "
                + "; ".join(filter(None, [parts(m), stops.get(m)])),
                RECONCILE,
            )  # fmt: skip
        elif migration.state is State.CONFLICTING and not migration.recorded:
            yield _finding(
                migration, Problem.DIFFERENT,
                f"{_name(migration)} is not recorded, and something that it makes is there in another shape",
                mends.get((migration.app, migration.name)) or ALTER, breaks=True,
            )  # fmt: skip
    yield from _out_of_order(graph, migrations)
    for migration in migrations[len(graph.plan) :]:
        yield _finding(
            migration, Problem.ORPHANED, f"{_name(migration)} is recorded and there is no such file",
            f"{RECONCILE} --prune, once you are sure that no other checkout of the project needs the record",
        )  # fmt: skip


def _unrecorded(migration: DiagnosedMigration, visible: bool, stop: str | None, makes: bool) -> str:
    if stop is not None:
        return f"{_name(migration)} is in the database and not recorded: {stop}"
    if visible and makes:
        return f"{_name(migration)} is in the database and not recorded: migrate would fail with 'already exists'"
    if visible:
        return f"{_name(migration)} is not recorded, and what it does is done: migrate would do it once more"
    return f"{_name(migration)} is not recorded and leaves nothing to see; what depends on it is in the database"


def _taken_as_run(migration: DiagnosedMigration, parts: str) -> str:
    return (
        f"{_name(migration)} is not recorded, and nobody can tell for sure whether it ran, since it leaves the "
        f"database as it would be without it: {parts}; it is taken as run"
    )


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


def _out_of_order(graph: Graph, migrations: tuple[DiagnosedMigration, ...]) -> Iterator[Finding]:
    first_child: dict[int, int] = {}
    told = 0
    for child in range(len(graph.plan)):
        if graph.recorded[child]:
            first_child.update(dict.fromkeys(positions_in(graph.ancestors[child] & ~told), child))
            told |= graph.ancestors[child]
    for m, migration in enumerate(migrations[: len(graph.plan)]):
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
