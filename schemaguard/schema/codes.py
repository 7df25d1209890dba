"""The codes of findings, with their levels: those of a kind's usual problems stand in its row (`kinds.py`).

Here are those that tell more than kind and problem do.
"""

from __future__ import annotations

from enum import Enum

from schemaguard.schema.values import value


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


ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO
MISSING, DIFFERENT, EXTRA, INCOMPARABLE = Problem.MISSING, Problem.DIFFERENT, Problem.EXTRA, Problem.INCOMPARABLE


def code(number: str, level: Level, harm: int, description: str = "", *problems: Problem, **docs: str) -> Code:
    """A code in one line: `docs` are its `note` and what it is `mended_by`."""
    return Code(code=number, level=level, harm=harm, description=description, problems=problems, **docs)


IN_THE_WAY = code(
    "SG108", ERROR, 58, "what keeps a migration to come from running", MISSING, DIFFERENT, EXTRA,
    note="a migration that is to run would fail: what it looks for is not there, or twice, or something is in its way "
    "(a name that is taken, a table `new__…` that a killed `migrate` left on SQLite, a key of another type, a view "
    "on a column)",
    mended_by="the hint says; then `migrate`",
)  # fmt: skip
ROWS_IN_THE_WAY = code(
    "SG109", ERROR, 57, "rows over which a migration to come would fail", DIFFERENT,
    note="with `--data` alone: rows over which a migration that is to run would fail", mended_by="put the rows right",
)  # fmt: skip
BREAKS_INSERTS = code(
    "SG206", ERROR, 98, "column that no INSERT of Django's fills: NOT NULL, without a default", EXTRA,
)  # fmt: skip
STRANGE_DEFAULT = code("SG208", INFO, 0, "default of a column that no field and no migration gives", DIFFERENT)
ONLINE_CHANGE = code(
    "SG211", WARNING, 4, "table that an online schema change left, or is filling", EXTRA,
    note="of gh-ost, pt-online-schema-change or the server itself, known by its name and its columns; as long as one "
    "may be under way, its table is not altered",
    mended_by="its end, or `DROP TABLE` by hand",
)  # fmt: skip
LEFT_TRIGGER = code(
    "SG463", ERROR, 96, "trigger that an online schema change left, and whose copy is gone", EXTRA,
    note="of pt-online-schema-change: it writes into a table that is not there, so that every INSERT, UPDATE or DELETE "
    "fails", mended_by="`DROP TRIGGER` by hand",
)  # fmt: skip
WITHOUT_TRANSACTIONS = code(
    "SG212", WARNING, 52, "table that migrate itself writes, of an engine without transactions", DIFFERENT,
    note="the records or the journal are MyISAM, say: what was written there stays when the rest is taken back, and a "
    "crash may tear it", mended_by="`ALTER TABLE … ENGINE = InnoDB` by hand",
)  # fmt: skip
BREAKS_RECORDS = code(
    "SG402", ERROR, 97, "sequence behind or lost, of a table that migrate itself writes", MISSING, DIFFERENT,
    note="of the records, the journal, content types or permissions: every `migrate` that writes there fails; "
    "`reconcile` sets it before anything else",
)  # fmt: skip
AT_ITS_END = code(
    "SG403", WARNING, 50, "sequence that has no number left, or AUTO_INCREMENT that has few", DIFFERENT,
    note="or its rows go up to the last one; a person has to give the column a wider type",
)  # fmt: skip
