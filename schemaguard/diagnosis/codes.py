"""The catalogue of findings: the codes of the registry of kinds, by kind and problem."""

from __future__ import annotations

from dataclasses import replace

from schemaguard.schema.codes import (
    AT_ITS_END,
    BREAKS_INSERTS,
    BREAKS_RECORDS,
    IN_THE_WAY,
    LEFT_TRIGGER,
    ONLINE_CHANGE,
    ROWS_IN_THE_WAY,
    STRANGE_DEFAULT,
    WITHOUT_TRANSACTIONS,
    Code,
    Problem,
)
from schemaguard.schema.kinds import ROWS, Kind

__all__ = [
    "AT_ITS_END",
    "BREAKS_INSERTS",
    "BREAKS_RECORDS",
    "CODES",
    "HARM",
    "IN_THE_WAY",
    "LEFT_TRIGGER",
    "MADE_BY_CODE",
    "ONLINE_CHANGE",
    "OTHERS",
    "ROWS_IN_THE_WAY",
    "STRANGE_DEFAULT",
    "WITHOUT_TRANSACTIONS",
    "Code",
    "described_codes",
]

CODES: dict[tuple[Kind, Problem], Code] = {
    (row.kind, problem): code for row in ROWS for problem, code in row.codes.items()
}
MADE_BY_CODE: dict[Kind, Code] = {row.kind: row.made_by_code for row in ROWS if row.made_by_code is not None}
"""Extra things whose names the project's own code spells, in SQL that cannot be read for sure; and sequences that have
given no number yet, of an app whose migrations run code: it may have given its rows their keys itself."""
OTHERS = (*(code for row in ROWS for code in row.special), *MADE_BY_CODE.values())
HARM: dict[str, int] = {code.code: code.harm for code in (*CODES.values(), *OTHERS)}


def described_codes() -> dict[str, Code]:
    """Code → what is said of it in general, in a few words: `column missing`."""
    found = {
        entry.code: replace(entry, description=f"{kind.words} {problem.value.replace('_', ' ')}")
        for (kind, problem), entry in CODES.items()
    }
    for kind, entry in MADE_BY_CODE.items():
        found[entry.code] = replace(entry, description=f"extra {kind.words} that the project's own code spells")
    for entry in OTHERS:
        found.setdefault(entry.code, entry)
    return found
