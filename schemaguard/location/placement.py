"""Gives every object its step: of those that it fits, the one that the cheapest story has come to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from schemaguard.history.bits import ancestors_of, positions_in
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
)
from schemaguard.location.effects import Effects, telling
from schemaguard.location.evidence import Fit, Weigher, evidence
from schemaguard.location.noted_states import noted_states
from schemaguard.location.state import OperationState
from schemaguard.location.story import Chapter, Story, cheapest, whole
from schemaguard.schema.objects import ForeignKey
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.history.graph import Graph
    from schemaguard.history.walk import History
    from schemaguard.location.matching import MatchResult, Placement
    from schemaguard.location.model_tables import ModelTables


def best_story(
    graph: Graph, history: History, matched: MatchResult, effects: Effects, models: ModelTables,
    open_claims: Collection[AnyTimeline] = (), *, commits: bool = False,
) -> Story:  # fmt: skip
    """The cheapest story of one database; `open_claims` as `evidence` takes them. `commits`: each statement does."""
    if all(graph.recorded) and _all_at_their_ends(history, matched):
        return whole([len(migration.operations) for migration in graph.plan])
    code = {m for m in range(len(graph.plan)) if history.has_code(m)}
    recorded = {op: graph.recorded[op[0]] for op in effects}

    @cache
    def drops_of_models(op: Op) -> bool:
        """By any of its effects: what hangs on a column goes with it."""
        dropped = (each.timeline for each in effects.get(op, ()) if not each.timeline.steps[each.step].shape)
        return any(models.have_live(timeline, matched) for timeline in dropped)

    weigher = Weigher(recorded, _with_code(graph, code), drops_of_models, graph.stopped if commits else ())
    costs = {
        timeline: weigher.costs(timeline, evidence(timeline, matched, open_claims))
        for timeline in history.timelines.object_timelines()
    }
    return cheapest(_chapters(graph, history, matched, effects, code), costs)


def _all_at_their_ends(history: History, matched: MatchResult) -> bool:
    """Whether every object fits the last of its steps. With all records there, no other story costs nothing."""
    for timeline in history.timelines.object_timelines():
        place = matched.places[timeline]
        if not place.in_doubt and (place.nearest or len(timeline.steps) - 1 not in place.allowed):
            return False
    return True


@value(frozen=True, slots=True)
class Settled:
    """`steps`: where each object stands. `altered_by_hand`: the placements of columns that turn out to be that."""

    steps: Mapping[AnyTimeline, int]
    altered_by_hand: Mapping[AnyTimeline, Placement]


def settle(story: Story, matched: MatchResult, history: History, graph: Graph, *, commits: bool = False) -> Settled:
    """Where each object stands.

    `commits`: whether each statement does. Then the operation in which a run stopped may have altered the column.

    A run may stop within an operation. What that operation has taken away by then went by it. Example:
    AlterUniqueTogether drops one constraint before it makes another. What goes along with a column or a table does not
    go before that, and so somebody dropped it.
    """
    found: dict[AnyTimeline, int] = {}
    altered: dict[AnyTimeline, Placement] = {}
    began = frozenset(_stopped_ops(story, history, graph.stopped))
    for timeline in history.timelines.object_timelines():
        place = matched.places[timeline]
        reached = story.step_of(timeline)
        begun = commits and timeline.steps[min(place.allowed)].op in began
        if isinstance(timeline, ColumnTimeline) and not begun and _is_altered_by_hand(timeline, place, reached):
            place = altered[timeline] = replace(place, allowed=(reached,), nearest=True)
        # Of the steps that it fits, the last that the story has come to, else the next.
        found[timeline] = max((step for step in place.allowed if step <= reached), default=min(place.allowed))
        following = timeline.steps[reached + 1] if reached + 1 < len(timeline.steps) else None
        if following is not None and following.op in began:
            is_gone = reached + 1 in place.allowed and evidence(timeline, matched)[reached].fit is Fit.GONE
            if is_gone and not _goes_along(timeline, reached + 1, matched, commits=commits):
                found[timeline] = reached + 1
    for handed in history.timelines.handed_over:
        # A table that is there belongs to its next model already: no statement makes it so, and none could run.
        if matched.places[handed].actual is not None and not matched.places[handed].nearest:
            while handed.is_handed_over(found[handed] + 1):
                found[handed] += 1
    return Settled(found, altered)


def _goes_along(timeline: AnyTimeline, step: int, matched: MatchResult, *, commits: bool) -> bool:
    """Whether a constraint goes with its table, or with a column, that is still there.

    Django's editor drops the foreign key of a column by a statement of its own, before the column.
    """
    if not isinstance(timeline, ConstraintTimeline):
        return False
    if commits and isinstance(timeline.steps[step - 1].shape, ForeignKey):
        return False
    return any(matched.places[part].actual is not None for part in timeline.carriers(step))


def _stopped_ops(story: Story, history: History, migrations: Collection[int]) -> Iterator[Op]:
    """The operations in which a run may have stopped: of each of these migrations the first that has not run."""
    for m in migrations:
        operations = ((m, index) for index in range(len(history.operations[m])))
        yield from islice((op for op in operations if op not in story.ran), 1)


def _chapters(graph: Graph, history: History, matched: MatchResult, effects: Effects, code: set[int]) -> list[Chapter]:
    stopped = graph.stopped
    chapters = []
    for m, (migration, parents) in enumerate(zip(graph.plan, graph.parents, strict=True)):
        operations = [(m, index) for index in range(len(migration.operations))]
        is_seen = any(True for op in operations for _ in telling(effects.get(op, ()), matched.places))
        chapters.append(
            Chapter(
                parents,
                len(operations),
                graph.recorded[m],
                visible=is_seen,
                unseen_code=m in code and not is_seen,
                stopped=m in stopped or m in graph.noted,
                noted=_noted(graph, history, effects, m) if m in graph.noted else None,
                answer=graph.answers.get((migration.app_label, migration.name)),
            )
        )
    return chapters


def _noted(graph: Graph, history: History, effects: Effects, m: int) -> tuple[int, int]:
    """How many operations ran by the notes; and the first that leaves no trace and has not begun by them.

    A note of what the catalog shows may be late. What leaves no trace is noted before it begins.
    """
    noted, size = graph.noted[m], len(graph.plan[m].operations)
    states = noted_states(graph, history, effects, {m: noted})
    absent = [o for o in range(size) if states.get((m, o)) is OperationState.ABSENT]
    return noted.ran, absent[0] if absent else size


def _with_code(graph: Graph, code: set[int]) -> set[int]:
    """The migrations that run code, and those after which a recorded one does."""
    return code.union(positions_in(ancestors_of((m for m in code if graph.recorded[m]), graph.ancestors)))


def _is_altered_by_hand(timeline: ColumnTimeline, place: Placement, reached: int) -> bool:
    """Whether a column stands in a shape that the story gives it later, and was not renamed until then."""
    low = min(place.allowed)
    if place.actual is None or place.nearest or place.in_doubt or low <= reached:
        return False
    return len(set(_names(timeline, reached, low))) == 1 and timeline.steps[reached].shape is not None


def _names(timeline: ColumnTimeline, begin: int, end: int) -> Iterator[str | None]:
    for step in timeline.steps[begin : end + 1]:
        yield step.shape.name if step.shape is not None else None
