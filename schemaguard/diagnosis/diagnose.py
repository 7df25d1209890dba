"""One check from end to end: read the database, walk the history, hold one against the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from operator import attrgetter

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard import collector
from schemaguard.database import backend_of
from schemaguard.database.base import Answer, Backend, Question
from schemaguard.diagnosis.ahead import obstructions, untold
from schemaguard.diagnosis.bookkeeping import as_breaking, is_written_by_migrate, unnumbered
from schemaguard.diagnosis.codes import AT_ITS_END, HARM
from schemaguard.diagnosis.drifted import drifted
from schemaguard.diagnosis.findings import Finder
from schemaguard.diagnosis.granted import Granted, granted
from schemaguard.diagnosis.granted import finding as granted_finding
from schemaguard.diagnosis.locked import hides, not_looked_at
from schemaguard.diagnosis.matching import Matched, match, match_again
from schemaguard.diagnosis.matching.elsewhere import elsewhere
from schemaguard.diagnosis.migrations import diagnosed, findings
from schemaguard.diagnosis.model import (
    DatabaseInfo,
    DiagnosedMigration,
    Diagnosis,
    Finding,
    State,
)
from schemaguard.diagnosis.naming import parts_of
from schemaguard.diagnosis.reading import Reading, read
from schemaguard.diagnosis.relabelled import Relabelled, relabelled, with_label
from schemaguard.diagnosis.resolve import Effect, Resolver, stopped_at
from schemaguard.diagnosis.sequences import as_left_by_code, unasked
from schemaguard.diagnosis.sources import Code
from schemaguard.diagnosis.states import Judge, States
from schemaguard.diagnosis.swapped import Swap, swaps, with_cause
from schemaguard.diagnosis.synced import synced
from schemaguard.diagnosis.things import Things
from schemaguard.diagnosis.unmigrated import unmigrated
from schemaguard.diagnosis.verdicts import verdict
from schemaguard.diagnosis.wording import on_database
from schemaguard.exceptions import CannotStart
from schemaguard.history.difference import COLUMN_ATTRIBUTES
from schemaguard.history.graph import Disk, Graph, Key, load, to_unfold
from schemaguard.history.installed import installed_tables
from schemaguard.history.lines import AnyLine, Op
from schemaguard.history.walk import History, Walker
from schemaguard.schema.compare import answers_of
from schemaguard.schema.objects import Kind, Schema

_COLUMN = attrgetter(*COLUMN_ATTRIBUTES)


@dataclass(slots=True)
class Located:
    """A database placed in one reading of its history: everything that the plan and its execution go on from."""

    graph: Graph
    history: History
    schema: Schema
    matched: Matched
    positions: Mapping[AnyLine, int]
    effects: Mapping[Op, list[Effect]]
    states: States
    finder: Finder
    backend: Backend
    migrations: tuple[DiagnosedMigration, ...]
    findings: tuple[Finding, ...]
    swaps: tuple[Swap, ...] = ()
    granted: tuple[Granted, ...] = ()
    relabelled: tuple[Relabelled, ...] = ()

    def undone(self, m: int) -> Iterator[AnyLine]:
        """What keeps a migration from being applied: it has not come as far, or is there in a shape of no migration."""
        for o in range(len(self.graph.plan[m].operations)):
            for effect in self.effects.get((m, o), ()):
                position, place = self.positions[effect.line], self.matched.places[effect.line]
                if effect.step > position or (effect.step == position and (place.nearest or place.unnumbered)):
                    yield effect.line


def diagnose(alias: str, *, models: bool = True, past: Located | None = None) -> tuple[Diagnosis, Located]:
    """Reads and judges one database. Writes nothing.

    `models` false leaves out the comparison of the models with their migrations; `past` is what was located on the same
    connection before, whose walk through the history need not be repeated. Raises django.db.Error where the database
    cannot be read, CannotStart where its role sees no part of it, and what `history.graph.load` raises where the
    migrations cannot.
    """
    with collector.paused():
        return _diagnose(alias, models, past)


def _diagnose(alias: str, models: bool, past: Located | None) -> tuple[Diagnosis, Located]:
    connection = connections[alias]
    connection.ensure_connection()
    backend = backend_of(connection)
    reading, disk = read(backend, Disk)
    if backend.blind:
        raise CannotStart(f'database "{alias}": {backend.blind[0]}')
    schema, records = reading.schema, reading.records
    located = locate(connection, backend, schema, records, disk, past)
    found = [*_with_obstructions(located), *_sequences(reading, located)]
    if models:
        found += unmigrated(located.graph, located.history, schema, located.finder.known)
        more, tables = synced(located, lambda graph, free: _locate(connection, backend, schema, graph, free=free))
        found = [each for each in found if each.kind is not Kind.TABLE or each.table not in tables] + more
    locked = tuple(f"table {table}, which is locked by {who}" for table, who in backend.locked.items())
    if locked:
        found = [*(each for each in found if not hides(each, backend)), *not_looked_at(backend, schema)]
    found = [replace(each, hint=on_database(each.hint, alias)) if each.hint else each for each in found]
    found.sort(key=lambda finding: (-finding.level.rank, -HARM[finding.code]))
    info = DatabaseInfo(
        alias=alias,
        vendor=connection.vendor,
        version=backend.server_version(),
        name=str(connection.settings_dict["NAME"]),
    )
    diagnosis = Diagnosis(
        database=info,
        verdict=verdict(located.states.migrations, found),
        digest=cache(partial(fingerprint, schema, records)),
        migrations=located.migrations,
        findings=tuple(found),
        unseen=schema.unseen + unasked(schema) + reading.unseen + locked,
    )
    return diagnosis, located


def _with_obstructions(located: Located) -> list[Finding]:
    """What was found, and what the pending migrations would fail over. One cause, one finding: the graver one."""
    pending = [m for m, state in enumerate(located.states.migrations) if state is State.PENDING]
    ahead = [each.finding for each in untold(located, list(obstructions(located, pending)))]
    graver = {(each.kind, each.problem, each.table, each.name) for each in ahead}
    return [*(f for f in located.findings if (f.kind, f.problem, f.table, f.name) not in graver), *dict.fromkeys(ahead)]


def _sequences(reading: Reading, located: Located) -> Iterator[Finding]:
    """Those that have fallen behind; one that stands as it was made may do so after a clean migrate."""
    yield from unnumbered(reading.schema, located.backend)
    if not reading.sequences:
        return
    as_made = {sequence.name: str(sequence.last) for sequence in reading.schema.sequences if not sequence.used}
    runs_code = {
        migration.app_label
        for migration, operations in zip(located.graph.plan, located.history.operations, strict=True)
        if any(each.opaque for each in operations)
    }
    for finding in reading.sequences:
        line = located.matched.line_of(finding.table)
        stands = as_made.get(finding.name or "") == finding.actual
        by_code = stands and line is not None and located.graph.app_of(line) in runs_code
        if stands and not by_code:
            name = line.name if line is not None else finding.table
            models = [key for key, each in located.history.shapes.items() if each[""].name == name]
            by_code = any(located.finder.code_of(None).names_model(*key) for key in models)
        if finding.code == AT_ITS_END.code:
            yield finding
        elif is_written_by_migrate(finding.table):
            yield as_breaking(finding)
        else:
            yield as_left_by_code(finding) if by_code else finding


def locate(
    connection: BaseDatabaseWrapper,
    backend: Backend,
    schema: Schema,
    records: Collection[Key],
    disk: Disk,
    past: Located | None = None,
) -> Located:
    """Places a schema in the history, in that reading of the squashes that explains it best."""
    graph = load(disk, records)
    unfolded = to_unfold(graph)
    if unfolded:
        graph = load(disk, records, unfolded)
    located = _locate(connection, backend, schema, graph, past)
    doubtful = _doubtful_squashes(located) - unfolded
    if doubtful:
        other = _locate(connection, backend, schema, load(disk, records, unfolded | doubtful))
        if _trouble(other.states) < _trouble(located.states):
            located = other
    return located


def relocate(located: Located, records: Collection[Key]) -> Located:
    """The same schema with other records, read from the same files."""
    connection, disk = located.backend.connection, located.graph.loader.disk
    return locate(connection, located.backend, located.schema, records, disk, located)


def _doubtful_squashes(located: Located) -> frozenset[Key]:
    """Squashes that the database holds by half, or in another shape, and whose replaced migrations are on disk.

    Not the one in which a run was interrupted: `migrate` was running the squash then, not what it replaces.
    """
    stopped = stopped_at(located.graph.recorded)
    disk = located.graph.loader.disk_migrations or {}
    return frozenset(
        (migration.app_label, migration.name)
        for m, migration in enumerate(located.graph.plan)
        if migration.replaces
        and m != stopped
        and located.states.migrations[m] in (State.PARTIAL, State.CONFLICTING)
        and all(tuple(each) in disk for each in migration.replaces)
    )


def _trouble(states: States) -> int:
    weights = {State.CONFLICTING: 100, State.PARTIAL: 10, State.MISSING: 10}
    return sum(weights.get(state, 0) for state in states.migrations)


def _locate(
    connection: BaseDatabaseWrapper,
    backend: Backend,
    schema: Schema,
    graph: Graph,
    past: Located | None = None,
    free: Schema | None = None,
) -> Located:
    """`free` is the part of the schema in which the graph's tables are looked for; all of it where it is not given."""
    if past is not None and _is_the_same_walk(past, graph, backend):
        history = past.history
    else:
        history = Walker(connection, backend, set(graph.loader.unmigrated_apps)).walk(graph.plan)
    recorded = {
        (m, o): graph.recorded[m] for m, migration in enumerate(graph.plan) for o in range(len(migration.operations))
    }
    said: dict[Question, Answer] = {}
    made_by_sql = Things(history, backend, graph.recorded)
    sizes = [len(migration.operations) for migration in graph.plan]
    code = {m for m, operations in enumerate(history.operations) if any(each.opaque for each in operations)}

    def resolved(recorded: Mapping[Op, bool]) -> tuple[Matched, Resolver, dict[AnyLine, int]]:
        matched = _matched(history, free or schema, backend, recorded, said, made_by_sql)
        matched.places.update(drifted(matched.places, recorded, graph.ancestors))
        resolver = Resolver(history.timeline, matched, graph.ancestors, graph.recorded, sizes, code)
        return matched, resolver, resolver.positions()

    matched, resolver, positions = resolved(recorded)
    evident = {op: True for op in recorded if op[0] in resolver.evident and not recorded[op]}
    if matched.contested and evident:  # what the database itself proves is as good as a record
        matched, resolver, positions = resolved(recorded | evident)
    judge = Judge(matched, positions, resolver.effects, graph.recorded, graph.ancestors, sizes)
    states = judge.states()
    finder = Finder(
        graph, history.timeline, schema, matched, positions, states, known_tables(connection),
        _code_of(history, graph), backend.usual_name, backend.drops_constraints,
    )  # fmt: skip
    things = tuple(finder.find())
    states.mark_conflicting(line.steps[finder.due[line]].op for line in finder.in_another_shape)
    for thing in matched.things:
        states.mark_thing(thing)
    migrations = diagnosed(graph, states)

    def parts(m: int) -> str:
        return parts_of(judge.effects_of(m), matched, positions)

    lacking = tuple(granted(history, graph, schema, matched)) if history.by_state else ()
    swapped = swaps(history, schema, matched)
    other_labels = relabelled(history, graph, schema, matched) if graph.orphans else ()
    found = [*findings(graph, states, migrations, things, parts), *things]
    found = with_label(found, other_labels) if other_labels else found
    found += [granted_finding(each, graph) for each in lacking]
    found = with_cause(found, swapped, [(each.app_label, each.name) for each in graph.plan]) if swapped else found
    return Located(
        graph, history, schema, matched, positions, resolver.effects, states, finder, backend, migrations,
        tuple(found), swapped, lacking, other_labels,
    )  # fmt: skip


def _matched(
    history: History,
    schema: Schema,
    backend: Backend,
    recorded: Mapping[Op, bool],
    said: dict[Question, Answer],
    things: Things,
) -> Matched:
    """Matches, and once more what takes the server's judgement. `said` is what it was asked before, and grows."""
    answers = answers_of(backend, said)
    matched = match(history.timeline, schema, answers, recorded, history.in_doubt)
    matched.things = things.found(matched, answers)
    if answers.open:
        asked = list(answers.open)
        said.update(backend.same(asked))
        answers = answers_of(backend, said)
        tables = {question.table for question in asked}
        match_again(history.timeline, matched, answers, recorded, history.in_doubt, tables)
        matched.things = things.found(matched, answers)
    matched.elsewhere.update(elsewhere(history.timeline, matched, recorded, backend.elsewhere))
    return matched


def _is_the_same_walk(past: Located, graph: Graph, backend: Backend) -> bool:
    """Whether walking this graph would come to the same: the records count only for the reading of squashes."""
    return (
        [(each.app_label, each.name) for each in past.graph.plan]
        == [(each.app_label, each.name) for each in graph.plan]
        and set(past.graph.loader.unmigrated_apps) == set(graph.loader.unmigrated_apps)
        and past.backend.nondeterministic == backend.nondeterministic
    )


def _code_of(history: History, graph: Graph) -> Callable[[str | None], Code]:
    @cache
    def code(app_label: str | None) -> Code:
        modules = []
        for m, migration in enumerate(graph.plan):
            opaque = [text for walked in history.operations[m] for text in walked.opaque]
            if not opaque or app_label not in (None, migration.app_label):
                continue
            modules.append(type(migration).__module__)
            modules += [text.partition(":")[0] for text in opaque if ":" in text]
            modules += [type(walked.operation).__module__ for walked in history.operations[m] if walked.opaque]
        return Code(module for module in modules if not module.startswith("django."))

    return code


def fingerprint(schema: Schema, records: Collection[Key]) -> str:
    """`sha256:` and the digest of everything that was read, comments and owners included, sequences' values not."""
    digest = hashlib.sha256()
    for name in sorted(schema.tables):
        if not name.startswith("schemaguard_"):
            table = schema.tables[name]
            digest.update(repr((name, table.schema, table.comment, table.owner.value)).encode())
            digest.update(repr((table.logged, table.row_security, table.forced, table.policies)).encode())
            digest.update(repr([_COLUMN(table.columns[each]) for each in sorted(table.columns)]).encode())
            digest.update("\n".join(sorted(map(repr, table.constraints))).encode())
    others = sorted(other for other in schema.others if not other[1].startswith("schemaguard_"))
    digest.update(repr(others).encode())
    digest.update(repr(sorted(records)).encode())
    return f"sha256:{digest.hexdigest()}"


def known_tables(connection: BaseDatabaseWrapper) -> Mapping[str, frozenset[str]]:
    """table → columns, of every model as it is now, unmanaged ones included: nobody made these outside the project."""
    found: dict[str, set[str]] = {}
    for table, model in installed_tables(connection.vendor):
        columns = found.setdefault(table, set())
        columns.update(field.column for field in model._meta.local_concrete_fields if field.column)
    return {table: frozenset(columns) for table, columns in found.items()}


def narrowed(diagnosis: Diagnosis, app_labels: Collection[str], tables: Mapping[str, str]) -> Diagnosis:
    """The part of a diagnosis that is about some apps: the verdict stays that of the whole."""
    if not app_labels:
        return diagnosis

    def mine(finding: Finding) -> bool:
        return finding.app in app_labels or (finding.app is None and tables.get(finding.table or "") in app_labels)

    return replace(
        diagnosis,
        migrations=tuple(each for each in diagnosis.migrations if each.app in app_labels),
        findings=tuple(filter(mine, diagnosis.findings)),
        plan=tuple(step for step in diagnosis.plan if step.app in app_labels),
    )
