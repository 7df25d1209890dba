"""Whether two queries are one, by their plans: what EXPLAIN (VERBOSE) prints of both, with names put aside.

A query that the server prints, and the one that it was made from, are parsed into the same tree, and one tree has one
plan. The names that EXPLAIN gives (`t_1`, `SubPlan 2`, `$0`) are numbered over the whole statement, so they are
numbered anew for each of the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.schema.questions import Answer, Question

NAME = "schemaguard_query"
_GIVEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*') | "(?P<quoted>(?:[^"]|"")*)"(?=\.) | (?P<name>(?<![\w$])[^\W\d][\w$]*)(?=\.)
    | \$(?P<parameter>\d+) | (?P<plan>(?:Init|Sub)Plan)\ (?P<number>\d+)""",
    re.VERBOSE,
)


def arms(number: int, question: Question) -> Iterator[str]:
    """Two SELECTs of (mark, row of all columns, row of the live columns by name), one for each query.

    `expected` and `actual` are what stands in FROM, under the name NAME; `table` is the list of the live columns,
    quoted. A column that a query does not have comes out as another thing: its name is then that of the outer query.
    With `cast` = "star" the expected query takes whatever columns there are, and those that came later do not count.
    """
    columns = question.table
    outer = ", ".join(f"random() AS {name}" for name in columns.split(", "))
    every = "ROW(1)" if question.cast == "star" else f"ROW({NAME}.*)"
    for side, query in (("e", question.expected), ("a", question.actual)):
        inner = f"SELECT {every} AS a, ROW({columns}) AS b FROM {query}"
        yield f"SELECT 'sg{number}{side}'::text, z.a, z.b FROM (SELECT {outer}) o, LATERAL ({inner}) z LIMIT 1"


def agree(expected: Any, actual: Any) -> Answer:
    """None where a plan was not found."""
    if expected is None or actual is None:
        return None
    return bool(_plain(expected) == _plain(actual))


def _plain(plan: Any) -> Any:
    aliases: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for alias in _aliases(plan):
        aliases.setdefault(alias, f"@{len(aliases)}")

    def given(match: re.Match[str]) -> str:
        if match["string"]:
            return "'mark'" if re.fullmatch(r"'sg\d+[ea]'", match[0]) else match[0]
        if match["parameter"] or match["number"]:
            key = f"{match['plan'] or '$'} {match['parameter'] or match['number']}"
            return numbers.setdefault(key, f"{match['plan'] or '$'} {len(numbers)}")
        name = match["name"] or match["quoted"].replace('""', '"')
        return aliases.get(name, match[0])

    def renamed(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: aliases.get(value, value) if key == "Alias" else renamed(value) for key, value in node.items()}
        if isinstance(node, list):
            return [renamed(each) for each in node]
        return _GIVEN.sub(given, node) if isinstance(node, str) else node

    return renamed(plan)


def _aliases(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _aliases(each)
    elif isinstance(node, dict):
        if "Alias" in node:
            yield node["Alias"]
        for each in node.values():
            if isinstance(each, list | dict):
                yield from _aliases(each)
