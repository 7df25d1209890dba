"""Views, functions, triggers and rules of two sides: compared by their text, part by part, and queries by a server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.history.sql import definition_of
from schemaguard.location.sql_objects.part_comparer import PartComparer
from schemaguard.schema.compare import Answers, Difference, Match
from schemaguard.schema.definitions import Definition, Live
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.database.base import Backend
    from schemaguard.diff.model import SchemaDifference
    from schemaguard.diff.words import Words

Key = tuple[Kind, str, object]
Read = tuple[Live, Definition | None]


def definition_differences(
    expected: Iterable[Live], actual: Iterable[Live], family: type[Backend], answers: Answers, words: Words
) -> Iterator[SchemaDifference]:
    """A function of other arguments is another function, and a trigger of another table another trigger."""
    ours, theirs = _by_key(expected, family), _by_key(actual, family)
    for key in sorted(ours.keys() | theirs.keys(), key=lambda key: (key[0].value, key[1], repr(key[2]))):
        kind, name, identity = key
        one, other = ours.get(key), theirs.get(key)
        on = identity if isinstance(identity, str) else None
        called = f"{name} on {on}" if on is not None else name
        if one is None or other is None:
            live, _ = one or other or (None, None)
            assert live is not None
            text = wording.short(live.sql)
            yield words.alone(kind, called, in_expected=one is not None, text=text, table=on)
            continue
        differences = _compared(one, other, family, answers)
        if differences:
            texts = wording.short(one[0].sql), wording.short(other[0].sql)
            yield words.differs(kind, called, *texts, differences, table=on)


def _by_key(lives: Iterable[Live], family: type[Backend]) -> dict[Key, Read]:
    found = {}
    for live in lives:
        definition = _read(live.sql, family)
        identity = definition.identity if definition is not None else live.sql if live.kind is Kind.FUNCTION else None
        found[live.kind, live.name, identity] = live, definition
    return found


def _read(sql: str, family: type[Backend]) -> Definition | None:
    return definition_of(sql, dialect=family.dialect, normal_type=str)  # the servers of one family print types alike


def _compared(expected: Read, actual: Read, family: type[Backend], answers: Answers) -> tuple[Difference, ...]:
    one, other = expected[0], actual[0]
    enabled = one.enabled == other.enabled
    if " ".join(one.sql.split()) == " ".join(other.sql.split()) and one.columns == other.columns and enabled:
        return ()
    if not enabled:
        return (Difference("switched off", Match.DIFFERENT),)
    if one.columns != other.columns:
        return (Difference("columns", Match.DIFFERENT),)
    quote = family.name_quote
    comparer = PartComparer(expected[1], answers, lambda name: quote + name.replace(quote, quote * 2) + quote)
    return comparer.compare(replace(other, enabled=True), actual[1])
