"""The registry of kinds: one row for each kind of thing that a finding, or a migration's SQL, can be about.

Whatever tells kinds apart asks here: codes with their levels, words, what a thing proves, how SQL spells it. Example: a
view that is there proves nothing about the migration that makes it, because `CREATE OR REPLACE` may have made another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType

from schemaguard.schema.values import value


class Kind(str, Enum):
    """The kinds of things. Those that have a code are public (CONTRACT.md, `findings[].kind`)."""

    MIGRATION = "migration"
    TABLE = "table"
    COLUMN = "column"
    PRIMARY_KEY = "primary_key"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign_key"
    CHECK = "check"
    EXCLUSION = "exclusion"
    INDEX = "index"
    SEQUENCE = "sequence"
    EXTENSION = "extension"
    COLLATION = "collation"
    COMMENT = "comment"
    VIEW = "view"
    FUNCTION = "function"
    TRIGGER = "trigger"
    RULE = "rule"
    TYPE = "type"
    LABEL = "label"
    SCHEMA = "schema"

    @property
    def words(self) -> str:
        """As it stands in a sentence: `foreign key`."""
        return self.value.replace("_", " ")

    def __str__(self) -> str:
        # Python formats the members of such an enum in another way since 3.12.
        return self.words


class Level(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        return ["info", "warning", "error"].index(self.value)


class Problem(str, Enum):
    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    UNRECORDED = "unrecorded"
    ORPHANED = "orphaned"
    OUT_OF_ORDER = "out_of_order"
    UNMIGRATED = "unmigrated"
    INCOMPARABLE = "incomparable"


class Presence(Enum):
    """What it proves about an unrecorded migration that the thing it makes is there."""

    PROOF = "that it ran"
    PROOF_IF_SAME = "that it ran, if it says the same"
    NOTHING = "nothing"


class Absence(Enum):
    """What is made of it that a thing which a recorded migration makes is not there."""

    MISSING = "it is missing"
    COMPARED = "it is missing, unless something may have taken it along"
    """`location/sql_objects.py` tells, which also compares what it says with the statement that makes it."""
    BELIEVED = "the record is believed"


@value(frozen=True, kw_only=True, slots=True)
class Code:
    """A code of a finding. Scripts and IGNORE entries rely on it: it is never given another meaning.

    `harm` orders findings by what they do to the running program: the higher, the worse.
    `description` is for a code that its kind and problem do not describe. It belongs to the problems in `problems`.
    `note` and `mended_by` are what docs/findings.md says beside the code.
    """

    code: str
    level: Level
    harm: int
    description: str = ""
    problems: tuple[Problem, ...] = ()
    note: str = ""
    mended_by: str = ""


@value(frozen=True, kw_only=True, slots=True)
class KindRow:
    """All that is known of one kind."""

    kind: Kind
    codes: Mapping[Problem, Code] = field(default_factory=dict)
    special: tuple[Code, ...] = ()
    """Codes for a part of what a problem of this kind can be."""
    made_by_code: Code | None = None
    """The code for an extra thing whose name the project's own code spells, in SQL that cannot be read for sure."""
    presence: Presence = Presence.PROOF
    absence: Absence = Absence.MISSING
    holds_rows: bool = False
    """Whether rows or values go with it."""
    is_kept: bool = False
    """Whether a reconcile fails where it is gone afterwards and no step drops it: a CASCADE may take it along."""
    sql: tuple[str, ...] = ()
    """The words that name it in CREATE, DROP and ALTER, for what is known by its name alone (`Schema.others`)."""
    needs: str = ""
    """A word without which a CREATE of this kind is none."""
    of_table: bool = False
    """Whether SQL names its table with it, as in `DROP TRIGGER stamp ON item`."""
    suffix: str = ""
    """How PostgreSQL ends the name of one that nobody names."""
    title: str = ""
    """What docs/findings.md calls it, where that is not its name."""
    reason: str = ""
    """Why it is believed, or proves, less than others."""


ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO
MISSING, DIFFERENT, EXTRA, INCOMPARABLE = Problem.MISSING, Problem.DIFFERENT, Problem.EXTRA, Problem.INCOMPARABLE


def _code(code: str, level: Level, harm: int, description: str = "", *problems: Problem, **docs: str) -> Code:
    return Code(code=code, level=level, harm=harm, description=description, problems=problems, **docs)


IN_THE_WAY = _code(
    "SG108", ERROR, 58, "what keeps a migration to come from running", MISSING, DIFFERENT, EXTRA,
    note="a migration that is to run would fail: what it looks for is not there, or twice, or something is in its way "
    "(a name that is taken, a table `new__…` that a killed `migrate` left on SQLite, a key of another type)",
    mended_by="the hint says; then `migrate`",
)  # fmt: skip
ROWS_IN_THE_WAY = _code(
    "SG109", ERROR, 57, "rows over which a migration to come would fail", DIFFERENT,
    note="with `--data` alone: rows over which a migration that is to run would fail", mended_by="put the rows right",
)  # fmt: skip
BREAKS_INSERTS = _code(
    "SG206", ERROR, 98, "column that no INSERT of Django's fills: NOT NULL, without a default", EXTRA,
)  # fmt: skip
STRANGE_DEFAULT = _code("SG208", INFO, 0, "default of a column that no field and no migration gives", DIFFERENT)
ONLINE_CHANGE = _code(
    "SG211", WARNING, 4, "table that an online schema change left, or is filling", EXTRA,
    note="of gh-ost, pt-online-schema-change or the server itself, known by its name and its columns; as long as one "
    "may be under way, its table is not altered",
    mended_by="its end, or `DROP TABLE` by hand",
)  # fmt: skip
LEFT_TRIGGER = _code(
    "SG463", ERROR, 96, "trigger that an online schema change left, and whose copy is gone", EXTRA,
    note="of pt-online-schema-change: it writes into a table that is not there, so that every INSERT, UPDATE or DELETE "
    "fails", mended_by="`DROP TRIGGER` by hand",
)  # fmt: skip
WITHOUT_TRANSACTIONS = _code(
    "SG212", WARNING, 52, "table that migrate itself writes, of an engine without transactions", DIFFERENT,
    note="the records or the journal are MyISAM, say: what was written there stays when the rest is taken back, and a "
    "crash may tear it", mended_by="`ALTER TABLE … ENGINE = InnoDB` by hand",
)  # fmt: skip
BREAKS_RECORDS = _code(
    "SG402", ERROR, 97, "sequence behind or lost, of a table that migrate itself writes", MISSING, DIFFERENT,
    note="of the records, the journal, content types or permissions: every `migrate` that writes there fails; "
    "`reconcile` sets it before anything else",
)  # fmt: skip
AT_ITS_END = _code(
    "SG403", WARNING, 50, "sequence that has no number left, or AUTO_INCREMENT that has few", DIFFERENT,
    note="or its rows go up to the last one; a person has to give the column a wider type",
)  # fmt: skip

ROWS: tuple[KindRow, ...] = (
    KindRow(
        kind=Kind.MIGRATION,
        codes={
            Problem.UNRECORDED: _code(
                "SG101", ERROR, 60,
                note='in the database, all of it or a part, without a record: `migrate` fails with "already exists"; '
                "or a squash that Django can neither run nor take apart", mended_by="`reconcile`",
            ),
            DIFFERENT: _code(
                "SG103", ERROR, 65, note="not recorded, and something that it makes is there in another shape",
                mended_by="`reconcile --on-conflict alter` or `accept`",
            ),
            Problem.ORPHANED: _code(
                "SG104", WARNING, 10, note="a record without a file", mended_by="`reconcile --prune`"
            ),
            Problem.OUT_OF_ORDER: _code(
                "SG105", ERROR, 55, note="not recorded, and one that depends on it is: Django refuses to migrate",
                mended_by="`reconcile`",
            ),
            Problem.UNMIGRATED: _code(
                "SG106", WARNING, 15, note="models that the migrations do not describe yet",
                mended_by="`makemigrations`",
            ),
            INCOMPARABLE: _code(
                "SG107", INFO, 54,
                note="not recorded, and nobody can tell whether it ran: both would leave the database as it is",
                mended_by="the hint says both ways",
            ),
        },
        special=(IN_THE_WAY, ROWS_IN_THE_WAY),
    ),
    KindRow(
        kind=Kind.TABLE, holds_rows=True, made_by_code=_code("SG502", INFO, 0),
        codes={
            MISSING: _code("SG201", ERROR, 100), EXTRA: _code("SG202", WARNING, 5),
            DIFFERENT: _code("SG209", ERROR, 99), INCOMPARABLE: _code("SG210", INFO, 0),
        },
        special=(ONLINE_CHANGE, WITHOUT_TRANSACTIONS),
    ),
    KindRow(
        kind=Kind.COLUMN, holds_rows=True, made_by_code=_code("SG505", INFO, 0),
        codes={
            MISSING: _code("SG203", ERROR, 95), DIFFERENT: _code("SG204", ERROR, 70),
            EXTRA: _code("SG205", WARNING, 8), INCOMPARABLE: _code("SG207", INFO, 0),
        },
        special=(STRANGE_DEFAULT, BREAKS_INSERTS),
    ),
    KindRow(
        kind=Kind.PRIMARY_KEY, suffix="pkey",
        codes={MISSING: _code("SG301", ERROR, 85), DIFFERENT: _code("SG302", ERROR, 80)},
    ),
    KindRow(
        kind=Kind.UNIQUE, suffix="key", made_by_code=_code("SG513", INFO, 0),
        codes={
            MISSING: _code("SG311", ERROR, 78), DIFFERENT: _code("SG312", ERROR, 72),
            EXTRA: _code("SG313", WARNING, 12), INCOMPARABLE: _code("SG314", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.FOREIGN_KEY, suffix="fkey", made_by_code=_code("SG523", INFO, 0),
        codes={
            MISSING: _code("SG321", ERROR, 76), DIFFERENT: _code("SG322", ERROR, 71), EXTRA: _code("SG323", WARNING, 11)
        },
    ),
    KindRow(
        kind=Kind.CHECK, suffix="check", made_by_code=_code("SG533", INFO, 0),
        codes={
            MISSING: _code("SG331", ERROR, 74), DIFFERENT: _code("SG332", ERROR, 69),
            EXTRA: _code("SG333", WARNING, 10), INCOMPARABLE: _code("SG334", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.EXCLUSION, made_by_code=_code("SG543", INFO, 0),
        codes={
            MISSING: _code("SG341", ERROR, 74), DIFFERENT: _code("SG342", ERROR, 69),
            EXTRA: _code("SG343", WARNING, 10), INCOMPARABLE: _code("SG344", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.INDEX, suffix="idx", made_by_code=_code("SG553", INFO, 0),
        codes={
            MISSING: _code("SG351", ERROR, 30), DIFFERENT: _code("SG352", ERROR, 28),
            EXTRA: _code("SG353", WARNING, 4), INCOMPARABLE: _code("SG354", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.SEQUENCE, sql=("SEQUENCE",), absence=Absence.BELIEVED,
        codes={
            DIFFERENT: _code(
                "SG401", WARNING, 50,
                note="it stands below the largest key, so the next INSERT fails; `reconcile` sets it",
            )
        },
        special=(BREAKS_RECORDS, AT_ITS_END),
        made_by_code=_code(
            "SG501", INFO, 0,
            note="it has given no number yet, and code of the migrations may have given the rows their keys; "
            "`reconcile` sets it",
        ),
        reason="a column that owns it takes it along when it goes, and no statement says so",
    ),
    KindRow(
        kind=Kind.EXTENSION, sql=("EXTENSION",), presence=Presence.NOTHING,
        codes={MISSING: _code("SG411", ERROR, 90)}, reason="the owner of a server makes it beforehand",
    ),
    KindRow(kind=Kind.COLLATION, sql=("COLLATION",), codes={MISSING: _code("SG421", ERROR, 88)}),
    KindRow(kind=Kind.COMMENT, codes={DIFFERENT: _code("SG431", WARNING, 2)}),
    KindRow(
        kind=Kind.VIEW, sql=("VIEW",), needs="AS", title="view (materialized too)",
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED, is_kept=True,
        codes={
            MISSING: _code("SG441", ERROR, 93), DIFFERENT: _code("SG442", ERROR, 68),
            INCOMPARABLE: _code("SG444", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it another query under the same name",
    ),
    KindRow(
        kind=Kind.FUNCTION, sql=("FUNCTION", "PROCEDURE", "ROUTINE"), needs="(", title="function, procedure",
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED,
        codes={
            MISSING: _code("SG451", ERROR, 92), DIFFERENT: _code("SG452", ERROR, 67),
            INCOMPARABLE: _code("SG454", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it another body under the same name",
    ),
    KindRow(
        kind=Kind.TRIGGER, sql=("TRIGGER",), needs="ON", of_table=True,
        absence=Absence.COMPARED, is_kept=True,
        codes={
            MISSING: _code("SG461", ERROR, 79), DIFFERENT: _code("SG462", ERROR, 66),
            INCOMPARABLE: _code("SG464", INFO, 0),
        },
        special=(LEFT_TRIGGER,),
        reason="it goes with its table without a word",
    ),
    KindRow(
        kind=Kind.RULE, sql=("RULE",), needs="DO", of_table=True,
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED,
        codes={
            MISSING: _code("SG471", ERROR, 77), DIFFERENT: _code("SG472", ERROR, 65),
            INCOMPARABLE: _code("SG474", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it other actions under the same name",
    ),
    KindRow(kind=Kind.TYPE, sql=("TYPE", "DOMAIN"), absence=Absence.BELIEVED, reason="no finding speaks of it"),
    KindRow(
        kind=Kind.LABEL, absence=Absence.BELIEVED, title="label of an enum (`type.label`)",
        reason="no finding speaks of it",
    ),
    KindRow(
        kind=Kind.SCHEMA, sql=("SCHEMA",), presence=Presence.NOTHING, absence=Absence.BELIEVED,
        reason="the owner of a database makes it beforehand; no finding speaks of it",
    ),
)  # fmt: skip
KINDS: Mapping[Kind, KindRow] = MappingProxyType({row.kind: row for row in ROWS})


def _those(holds: Callable[[KindRow], bool]) -> frozenset[Kind]:
    return frozenset(row.kind for row in ROWS if holds(row))


REPORTED = tuple(row.kind for row in ROWS if row.codes)
"""The kinds that a finding can be about."""
NOT_EVIDENCE = _those(lambda row: row.presence is Presence.NOTHING)
"""Kinds that others make beforehand: to find one says nothing about a migration."""
REPLACEABLE = _those(lambda row: row.presence is Presence.PROOF_IF_SAME)
"""Kinds that CREATE OR REPLACE makes anew under the same name: an old one and a new one look alike."""
BELIEVED = _those(lambda row: row.absence is not Absence.MISSING)
"""Kinds of which a located database says nothing against a record."""
COMPARED = _those(lambda row: row.absence is Absence.COMPARED)
KEPT = _those(lambda row: row.is_kept)
HOLDING_ROWS = _those(lambda row: row.holds_rows)
BY_SQL_WORD: Mapping[str, Kind] = MappingProxyType({word: row.kind for row in ROWS for word in row.sql})
