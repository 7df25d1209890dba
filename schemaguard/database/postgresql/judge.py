"""Lets the server say whether two spellings mean the same, in one EXPLAIN that reads no row.

`EXPLAIN (VERBOSE)` prints what a query puts out in the planner's own normal form, so two spellings of one expression
come out alike: `"price" >= 0` and `(price >= (0)::numeric)`. Each question is an arm of one UNION ALL; ROW() keeps an
arm's type out of it, and random() keeps the planner from folding a NULL of some type away. Needs SELECT on the tables,
works in a READ ONLY transaction and on a standby.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.database.halving import answered
from schemaguard.database.postgresql import plans

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.questions import Answer, Question

INTEGERS = re.compile(r"('(?:[^']|'')*'|\b\d+|\(-\d+\))::(?:smallint|integer|bigint)(?:\[\])?")
"""A literal with the sort of integer that it is: that says which type a column had when the expression was made."""
MARK = re.compile(r"'sg(\d+)([ea]?)'::text")


def judge(
    connection: BaseDatabaseWrapper,
    questions: Collection[Question],
    reading: Callable[[], AbstractContextManager[None]],
    timeout: str = "",
) -> Mapping[Question, Answer]:
    """Answers all the questions, None for those that the server cannot plan. No question, no query.

    `timeout` is a SELECT that sets one for the locks. Raises django.db.Error where a lock is not to be had in time.
    Each statement has a transaction (or savepoint) of its own, made by `reading`: a refused one must not end the next.
    """
    return answered(questions, lambda batch: _ask(connection, batch, reading, timeout))


def _ask(
    connection: BaseDatabaseWrapper,
    batch: Sequence[Question],
    reading: Callable[[], AbstractContextManager[None]],
    timeout: str,
) -> Mapping[Question, Answer] | None:
    quote = connection.ops.quote_name
    arms: list[str] = []
    for number, question in enumerate(batch):
        if question.kind == "view":
            arms += plans.arms(number, question)
            continue
        if question.kind == "type":
            pair = ", ".join(
                f"ROW(CASE WHEN random() < 0 THEN NULL::{kind} END)" for kind in (question.expected, question.actual)
            )
            arms.append(f"SELECT 'sg{number}'::text, {pair} LIMIT 1")
            continue
        cast = f"::{question.cast}" if question.cast else ""
        pair = f"ROW(({question.expected}){cast}), ROW(({question.actual}){cast})"
        source = quote(question.table)
        if question.kind == "condition":  # of a trigger or a rule, about the row before and the row after
            source = f"{source} AS old, {source} AS new"
        arms.append(f"SELECT 'sg{number}'::text, {pair} FROM {source} LIMIT 1")
    statement = "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) " + " UNION ALL ".join(f"({arm})" for arm in arms)
    try:
        with reading(), connection.cursor() as cursor:
            cursor.execute(f"{timeout}; {statement}" if timeout else statement)
            if cursor.description[0][0] != "QUERY PLAN":  # psycopg 2 has the result of the last statement alone
                cursor.nextset()
            (plan,) = cursor.fetchone()
    except Error as error:
        if sqlstate(error) == "55P03":
            raise
        return None
    nodes = dict(_marked(json.loads(plan) if isinstance(plan, str) else plan))
    return {question: _answer(question, number, nodes) for number, question in enumerate(batch)}


def _answer(question: Question, number: int, nodes: Mapping[tuple[int, str], Any]) -> Answer:
    if question.kind == "view":
        return plans.agree(nodes.get((number, "e")), nodes.get((number, "a")))
    node = nodes.get((number, ""))
    return _agree(node["Output"][1:] if node is not None else None)


def sqlstate(error: BaseException) -> str | None:
    """Of the driver's error beneath Django's."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)


def _agree(output: list[str] | None) -> Answer:
    if output is None or len(output) != 2:
        return None
    one, other = output
    return one == other or INTEGERS.sub(r"\1", one) == INTEGERS.sub(r"\1", other)


def _marked(node: Any) -> Iterator[tuple[tuple[int, str], Any]]:
    """(number and side of the arm, the node) of every node of the plan that still carries its mark."""
    if isinstance(node, list):
        for child in node:
            yield from _marked(child)
    elif isinstance(node, dict):
        output = node.get("Output")
        if output and (mark := MARK.fullmatch(output[0].strip("()"))) is not None:
            yield (int(mark[1]), mark[2]), node
        for child in node.values():
            if isinstance(child, list | dict):
                yield from _marked(child)
