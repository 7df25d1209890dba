"""The catalogue of findings: one code for each kind of thing and problem, its level, and how much it hurts.

Scripts and IGNORE entries rely on the codes: they are never given another meaning.
"""

from __future__ import annotations

from dataclasses import replace

from schemaguard.diagnosis.model import Level, Problem
from schemaguard.schema.objects import Kind
from schemaguard.schema.values import value

E, W, N = Level.ERROR, Level.WARNING, Level.INFO


@value(frozen=True, slots=True)
class Code:
    """`harm` orders findings by what they do to the running program: the higher, the worse.

    `description` is for a code that its kind and problem do not describe (`described_codes`).
    """

    code: str
    level: Level
    harm: int
    description: str = ""


CODES: dict[tuple[Kind, Problem], Code] = {
    (Kind.MIGRATION, Problem.UNRECORDED): Code("SG101", E, 60),
    (Kind.MIGRATION, Problem.DIFFERENT): Code("SG103", E, 65),
    (Kind.MIGRATION, Problem.ORPHANED): Code("SG104", W, 10),
    (Kind.MIGRATION, Problem.OUT_OF_ORDER): Code("SG105", E, 55),
    (Kind.MIGRATION, Problem.UNMIGRATED): Code("SG106", W, 15),
    (Kind.TABLE, Problem.MISSING): Code("SG201", E, 100),
    (Kind.TABLE, Problem.EXTRA): Code("SG202", W, 5),
    (Kind.TABLE, Problem.DIFFERENT): Code("SG209", E, 99),
    (Kind.TABLE, Problem.INCOMPARABLE): Code("SG210", N, 0),
    (Kind.COLUMN, Problem.MISSING): Code("SG203", E, 95),
    (Kind.COLUMN, Problem.DIFFERENT): Code("SG204", E, 70),
    (Kind.COLUMN, Problem.EXTRA): Code("SG205", W, 8),
    (Kind.COLUMN, Problem.INCOMPARABLE): Code("SG207", N, 0),
    (Kind.PRIMARY_KEY, Problem.MISSING): Code("SG301", E, 85),
    (Kind.PRIMARY_KEY, Problem.DIFFERENT): Code("SG302", E, 80),
    (Kind.UNIQUE, Problem.MISSING): Code("SG311", E, 78),
    (Kind.UNIQUE, Problem.DIFFERENT): Code("SG312", E, 72),
    (Kind.UNIQUE, Problem.EXTRA): Code("SG313", W, 12),
    (Kind.UNIQUE, Problem.INCOMPARABLE): Code("SG314", N, 0),
    (Kind.FOREIGN_KEY, Problem.MISSING): Code("SG321", E, 76),
    (Kind.FOREIGN_KEY, Problem.DIFFERENT): Code("SG322", E, 71),
    (Kind.FOREIGN_KEY, Problem.EXTRA): Code("SG323", W, 11),
    (Kind.CHECK, Problem.MISSING): Code("SG331", E, 74),
    (Kind.CHECK, Problem.DIFFERENT): Code("SG332", E, 69),
    (Kind.CHECK, Problem.EXTRA): Code("SG333", W, 10),
    (Kind.CHECK, Problem.INCOMPARABLE): Code("SG334", N, 0),
    (Kind.EXCLUSION, Problem.MISSING): Code("SG341", E, 74),
    (Kind.EXCLUSION, Problem.DIFFERENT): Code("SG342", E, 69),
    (Kind.EXCLUSION, Problem.EXTRA): Code("SG343", W, 10),
    (Kind.EXCLUSION, Problem.INCOMPARABLE): Code("SG344", N, 0),
    (Kind.INDEX, Problem.MISSING): Code("SG351", E, 30),
    (Kind.INDEX, Problem.DIFFERENT): Code("SG352", E, 28),
    (Kind.INDEX, Problem.EXTRA): Code("SG353", W, 4),
    (Kind.INDEX, Problem.INCOMPARABLE): Code("SG354", N, 0),
    (Kind.SEQUENCE, Problem.DIFFERENT): Code("SG401", W, 50),
    (Kind.EXTENSION, Problem.MISSING): Code("SG411", E, 90),
    (Kind.COLLATION, Problem.MISSING): Code("SG421", E, 88),
    (Kind.COMMENT, Problem.DIFFERENT): Code("SG431", W, 2),
    (Kind.VIEW, Problem.MISSING): Code("SG441", E, 93),
    (Kind.VIEW, Problem.DIFFERENT): Code("SG442", E, 68),
    (Kind.VIEW, Problem.INCOMPARABLE): Code("SG444", N, 0),
    (Kind.FUNCTION, Problem.MISSING): Code("SG451", E, 92),
    (Kind.FUNCTION, Problem.DIFFERENT): Code("SG452", E, 67),
    (Kind.FUNCTION, Problem.INCOMPARABLE): Code("SG454", N, 0),
    (Kind.TRIGGER, Problem.MISSING): Code("SG461", E, 79),
    (Kind.TRIGGER, Problem.DIFFERENT): Code("SG462", E, 66),
    (Kind.TRIGGER, Problem.INCOMPARABLE): Code("SG464", N, 0),
    (Kind.RULE, Problem.MISSING): Code("SG471", E, 77),
    (Kind.RULE, Problem.DIFFERENT): Code("SG472", E, 65),
    (Kind.RULE, Problem.INCOMPARABLE): Code("SG474", N, 0),
}
BREAKS_INSERTS = Code("SG206", E, 98, "column that no INSERT of Django's fills: NOT NULL, without a default")
"""An extra column, NOT NULL and without a default: every INSERT of Django's fails on it."""
STRANGE_DEFAULT = Code("SG208", N, 0, "default of a column that no field and no migration gives")
"""A default that neither a field nor a migration gives."""
ROWS_IN_THE_WAY = Code("SG109", E, 57, "rows over which a migration to come would fail")
"""A migration that is to run fails over rows, or cuts them: told where somebody asked for the rows to be counted."""
BREAKS_RECORDS = Code("SG402", E, 97, "sequence behind or lost, of a table that migrate itself writes")
"""A sequence that is behind, or lost, of a table that `migrate` itself writes: it fails after its work is done."""
AT_ITS_END = Code("SG403", W, 50, "sequence that has no number left")
"""A sequence that has no number left: nothing that is there is wrong, and a person has to widen the column."""
IN_THE_WAY = Code("SG108", E, 58, "what keeps a migration to come from running")
"""A migration that is to run fails: what it needs is not there, or something is in its way."""
MADE_BY_CODE: dict[Kind, Code] = {
    Kind.TABLE: Code("SG502", N, 0),
    Kind.COLUMN: Code("SG505", N, 0),
    Kind.UNIQUE: Code("SG513", N, 0),
    Kind.FOREIGN_KEY: Code("SG523", N, 0),
    Kind.CHECK: Code("SG533", N, 0),
    Kind.EXCLUSION: Code("SG543", N, 0),
    Kind.INDEX: Code("SG553", N, 0),
    Kind.SEQUENCE: Code("SG501", N, 0),
}
"""Extra things whose names the project's own code spells, in SQL that cannot be read for sure; and sequences that have
given no number yet, of an app whose migrations run code: it may have given its rows their keys itself."""
OTHERS = (
    BREAKS_INSERTS,
    STRANGE_DEFAULT,
    IN_THE_WAY,
    ROWS_IN_THE_WAY,
    BREAKS_RECORDS,
    AT_ITS_END,
    *MADE_BY_CODE.values(),
)
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
