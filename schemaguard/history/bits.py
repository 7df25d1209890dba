"""Sets of positions as the bits of one number: a union is one step, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def bits_of(positions: Iterable[int]) -> int:
    found = 0
    for position in positions:
        found |= 1 << position
    return found


def positions_in(bits: int) -> Iterator[int]:
    """In ascending order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def with_ancestors(positions: Iterable[int], ancestors: Sequence[int]) -> int:
    """These, and all that they depend on; `ancestors[m]` are the bits of what m depends on."""
    found = 0
    for position in positions:
        found |= 1 << position | ancestors[position]
    return found


def ancestors_of(positions: Iterable[int], ancestors: Sequence[int]) -> int:
    """All that these depend on; they themselves are among it where others of them depend on them."""
    found = 0
    for position in positions:
        found |= ancestors[position]
    return found
