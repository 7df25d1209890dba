"""A database placed in the history of its migrations: matched, resolved, judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database.base import Backend
from schemaguard.diagnosis.findings import Finder
from schemaguard.diagnosis.findings.assumed_tables import AssumedTable, granted
from schemaguard.diagnosis.findings.assumed_tables import finding as granted_finding
from schemaguard.diagnosis.findings.migrations import diagnosed, findings
from schemaguard.diagnosis.findings.renamed_apps import RenamedApp, relabelled, with_label
from schemaguard.diagnosis.findings.swapped_models import Swap, swaps, with_cause
from schemaguard.diagnosis.model import DiagnosedMigration, Finding, State
from schemaguard.diagnosis.naming import parts_of
from schemaguard.history.graph import Disk, Graph, Key, load, to_unfold
from schemaguard.history.installed import installed_tables
from schemaguard.history.object_timeline import AnyTimeline, Op
from schemaguard.history.source_files import Code
from schemaguard.history.walk import History, Walker
from schemaguard.location.effects import Effect, Effects, effects_of
from schemaguard.location.matching import MatchResult, match, match_again
from schemaguard.location.matching.other_schemas import elsewhere
from schemaguard.location.model_tables import ModelTables
from schemaguard.location.placement import settle, stopped_at, tell
from schemaguard.location.sql_objects import SqlObjects
from schemaguard.location.states import Judge, States
from schemaguard.location.story import Story
from schemaguard.schema.objects import Schema
from schemaguard.schema.questions import Answer, Question


@dataclass(slots=True)
class Location:
    """A database placed in one reading of its history: everything that the plan and its execution go on from."""

    graph: Graph
    history: History
    schema: Schema
    matched: MatchResult
    story: Story
    located_steps: Mapping[AnyTimeline, int]
    effects: Mapping[Op, list[Effect]]
    states: States
    finder: Finder
    backend: Backend
    migrations: tuple[DiagnosedMigration, ...]
    findings: tuple[Finding, ...]
    swaps: tuple[Swap, ...] = ()
    granted: tuple[AssumedTable, ...] = ()
    relabelled: tuple[RenamedApp, ...] = ()

    def undone(self, m: int) -> Iterator[AnyTimeline]:
        """What keeps a migration from being applied: it has not come as far, or is there in a shape of no migration."""
        for o in range(len(self.graph.plan[m].operations)):
            for effect in self.effects.get((m, o), ()):
                position, place = self.located_steps[effect.timeline], self.matched.places[effect.timeline]
                if effect.step > position or (effect.step == position and (place.nearest or place.unnumbered)):
                    yield effect.timeline


def locate(
    connection: BaseDatabaseWrapper,
    backend: Backend,
    schema: Schema,
    records: Collection[Key],
    disk: Disk,
    past: Location | None = None,
) -> Location:
    """Places a schema in the history, in that reading of the squashes that explains it best."""
    graph = load(disk, records)
    unfolded = to_unfold(graph)
    if unfolded:
        graph = load(disk, records, unfolded)
    location = place(connection, backend, schema, graph, past)
    doubtful = _doubtful_squashes(location) - unfolded
    if doubtful:
        other = place(connection, backend, schema, load(disk, records, unfolded | doubtful))
        if other.story.unexplained < location.story.unexplained:
            location = other
    return location


def relocate(location: Location, records: Collection[Key]) -> Location:
    """The same schema with other records, read from the same files."""
    connection, disk = location.backend.connection, location.graph.loader.disk
    return locate(connection, location.backend, location.schema, records, disk, location)


def _doubtful_squashes(location: Location) -> frozenset[Key]:
    """Squashes that the database holds by half, or in another shape, and whose replaced migrations are on disk.

    Not the one in which a run was interrupted: `migrate` was running the squash then, not what it replaces.
    """
    stopped = stopped_at(location.graph.recorded)
    disk = location.graph.loader.disk_migrations or {}
    return frozenset(
        (migration.app_label, migration.name)
        for m, migration in enumerate(location.graph.plan)
        if migration.replaces
        and m != stopped
        and location.states.migrations[m] in (State.PARTIAL, State.CONFLICTING)
        and all(tuple(each) in disk for each in migration.replaces)
    )


def place(
    connection: BaseDatabaseWrapper,
    backend: Backend,
    schema: Schema,
    graph: Graph,
    past: Location | None = None,
    free: Schema | None = None,
) -> Location:
    """`free` is the part of the schema in which the graph's tables are looked for; all of it where it is not given."""
    if past is not None and _is_the_same_walk(past, graph, backend):
        history = past.history
    else:
        history = Walker(connection, backend, set(graph.loader.unmigrated_apps)).walk(graph.plan)
    effects = effects_of(history.timelines.object_timelines())
    known = known_tables(backend)
    matched, story = _told(graph, history, free or schema, backend, effects, ModelTables(known, schema))
    located_steps = settle(story, matched, history)
    sizes = [len(migration.operations) for migration in graph.plan]
    judge = Judge(matched, located_steps, effects, graph.recorded, graph.ancestors, sizes)
    states = judge.states()
    finder = Finder(
        graph, history.timelines, schema, matched, located_steps, states, known,
        _code_of(history, graph), backend.usual_name, backend.drops_constraints,
    )  # fmt: skip
    things = tuple(finder.find())
    states.mark_conflicting(timeline.steps[finder.expected_step[timeline]].op for timeline in finder.in_another_shape)
    for thing in matched.things:
        states.mark_thing(thing)
    migrations = diagnosed(graph, states)

    def parts(m: int) -> str:
        return parts_of(judge.effects_of(m), matched, located_steps)

    location = Location(
        graph, history, schema, matched, story, located_steps, effects, states, finder, backend, migrations,
        (*findings(graph, states, migrations, things, parts), *things),
    )  # fmt: skip
    return _with_causes(location)


def _told(
    graph: Graph, history: History, schema: Schema, backend: Backend, effects: Effects, models: ModelTables
) -> tuple[MatchResult, Story]:
    """Everything matched, and the story that explains it best.

    Where several timelines claim one table or column, the records have a say in whose it is. What stories have proven
    without these claims, and with them, is as good as a record: so they are matched once more with each. The matching
    whose story leaves the least unexplained is taken.
    """
    recorded = {
        (m, o): graph.recorded[m] for m, migration in enumerate(graph.plan) for o in range(len(migration.operations))
    }
    said: dict[Question, Answer] = {}
    made_by_sql = SqlObjects(history, backend, graph.recorded, schema)

    def told(records: Mapping[Op, bool]) -> tuple[MatchResult, Story]:
        matched = _matched(history, schema, backend, records, said, made_by_sql)
        return matched, tell(graph, history, matched, effects, models)

    matched, story = told(recorded)
    found = [(matched, story)]
    if matched.contested and not all(graph.recorded):
        without_claims = tell(graph, history, matched, effects, models, matched.contested)
        tried = [recorded]
        for each in (story, without_claims):
            proven = {op: is_recorded or op in each.ran for op, is_recorded in recorded.items()}
            if proven not in tried:
                tried.append(proven)
                found.append(told(proven))
    return min(found, key=lambda pair: pair[1].unexplained)


def _with_causes(location: Location) -> Location:
    """With what is the one cause of many findings, or was taken for granted."""
    graph, history, schema, matched = location.graph, location.history, location.schema, location.matched
    lacking = tuple(granted(history, graph, schema, matched)) if history.by_state else ()
    swapped = swaps(history, schema, matched)
    other_labels = relabelled(history, graph, schema, matched) if graph.orphans else ()
    found = list(location.findings)
    found = with_label(found, other_labels) if other_labels else found
    found += [granted_finding(each, graph) for each in lacking]
    found = with_cause(found, swapped, [(each.app_label, each.name) for each in graph.plan]) if swapped else found
    return replace(location, findings=tuple(found), swaps=swapped, granted=lacking, relabelled=other_labels)


def _matched(
    history: History,
    schema: Schema,
    backend: Backend,
    recorded: Mapping[Op, bool],
    said: dict[Question, Answer],
    things: SqlObjects,
) -> MatchResult:
    """Matches, and once more what takes the server's judgement. `said` is what it was asked before, and grows."""
    answers = backend.answers(said)
    matched = match(history.timelines, schema, answers, recorded, history.in_doubt)
    matched.things, alike = things.found(matched, answers), dict(things.alike(matched, answers))
    if answers.open:
        asked = list(answers.open)
        said.update(backend.same(asked))
        answers = backend.answers(said)
        tables = {question.table for question in asked}
        match_again(history.timelines, matched, answers, recorded, history.in_doubt, tables)
        matched.things, alike = things.found(matched, answers), dict(things.alike(matched, answers))
    for timeline, likeness in alike.items():
        matched.places[timeline] = replace(matched.places[timeline], alike=likeness)
    matched.elsewhere.update(elsewhere(history.timelines, matched, recorded, backend.elsewhere))
    return matched


def _is_the_same_walk(past: Location, graph: Graph, backend: Backend) -> bool:
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


def known_tables(backend: Backend) -> Mapping[str, frozenset[str]]:
    """table → columns, of every model as it is now, unmanaged ones included: nobody made these outside the project."""
    found: dict[str, set[str]] = {}
    for table, model in installed_tables(backend.name_bytes):
        columns = found.setdefault(table, set())
        columns.update(field.column for field in model._meta.local_concrete_fields if field.column)
    return {table: frozenset(columns) for table, columns in found.items()}
