"""The registry of kinds: one row for each kind of thing that a finding, or a migration's SQL, can be about.

Whatever tells kinds apart asks here: codes with their levels, words, what a thing proves, how SQL spells it. Example: a
view that is there proves nothing about the migration that makes it, because `CREATE OR REPLACE` may have made another.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.schema.codes import (
    AT_ITS_END,
    BREAKS_INSERTS,
    BREAKS_RECORDS,
    DIFFERENT,
    ERROR,
    EXTRA,
    IN_THE_WAY,
    INCOMPARABLE,
    INFO,
    LEFT_TRIGGER,
    MISSING,
    ONLINE_CHANGE,
    ROWS_IN_THE_WAY,
    STRANGE_DEFAULT,
    WARNING,
    WITHOUT_TRANSACTIONS,
    Code,
    Problem,
    code,
)
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
    VIEW_INDEX = "view_index"
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


class Presence(Enum):
    """What it proves about an unrecorded migration that the thing it makes is there."""

    PROOF = "that it ran"
    PROOF_IF_SAME = "that it ran, if it says the same"
    NOTHING = "nothing"


class Absence(Enum):
    """What is made of it that a thing which a recorded migration makes is not there."""

    MISSING = "it is missing"
    COMPARED = "it is missing, unless something may have taken it along"
    """`location/sql_objects/` tells, which also compares what it says with the statement that makes it."""
    BELIEVED = "the record is believed"


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
    told_as: Kind | None = None
    """The kind that a finding calls it, where it has no codes of its own."""
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


ROWS: tuple[KindRow, ...] = (
    KindRow(
        kind=Kind.MIGRATION,
        codes={
            Problem.UNRECORDED: code(
                "SG101", ERROR, 60,
                note='in the database, all of it or a part, without a record: `migrate` fails with "already exists"; '
                "or a squash that Django can neither run nor take apart", mended_by="`reconcile`",
            ),
            DIFFERENT: code(
                "SG103", ERROR, 65, note="not recorded, and something that it makes is there in another shape",
                mended_by="`reconcile --on-conflict alter` or `accept`",
            ),
            Problem.ORPHANED: code(
                "SG104", WARNING, 10, note="a record without a file", mended_by="`reconcile --prune`"
            ),
            Problem.OUT_OF_ORDER: code(
                "SG105", ERROR, 55, note="not recorded, and one that depends on it is: Django refuses to migrate",
                mended_by="`reconcile`",
            ),
            Problem.UNMIGRATED: code(
                "SG106", WARNING, 15, note="models that the migrations do not describe yet",
                mended_by="`makemigrations`",
            ),
            INCOMPARABLE: code(
                "SG107", INFO, 54,
                note="not recorded, and nobody can tell whether it ran: both would leave the database as it is",
                mended_by="the hint says both ways",
            ),
        },
        special=(IN_THE_WAY, ROWS_IN_THE_WAY),
    ),
    KindRow(
        kind=Kind.TABLE, holds_rows=True, made_by_code=code("SG502", INFO, 0),
        codes={
            MISSING: code("SG201", ERROR, 100), EXTRA: code("SG202", WARNING, 5),
            DIFFERENT: code("SG209", ERROR, 99), INCOMPARABLE: code("SG210", INFO, 0),
        },
        special=(ONLINE_CHANGE, WITHOUT_TRANSACTIONS),
    ),
    KindRow(
        kind=Kind.COLUMN, holds_rows=True, made_by_code=code("SG505", INFO, 0),
        codes={
            MISSING: code("SG203", ERROR, 95), DIFFERENT: code("SG204", ERROR, 70),
            EXTRA: code("SG205", WARNING, 8), INCOMPARABLE: code("SG207", INFO, 0),
        },
        special=(STRANGE_DEFAULT, BREAKS_INSERTS),
    ),
    KindRow(
        kind=Kind.PRIMARY_KEY, suffix="pkey",
        codes={MISSING: code("SG301", ERROR, 85), DIFFERENT: code("SG302", ERROR, 80)},
    ),
    KindRow(
        kind=Kind.UNIQUE, suffix="key", made_by_code=code("SG513", INFO, 0),
        codes={
            MISSING: code("SG311", ERROR, 78), DIFFERENT: code("SG312", ERROR, 72),
            EXTRA: code("SG313", WARNING, 12), INCOMPARABLE: code("SG314", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.FOREIGN_KEY, suffix="fkey", made_by_code=code("SG523", INFO, 0),
        codes={
            MISSING: code("SG321", ERROR, 76), DIFFERENT: code("SG322", ERROR, 71), EXTRA: code("SG323", WARNING, 11)
        },
    ),
    KindRow(
        kind=Kind.CHECK, suffix="check", made_by_code=code("SG533", INFO, 0),
        codes={
            MISSING: code("SG331", ERROR, 74), DIFFERENT: code("SG332", ERROR, 69),
            EXTRA: code("SG333", WARNING, 10), INCOMPARABLE: code("SG334", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.EXCLUSION, made_by_code=code("SG543", INFO, 0),
        codes={
            MISSING: code("SG341", ERROR, 74), DIFFERENT: code("SG342", ERROR, 69),
            EXTRA: code("SG343", WARNING, 10), INCOMPARABLE: code("SG344", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.INDEX, suffix="idx", made_by_code=code("SG553", INFO, 0),
        codes={
            MISSING: code("SG351", ERROR, 30), DIFFERENT: code("SG352", ERROR, 28),
            EXTRA: code("SG353", WARNING, 4), INCOMPARABLE: code("SG354", INFO, 0),
        },
    ),
    KindRow(
        kind=Kind.SEQUENCE, sql=("SEQUENCE",), absence=Absence.BELIEVED,
        codes={
            DIFFERENT: code(
                "SG401", WARNING, 50,
                note="it stands below the largest key, so the next INSERT fails; `reconcile` sets it",
            )
        },
        special=(BREAKS_RECORDS, AT_ITS_END),
        made_by_code=code(
            "SG501", INFO, 0,
            note="it has given no number yet, and code of the migrations may have given the rows their keys; "
            "`reconcile` sets it",
        ),
        reason="a column that owns it takes it along when it goes, and no statement says so",
    ),
    KindRow(
        kind=Kind.EXTENSION, sql=("EXTENSION",), presence=Presence.NOTHING,
        codes={MISSING: code("SG411", ERROR, 90)}, reason="the owner of a server makes it beforehand",
    ),
    KindRow(kind=Kind.COLLATION, sql=("COLLATION",), codes={MISSING: code("SG421", ERROR, 88)}),
    KindRow(kind=Kind.COMMENT, codes={DIFFERENT: code("SG431", WARNING, 2)}),
    KindRow(
        kind=Kind.VIEW, sql=("VIEW",), needs="AS", title="view (materialized too)",
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED, is_kept=True,
        codes={
            MISSING: code("SG441", ERROR, 93), DIFFERENT: code("SG442", ERROR, 68),
            INCOMPARABLE: code("SG444", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it another query under the same name",
    ),
    KindRow(
        kind=Kind.FUNCTION, sql=("FUNCTION", "PROCEDURE", "ROUTINE"), needs="(", title="function, procedure",
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED,
        codes={
            MISSING: code("SG451", ERROR, 92), DIFFERENT: code("SG452", ERROR, 67),
            INCOMPARABLE: code("SG454", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it another body under the same name",
    ),
    KindRow(
        kind=Kind.TRIGGER, sql=("TRIGGER",), needs="ON", of_table=True,
        absence=Absence.COMPARED, is_kept=True,
        codes={
            MISSING: code("SG461", ERROR, 79), DIFFERENT: code("SG462", ERROR, 66),
            INCOMPARABLE: code("SG464", INFO, 0),
        },
        special=(LEFT_TRIGGER,),
        reason="it goes with its table without a word",
    ),
    KindRow(
        kind=Kind.RULE, sql=("RULE",), needs="DO", of_table=True,
        presence=Presence.PROOF_IF_SAME, absence=Absence.COMPARED,
        codes={
            MISSING: code("SG471", ERROR, 77), DIFFERENT: code("SG472", ERROR, 65),
            INCOMPARABLE: code("SG474", INFO, 0),
        },
        reason="CREATE OR REPLACE gives it other actions under the same name",
    ),
    KindRow(
        kind=Kind.VIEW_INDEX, told_as=Kind.INDEX, absence=Absence.COMPARED, title="index of a materialized view",
        reason="it goes with its view without a word",
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
