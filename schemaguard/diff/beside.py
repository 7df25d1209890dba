"""In what the sequences and the partitions of two schemas differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diff.model import SchemaDifference, Snapshot
    from schemaguard.diff.words import Words

USUAL = {Kind.SEQUENCE: "as usual", Kind.TABLE: "not partitioned"}


def beside_differences(expected: Snapshot, actual: Snapshot, words: Words) -> Iterator[SchemaDifference]:
    """Nothing where a file does not tell of one side. A table or a column that one side lacks is told already."""
    if expected.beside is None or actual.beside is None:
        return
    ours, theirs = expected.beside, actual.beside
    for key in sorted(ours.steps.keys() | theirs.steps.keys()):
        table, _, column = key.rpartition(".")
        if all(table in each.tables and column in each.tables[table].columns for each in (expected, actual)):
            texts = ours.steps.get(key, ""), theirs.steps.get(key, "")
            yield from _differs(words, Kind.SEQUENCE, f"of {key}", *texts, table=table, columns=(column,))
    for name in sorted(ours.sequences.keys() | theirs.sequences.keys()):
        yield from _named(words, Kind.SEQUENCE, name, ours.sequences.get(name), theirs.sequences.get(name))
    for name in sorted(ours.partitions.keys() | theirs.partitions.keys()):
        tables = [name in each.tables for each in (expected, actual)]
        if all(tables):
            texts = ours.partitions.get(name, ""), theirs.partitions.get(name, "")
            yield from _differs(words, Kind.TABLE, name, *texts, table=name)
        elif not any(tables):
            yield from _named(words, Kind.TABLE, name, ours.partitions.get(name), theirs.partitions.get(name))


def _named(words: Words, kind: Kind, name: str, expected: str | None, actual: str | None) -> Iterator[SchemaDifference]:
    if expected is not None and actual is not None:
        yield from _differs(words, kind, name, expected, actual)
        return
    text = expected if expected is not None else actual
    yield words.alone(kind, name, in_expected=expected is not None, text=text or None)


def _differs(
    words: Words, kind: Kind, name: str, expected: str, actual: str, **about: Any
) -> Iterator[SchemaDifference]:
    if expected != actual:
        yield words.differs(kind, name, expected or USUAL[kind], actual or USUAL[kind], (), **about)
