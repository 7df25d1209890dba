"""Migrations of which nobody can tell whether they ran: a person is asked, and what they say is evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.state import State
from schemaguard.reconcile.plan.choosing import choices as c

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.graph import Graph, Key
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.choosing.choices import Choice
    from schemaguard.reconcile.plan.choosing.options import Options


def close_stories(location: Location, options: Options, asked: Collection[int]) -> Iterator[Choice]:
    """A choice for each migration of these of which two stories are close."""
    for m in sorted(location.in_question & frozenset(asked)):
        ran = location.states.migrations[m] is State.PRESENT
        yield c.about_story(name_of(location.graph, m), ran=ran, migrate=options.migrate)


def answers_of(location: Location, options: Options) -> dict[Key, bool]:
    """Whether migrations ran, by the answers that were given."""
    if not options.answers:
        return {}
    graph = location.graph
    answers = {key: options.answer(c.key_of_story(name_of(graph, m))) for key, m in graph.plan_index.items()}
    return {key: answer == c.SKIP for key, answer in answers.items() if answer is not None}


def is_to_run(graph: Graph, m: int, options: Options) -> bool:
    """Whether a person said that a migration has not run, and is to run now."""
    return options.answer(c.key_of_story(name_of(graph, m))) == c.RUN


def name_of(graph: Graph, m: int) -> str:
    return f"{graph.plan[m].app_label}.{graph.plan[m].name}"
