"""The catalog's rows ─▶ sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.sequences import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.database.rows import Row


def read_sequences(rows: Iterable[Row]) -> tuple[tuple[Sequence, ...], tuple[str, ...]]:
    """Those that this role may read, and a sentence about the others."""
    found, hidden = [], []
    for row in rows:
        name, schema, table, column, last, start, step, least, most, cycles, feeds, visible, readable = row
        if not readable:
            hidden.append(name)
            continue
        used = last is not None
        found.append(
            Sequence(
                name=name,
                table=table if visible else f'{schema}"."{table}',
                column=column,
                last=last if used else start - step,
                used=used,
                step=step,
                least=least,
                most=most,
                cycles=cycles,
                feeds=feeds,
            )
        )
    unseen = (f"sequences that this role may not read: {', '.join(hidden)}",) if hidden else ()
    return tuple(found), unseen
