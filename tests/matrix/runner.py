"""One alteration on a copy of a clean database: is it found, does the hint mend it, is everything as it was?"""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemaguard.database import backend_of
from schemaguard.schema.names import bare
from schemaguard.schema.objects import PrimaryKey, Schema
from tests.harness import Database, Result, Server, connected, run_manage
from tests.harness.commands import ROOT, SECONDS, SET, environment
from tests.harness.forkserver import ForkServer
from tests.matrix.alterations import Alteration, alterations
from tests.matrix.canonical import Rows, lost_rows, row_values, schema_dump
from tests.matrix.population import populate
from tests.matrix.promises import STAYS, is_two_causes, silent_because

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMAS = ("inventory", "archive")
"""Beside `public`: where testproject has tables too."""
FOLLOWED = re.compile(r"manage\.py schemaguard reconcile((?: --(?:on-conflict alter|accept-data-loss|prune))*)")
NAMED = ("--on-conflict alter", "--accept-data-loss", "--data-migrations skip")
"""Options that a refusal may name, and that lead to the schema of the migrations."""
STATEMENT = re.compile(r"\b(ALTER|CREATE|DROP|UPDATE|DELETE|SET|GRANT)\b \w|\b(drop|rename|move|make|give|put|adopt)\b")
"""What a person can do where no option does."""


RELEASE = {
    "postgresql": "SHOW server_version",
    "sqlite": "SELECT sqlite_version()",
    "mysql": "SELECT version()",
}
DRIVERS = ("psycopg", "sqlite3", "MySQLdb", "pymysql")


BY_HAND = re.compile(r'(ALTER TABLE ("[^ ]+") ADD COLUMN ("[^ ]+") .+?), and an UPDATE')


class Outcome(str, Enum):
    MENDED = "mended"
    ALTERED = "mended with --on-conflict alter"
    LOSSY = "mended with --accept-data-loss"
    OTHERWISE = "mended with other options"
    PAIR = "mended, the stranger shown"
    BY_HAND = "mended after the statements of the refusal"
    REFUSED = "refused, with what to do"
    SHOWN = "shown, for a person to decide"
    SILENT = "silent on purpose"
    NOT_TAKEN = "the server refuses it"
    GAP = "gap"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What became of an alteration; `why` is the gap, or the refusal's own words."""

    alteration: Alteration
    outcome: Outcome
    why: str = ""


class Gap(Exception):
    """A promise that was not kept."""


class Bench:
    """A clean, populated database of testproject, and what stands ready to try alterations on copies of it."""

    def __init__(self, server: Server, vendor: str) -> None:
        self.server = server
        self.vendor = vendor
        self.template = server.template(f"matrix {vendor}", self._built)
        self._commands: ForkServer | None = None

    def _built(self, database: Database) -> None:
        run_manage(database, "migrate", "--verbosity", "0", env={"SCHEMAGUARD_OFF": "1"}).expect(0)
        populate(database, read(database))

    @cached_property
    def schema(self) -> Schema:
        return read(self.template)

    @cached_property
    def alterations(self) -> list[Alteration]:
        return alterations(self.schema)

    @cached_property
    def dump(self) -> str:
        return schema_dump(self.template)

    @cached_property
    def version(self) -> str:
        """The server's release, as people write it."""
        return re.split("[ -]", str(self.template.execute(RELEASE[self.vendor])[0][0]))[0]

    @property
    def is_mariadb(self) -> bool:
        return "MariaDB" in str(self.template.execute(RELEASE[self.vendor])[0][0])

    @cached_property
    def usual(self) -> frozenset[str]:
        """The notes that a clean database has too."""
        return frozenset(map(_told, self.manage(self.template, "check", "--format", "json").expect(0).json["findings"]))

    def manage(self, database: Database, *argv: str) -> Result:
        """`manage.py schemaguard ARGV`."""
        variables = environment(database)
        if self._commands is None:
            self._commands = ForkServer(env={**variables, **SET}, project=ROOT)
        argv = ("schemaguard", *argv)
        run = self._commands.run(ROOT / "manage.py", argv, env=variables, stdin="", seconds=SECONDS)
        return Result(argv=argv, code=run[0], out=run[1], err=run[2])

    def close(self) -> None:
        if self._commands is not None:
            self._commands.close()
            self._commands = None

    def attempt(self, alteration: Alteration) -> Trial:
        with self.server.fresh(self.template) as database:
            refusal = alter(database, alteration)
            if refusal is not None:
                return Trial(alteration=alteration, outcome=Outcome.NOT_TAKEN, why=refusal)
            try:
                outcome, why = self._judged(database, alteration)
            except Gap as gap:
                return Trial(alteration=alteration, outcome=Outcome.GAP, why=str(gap))
            return Trial(alteration=alteration, outcome=outcome, why=why)

    def _judged(self, database: Database, alteration: Alteration) -> tuple[Outcome, str]:
        result = self.manage(database, "check", "--format", "json")
        document = _document(result, "check")
        found = [each for each in document["findings"] if _told(each) not in self.usual]
        silent = silent_because(alteration)
        if not found:
            if silent is None:
                raise Gap("check finds nothing")
            return Outcome.SILENT, silent
        if silent is not None:
            raise Gap(f"no harm, and an alarm: {found[0]['message']}")
        if len(found) == 2 and is_two_causes(alteration):
            return self._as_two_causes(database, alteration, found)
        if len(found) > 1:
            raise Gap(f"{len(found)} findings for one cause: {'; '.join(_brief(each) for each in found)}")
        (finding,) = found
        _about_it(finding, alteration)
        stays = (alteration.kind, alteration.attribute, alteration.way) in STAYS
        return self._mended(database, finding, schema_dump(database) if stays else self.dump)

    def _as_two_causes(
        self, database: Database, alteration: Alteration, found: list[dict[str, Any]]
    ) -> tuple[Outcome, str]:
        """One thing is missing, which is mended, and another was made outside the migrations, which stays."""
        found.sort(key=lambda each: each["problem"])
        if [each["problem"] for each in found] != ["extra", "missing"]:
            raise Gap(f"2 findings for one cause: {'; '.join(_brief(each) for each in found)}")
        stranger, missing = found
        _about_it(missing, alteration)
        rows = row_values(database)
        document = _document(self.manage(database, "reconcile", "--noinput", "--format", "json"), "reconcile")
        left = [_told(each) for each in document["findings"] if _told(each) not in self.usual]
        if left != [_told(stranger)]:
            raise Gap(f"reconcile leaves: {'; '.join(left)}")
        gone = set(self.dump.splitlines()) - set(schema_dump(database).splitlines())
        gone = {line for line in gone if ": deferred " not in line}  # a number of keys, of which there is one more
        lost = self._lost(rows, database)
        if gone or lost:
            raise Gap(f"after reconcile there is missing: {'; '.join([*sorted(gone), *lost])}")
        return Outcome.PAIR, stranger["hint"] or ""

    def _mended(self, database: Database, finding: dict[str, Any], expected: str) -> tuple[Outcome, str]:
        hint = finding["hint"] or ""
        followed = FOLLOWED.match(hint)  # not one that comes after a person's own step
        if followed is None:
            if not hint and finding["level"] != "info":
                raise Gap(f"nothing says what to do: {_brief(finding)}")
            return Outcome.SHOWN, hint
        options = followed[1].split()
        while True:
            refusal = self._reconciled(database, options, expected)
            if refusal is None:
                return _by(options), ""
            more = next((each for each in NAMED if each in refusal and each not in " ".join(options)), None)
            if more is None:
                given_back = BY_HAND.search(refusal)
                if given_back is not None and give_back(self.template, database, *given_back.groups()):
                    if self._reconciled(database, ["--on-conflict", "alter"], expected) is None:
                        return Outcome.BY_HAND, refusal
                if STATEMENT.search(refusal):
                    return Outcome.REFUSED, refusal
                raise Gap(f"refused, and nobody is told what to do: {refusal}")
            options += more.split()

    def _reconciled(self, database: Database, options: Sequence[str], expected: str) -> str | None:
        """None where everything is as expected, else the refusal.

        Raises Gap for all that is between.
        """
        schema, rows = schema_dump(database), row_values(database)
        result = self.manage(database, "reconcile", "--noinput", "--format", "json", *options)
        said = " ".join(["reconcile", *options])
        if result.code == 1 and result.err.startswith("schemaguard: ") and "Traceback" not in result.err:
            if (schema_dump(database), row_values(database)) != (schema, rows):
                raise Gap(f"{said} was refused, and something was changed: {result.err.strip()}")
            failed = result.err.strip().removeprefix("schemaguard: ")
            if "rolled back" in failed:
                raise Gap(f"{said} failed: {failed}")
            return failed
        document = _document(result, said)
        left = [each for each in document["findings"] if _told(each) not in self.usual]
        if result.code != 0 or document["verdict"] != "in_sync" or left:
            what = "; ".join(_brief(each) for each in left) or document["verdict"]
            raise Gap(f"{said} ends with {result.code} and leaves: {what}")
        after = schema_dump(database)
        if after != expected:
            raise Gap(f"after {said} the schema is another: {_changed(expected, after)}")
        lost = self._lost(rows, database)
        if lost:
            raise Gap(f"{said} lost rows: {'; '.join(lost)}")
        return None

    def _lost(self, before: Rows, database: Database) -> list[str]:
        """Rows that are not what they were; what is worked out from other columns is no row's own."""
        generated = {
            (table.name, column.name)
            for table in self.schema.tables.values()
            for column in table.columns.values()
            if column.generated is not None
        }
        return lost_rows(before, row_values(database), without=generated)


def read(database: Database) -> Schema:
    with connected(database) as connection:
        backend = backend_of(connection)
        with backend.reading():
            return backend.read(schemas=SCHEMAS)


def alter(database: Database, alteration: Alteration) -> str | None:
    """Makes it; returns why where the server does not take it."""
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        try:
            if database.vendor == "postgresql":
                cursor.execute("BEGIN")
            if database.vendor == "mysql":
                cursor.execute("SET SESSION sql_mode = concat(@@sql_mode, ',ANSI_QUOTES')")
            for statement in alteration.sql:
                cursor.execute(statement)
            if database.vendor == "postgresql":
                cursor.execute("COMMIT")
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in DRIVERS:
                raise
            return str(error).splitlines()[0]
    return None


def give_back(clean: Database, database: Database, statement: str, table: str, column: str) -> bool:
    """Makes a column as the statement says, and fills it from a clean database, row by row.

    False where the rows have no key, or it is the column. Values travel as texts, and are compared by the caller.
    """
    is_postgres = database.vendor == "postgresql"
    shapes = read(clean).tables
    shape = next(each for name, each in shapes.items() if bare(name) == bare(table.strip('"')))
    key = next((each.columns for each in shape.constraints if isinstance(each, PrimaryKey)), ())
    if not key or column.strip('"') in key:
        return False
    texts = [f'"{name}"::text' if is_postgres else f'"{name}"' for name in (column.strip('"'), *key)]
    relation = f'"{shape.schema}"."{bare(shape.name)}"' if is_postgres else table
    mark, kind = ("%s", shape.columns[column.strip('"')].type) if is_postgres else ("?", "")
    value = f"CAST({mark} AS {kind})" if is_postgres else mark
    same = " AND ".join(f"{text} = {mark}" for text in texts[1:])
    database.execute(statement.replace(table, relation))
    for row in clean.execute(f"SELECT {', '.join(texts)} FROM {relation}"):
        database.execute(f"UPDATE {relation} SET {column} = {value} WHERE {same}", list(row))
    return True


def _document(result: Result, said: str) -> Any:
    if result.code not in (0, 1) or not result.out.startswith("{"):
        lines = result.err.strip().splitlines() or ["(nothing)"]
        raise Gap(f"{said} ends with {result.code}: {lines[-1]}")
    return result.json


def _about_it(finding: dict[str, Any], alteration: Alteration) -> None:
    """Whether it speaks of the thing that was altered."""
    if finding["kind"] not in alteration.finds:
        raise Gap(f"found as another kind of thing: {_brief(finding)}")
    if not alteration.table:
        if alteration.name not in (finding["name"], finding["table"]) and alteration.name not in finding["message"]:
            raise Gap(f"found elsewhere: {_brief(finding)}")
        return
    tables = {bare(each) for each in (alteration.table, *alteration.tables)}
    if bare(finding["table"] or "") not in tables:
        raise Gap(f"found on another table: {_brief(finding)}")
    names = {alteration.name, *alteration.names}
    columns = set(finding["columns"] or ())
    if finding["name"] not in names and bare(finding["name"] or "") not in names and not columns & alteration.columns:
        raise Gap(f"found on another thing: {_brief(finding)}")
    expected, actual = finding["expected"], finding["actual"]
    if finding["problem"] == "different" and expected is not None and expected == actual:
        raise Gap(f"different, and both are told to be {expected}")


def _by(options: Sequence[str]) -> Outcome:
    by = {
        "": Outcome.MENDED,
        "--on-conflict alter": Outcome.ALTERED,
        "--accept-data-loss": Outcome.LOSSY,
    }
    return by.get(" ".join(options), Outcome.OTHERWISE)


def _told(finding: dict[str, Any]) -> str:
    return f"{finding['code']} {finding['message']}"


def _brief(finding: dict[str, Any]) -> str:
    return f"{finding['code']} {finding['kind']} {finding['problem']}: {finding['message']}"


def _changed(before: str, after: str) -> str:
    was, now = set(before.splitlines()), set(after.splitlines())
    lines = [f"- {each}" for each in sorted(was - now)] + [f"+ {each}" for each in sorted(now - was)]
    return " ".join(lines)[:500] or "a line is there twice"


@contextmanager
def bench(server: Server, vendor: str) -> Iterator[Bench]:
    found = Bench(server, vendor)
    try:
        yield found
    finally:
        found.close()
