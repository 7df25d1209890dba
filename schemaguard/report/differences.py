"""The parts in which two sides differ: words of SQL, marked for a reader."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
UNLIKE = 0.3
"""Two texts that have less than this in common are two texts: to mark nearly all of both would tell nothing."""


class Part(NamedTuple):
    text: str
    differs: bool


def differences(expected: str, actual: str) -> tuple[list[Part], list[Part]]:
    """Both sides in parts, which together are the whole text.

    >>> differences("varchar(254) NOT NULL", "varchar(75) NULL")[1]
    [Part('varchar(', False), Part('75', True), Part(') ', False), Part('NULL', False)]
    """
    one, other = WORDS.findall(expected), WORDS.findall(actual)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < UNLIKE:
        return _joined([expected], [True]), _joined([actual], [True])
    first, second = [True] * len(one), [True] * len(other)
    for block in matcher.get_matching_blocks():
        first[block.a : block.a + block.size] = [False] * block.size
        second[block.b : block.b + block.size] = [False] * block.size
    return _joined(one, first), _joined(other, second)


def _joined(words: list[str], differs: list[bool]) -> list[Part]:
    """Neighbours that are alike in one part; a space is marked between two marked words alone."""
    for number, word in enumerate(words):
        if word.isspace():
            differs[number] = 0 < number < len(words) - 1 and differs[number - 1] and differs[number + 1]
    grouped = groupby(zip(words, differs, strict=True), lambda pair: pair[1])
    return [Part(text, is_different) for is_different, pairs in grouped if (text := "".join(word for word, _ in pairs))]
