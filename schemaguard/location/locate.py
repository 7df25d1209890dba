"""Locates a database in the history of its migrations: from catalog, records and files to a Location."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from schemaguard.history.graph import Disk, Graph, Key, load, to_unfold
from schemaguard.history.installed import installed_tables
from schemaguard.history.source_files import Code
from schemaguard.history.walk import History, Walker
from schemaguard.location.assumed_tables import granted
from schemaguard.location.begun_drops import begun_drops
from schemaguard.location.effects import Effects, effects_of
from schemaguard.location.expected import Expected
from schemaguard.location.location import Location
from schemaguard.location.matching import MatchResult, match, match_again
from schemaguard.location.matching.other_schemas import elsewhere
from schemaguard.location.model_tables import ModelTables
from schemaguard.location.noted_states import noted_states, sql_progress, trusted
from schemaguard.location.placement import best_story, settle
from schemaguard.location.renamed_apps import relabelled
from schemaguard.location.sql_objects import SqlObjects
from schemaguard.location.state import State
from schemaguard.location.states import Judge
from schemaguard.location.swapped_models import swaps
from schemaguard.location.unseen_code import unseen_code

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.history.noted import Notes
    from schemaguard.history.object_timeline import Op
    from schemaguard.location.story import Story
    from schemaguard.schema.compare import Answers
    from schemaguard.schema.objects import Schema
    from schemaguard.schema.questions import Answer, Question

T = TypeVar("T")


def locate(
    connection: BaseDatabaseWrapper,
    backend: Backend,
    schema: Schema,
    records: Collection[Key],
    disk: Disk,
    past: Location | None = None,
    notes: Notes | None = None,
    answers: Mapping[Key, bool] | None = None,
) -> Location:
    """Locates a schema in the history, in that reading of the squashes that explains it best.

    `answers`: whether migrations ran, by a person's word.
    """
    graph = load(disk, records, (), notes, answers)
    unfolded = to_unfold(graph)
    if unfolded:
        graph = load(disk, records, unfolded, notes, answers)
    location = place(connection, backend, schema, graph, past)
    doubtful = _doubtful_squashes(location) - unfolded
    if doubtful:
        other = place(connection, backend, schema, load(disk, records, unfolded | doubtful, notes, answers))
        if other.story.unexplained < location.story.unexplained:
            location = other
    return location


def relocate(
    location: Location, records: Collection[Key] | None = None, answers: Mapping[Key, bool] | None = None
) -> Location:
    """The same schema with other records, or with the word of a person, read from the same files."""
    connection, graph = location.backend.connection, location.graph
    records = graph.records if records is None else records
    answers = graph.answers if answers is None else answers
    return locate(
        connection, location.backend, location.schema, records, graph.loader.disk, location, graph.notes, answers
    )


def _doubtful_squashes(location: Location) -> frozenset[Key]:
    """Squashes that the database holds in part, or in another shape, and whose replaced migrations are on disk.

    Left out is a squash in which a run was interrupted: `migrate` was running the squash then, not what it replaces.
    """
    stopped = location.graph.stopped
    disk = location.graph.loader.disk_migrations or {}
    return frozenset(
        (migration.app_label, migration.name)
        for m, migration in enumerate(location.graph.plan)
        if migration.replaces
        and m not in stopped
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
    """Locates a schema in one graph. `free` is the part in which the graph's tables are looked for (default: all)."""
    if past is not None and _is_the_same_walk(past, graph, backend):
        history = past.history
    else:
        history = Walker(connection, backend, graph.plan, set(graph.loader.unmigrated_apps)).walk()
    effects = effects_of(history.timelines.object_timelines())
    models = ModelTables(known_tables(backend), schema, history.timelines.tables)
    matched, story = _explained(graph, history, free or schema, backend, effects, models)
    settled = settle(story, matched, history, graph, commits=backend.goes_forward or bool(graph.noted))
    located_steps = settled.steps
    if settled.altered_by_hand:
        matched = replace(matched, places={**matched.places, **settled.altered_by_hand})
    sizes = [len(migration.operations) for migration in graph.plan]
    notes = trusted(graph, story)
    noted = noted_states(graph, history, effects, notes)
    sql = sql_progress(graph, effects, matched, notes, backend)
    noted |= {op: progress.state for op, progress in sql.items()}
    judge = Judge(matched, located_steps, effects, graph.recorded, graph.ancestors, sizes, noted)
    states = judge.states()
    if backend.goes_forward:
        states = states.begun(begun_drops(effects, matched, located_steps, states, graph.stopped))
    unseen = unseen_code(graph, history, effects, states, located_steps, notes, backend)
    states = states.left_open(op for op in unseen.open if op[0] in notes)
    expected = Expected(graph, history.timelines, schema, matched, located_steps, states, models, backend)
    states = states.conflicting(timeline.steps[expected.step_of(timeline)].op for timeline in expected.in_another_shape)
    for thing in matched.things:
        states = states.with_thing(thing)
    return Location(
        graph, history, schema, matched, story, located_steps, effects, states, expected, backend, unseen, models,
        _code_of(history, graph),
        swaps=swaps(history, schema, matched),
        granted=tuple(granted(history, graph, schema, matched)) if history.by_state else (),
        relabelled=relabelled(history, graph, schema, matched) if graph.orphans else (),
        notes=notes, sql_progress=sql,
    )  # fmt: skip


def _explained(
    graph: Graph, history: History, schema: Schema, backend: Backend, effects: Effects, models: ModelTables
) -> tuple[MatchResult, Story]:
    """Everything matched, and the story that explains it best.

    Where several timelines claim one table or column, the records have a say in whose it is. What a story has proven is
    as good as a record. So they are matched again with the story that leaves the contested objects out, and with the
    one that does not. The matching whose story leaves the least unexplained is taken.
    """
    recorded = {
        (m, o): graph.recorded[m] for m, migration in enumerate(graph.plan) for o in range(len(migration.operations))
    }
    said: dict[Question, Answer] = {}
    commits = backend.goes_forward or bool(graph.noted)
    made_by_sql = SqlObjects(history, backend, graph.recorded, schema)

    def explained(records: Mapping[Op, bool]) -> tuple[MatchResult, Story]:
        cut = bool(graph.noted)
        matched = _matched(history, schema, backend, records, said, made_by_sql, graph.stopped, was_cut=cut)
        story = best_story(graph, history, matched, effects, models, commits=commits)
        if any(m is not None and not graph.recorded[m] for m, _ in story.ran):
            matched.things = _asking(
                backend, said, lambda answers: made_by_sql.found(matched, answers, by_story=story.ran)
            )
        return matched, story

    matched, story = explained(recorded)
    found = [(matched, story)]
    if matched.contested and not all(graph.recorded):
        without_claims = best_story(graph, history, matched, effects, models, matched.contested, commits=commits)
        tried = [recorded]
        for each in (story, without_claims):
            proven = {op: is_recorded or op in each.ran for op, is_recorded in recorded.items()}
            if proven not in tried:
                tried.append(proven)
                found.append(explained(proven))
    return min(found, key=lambda pair: pair[1].unexplained)


def _matched(
    history: History,
    schema: Schema,
    backend: Backend,
    recorded: Mapping[Op, bool],
    said: dict[Question, Answer],
    things: SqlObjects,
    stopped: Collection[int],
    *,
    was_cut: bool,
) -> MatchResult:
    """Matches, and again where the server has to judge. `said` holds the answers that it has given, and grows.

    `stopped`: the migrations in which a run may have been interrupted.
    `was_cut`: a run noted that it began a migration that cannot be rolled back, and did not end it.
    """
    answers = _answers(backend, said, was_cut)
    matched = match(history.timelines, schema, answers, recorded, history.in_doubt, backend.has_sole_name, stopped)
    matched.things, alike = things.found(matched, answers), list(things.alike(matched, answers))
    if answers.open:
        asked = list(answers.open)
        said.update(backend.same(asked))
        answers = _answers(backend, said, was_cut)
        tables = {question.table for question in asked}
        match_again(history.timelines, matched, answers, recorded, history.in_doubt, tables)
        matched.things, alike = things.found(matched, answers), list(things.alike(matched, answers))
    for timeline, likeness, made_by in alike:
        place = matched.places[timeline]
        fits = () if made_by is None else tuple(i for i in place.allowed if timeline.steps[i].op == made_by)
        matched.places[timeline] = replace(place, alike=likeness, made_by=made_by, allowed=fits or place.allowed)
    matched.elsewhere.update(elsewhere(history.timelines, matched, recorded, backend.elsewhere))
    return matched


def _asking(backend: Backend, said: dict[Question, Answer], compared: Callable[[Answers], T]) -> T:
    """What comes out of a comparison for which the server may have to judge; it is asked once. `said` grows."""
    answers = backend.answers(said)
    result = compared(answers)
    if answers.open:
        said.update(backend.same(list(answers.open)))
        result = compared(backend.answers(said))
    return result


def _answers(backend: Backend, said: Mapping[Question, Answer], was_cut: bool) -> Answers:
    answers = backend.answers(said)
    answers.alters_in_parts = answers.alters_in_parts or was_cut
    return answers


def _is_the_same_walk(past: Location, graph: Graph, backend: Backend) -> bool:
    """Whether a walk of this graph would end the same: the records matter only for the reading of squashes."""
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
    """table → columns, of every model as it is now, unmanaged ones included: these belong to the project."""
    found: dict[str, set[str]] = {}
    for table, model in installed_tables(backend.name_bytes):
        columns = found.setdefault(table, set())
        columns.update(field.column for field in model._meta.local_concrete_fields if field.column)
    return {table: frozenset(columns) for table, columns in found.items()}
