"""Many questions asked by one statement, which a server refuses whole if it cannot plan one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from schemaguard.schema.questions import Answer, Question

MOST_STATEMENTS = 60
"""Halving finds the question that the server refuses, and this bounds the search."""
Asked = Callable[[Sequence[Question]], Mapping[Question, Answer] | None]
"""The answers to all of these; None where the server refuses to plan them."""


def answered(questions: Collection[Question], ask: Asked) -> dict[Question, Answer]:
    """None for each question that the server cannot plan. No question, no statement."""
    found: dict[Question, Answer] = dict.fromkeys(questions)
    stack = [list(found)] if found else []
    left = MOST_STATEMENTS
    while stack and left:
        batch = stack.pop()
        left -= 1
        answers = ask(batch)
        if answers is not None:
            found.update(answers)
        elif len(batch) > 1:
            half = len(batch) // 2
            stack += [batch[half:], batch[:half]]
    return found
