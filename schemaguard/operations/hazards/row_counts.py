"""Rows that a task would break or lose: counted, with a sample of them and the query that shows them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import Error, transaction

from schemaguard.database import backend_of
from schemaguard.diagnosis.model import Hazard
from schemaguard.diagnosis.wording import numbered
from schemaguard.error_text import reason
from schemaguard.exceptions import CannotCount
from schemaguard.operations.hazards.losses import LOSSES
from schemaguard.schema.objects import PrimaryKey, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

SAMPLE = 3
LONG = 40
SINGULAR = {"are": "is", "have": "has", **{verb: verb for verb in ("cannot", "may", "would")}}
"""The verbs that are no regular ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Some rows of a table: `condition` is SQL on it, empty for all of them."""

    kind: str
    table: str
    columns: tuple[str, ...]
    what: str
    """What is true of them, beginning with a verb in the plural."""
    condition: str = ""
    remedy: str = ""
    """What a person can do about them, where no option helps."""
    shows: bool = True
    """Whether a sample of them is told, and the query that shows them all."""

    @property
    def where(self) -> str:
        return f"{self.table} ({', '.join(self.columns)})" if self.columns else self.table


class Counter:
    """Counts rows in one database, whose schema was read.

    `held`: this is the transaction that will drop or change what is counted. Nobody is to write more in between. So
    the tables are locked first, until the end. Where each statement of DDL commits, no lock lasts that long.
    """

    def __init__(self, connection: BaseDatabaseWrapper, schema: Schema, *, held: bool = False) -> None:
        self.connection = connection
        self.schema = schema
        self.held = held
        self.quote = connection.ops.quote_name
        self.backend = backend_of(connection)
        self._live: dict[str, tuple[str, dict[str, str]]] = {}

    def note_renamed_table(self, name: str, new_name: str, columns: Iterable[str]) -> None:
        """A table that a task renames first: queries speak of it by its new name. `columns` are all that it has."""
        self._live[new_name] = self._live.pop(name, (name, {each: each for each in columns}))

    def note_renamed_column(self, table: str, name: str, new_name: str, columns: Iterable[str]) -> None:
        """The same of a column. `table` is called as it will be, and has these columns now."""
        _, names = self._live.setdefault(table, (table, {each: each for each in columns}))
        if name in names:
            names[new_name] = names.pop(name)

    def _by_live_names(self, sql: str) -> str:
        """The query, with each table under its new names put before it."""
        found = []
        for table, (live, names) in self._live.items():
            if self.quote(table) in sql:
                columns = ", ".join(f"{self.quote(old)} AS {self.quote(new)}" for new, old in names.items())
                source = self.backend.in_a_query_of_its_name(live)
                found.append(f"{self.quote(table)} AS (SELECT {columns} FROM {source})")
        return f"WITH {', '.join(found)} {sql}" if found else sql

    def has_value(self, column: str) -> str:
        """SQL for the rows that have a value in a column."""
        return self.backend.has_value(self.quote(column))

    def rows(self, rows: Rows, *, surely: bool = True) -> Iterator[Hazard]:
        """The hazard, if there is such a row. Not `surely`: the query itself may fail, and then there is no hazard.

        Raises CannotCount where rows would be lost that this role may not see.
        """
        tail = f"FROM {self.quote(rows.table)}" + (f" WHERE {rows.condition}" if rows.condition else "")
        if rows.kind in LOSSES:
            number: int | None = self.lost(rows)
        else:
            sql = f"SELECT count(*) {tail}"
            number = self.number(sql) if surely else self.tried(sql)
        if number:
            sample = self._sample(rows.table, tail) if rows.shows else ""
            yield self.hazard(rows, number, sample, f"SELECT * {tail}")

    def lost(self, rows: Rows, params: Sequence[str] = ()) -> int:
        """How many rows would be lost, including those that this role may not see. Raises CannotCount."""
        condition = f" WHERE {rows.condition}" if rows.condition else ""
        try:
            if self.held and self.backend.transactional_ddl:
                self.backend.locking.hold(rows.table)
            with self.backend.every_row():
                return self.number(f"SELECT count(*) FROM {self.quote(rows.table)}{condition}", params)
        except Error as error:
            if self.backend.locking.is_timeout(error):
                raise
            raise CannotCount(
                f"nobody can say how many rows of {rows.where} {rows.what}: {reason(error)}; "
                "it takes a role that may see all of them"
            ) from error

    def duplicates(
        self, table: str, columns: tuple[str, ...], keys: Sequence[str], condition: str,
        what: str = "repeat the values of another row",
    ) -> Iterator[Hazard]:  # fmt: skip
        """How many rows are too many: of each value that several rows have, all rows but one. `keys` are SQL."""
        names = ", ".join(keys)
        tail = f"FROM {self.quote(table)}{f' WHERE {condition}' if condition else ''} GROUP BY {names}"
        tail += " HAVING count(*) > 1"
        number = self.tried(f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n {tail}) AS twice")
        if number:
            values = self._values(f"SELECT {names} {tail} ORDER BY {names} LIMIT {SAMPLE}")
            rows = Rows(kind="duplicates", table=table, columns=columns, what=what)
            yield self.hazard(rows, number, values, f"SELECT {names}, count(*) {tail}")

    def hazard(self, rows: Rows, number: int, sample: str = "", query: str = "") -> Hazard:
        example = f"for example {sample}; " if sample else ""
        shown = f" ({example}{query})" if rows.shows and query else ""
        what = _of_one(rows.what) if number == 1 else rows.what
        message = f"{numbered(number, 'row')} of {rows.where} {what}{shown}"
        return Hazard(
            kind=rows.kind, table=rows.table, columns=rows.columns, rows=number,
            message=f"{message}; {rows.remedy}" if rows.remedy else message,
        )  # fmt: skip

    def _sample(self, name: str, tail: str) -> str:
        """The keys of the first of these rows; nothing where there is no key. Never any other value."""
        table = self.schema.find(name)
        keys = [each.columns for each in table.constraints if isinstance(each, PrimaryKey)] if table is not None else []
        if not keys:
            return ""
        names = ", ".join(map(self.quote, keys[0]))
        values = self._values(f"SELECT {names} {tail} ORDER BY {names} LIMIT {SAMPLE}")
        return f"{', '.join(keys[0])} {values}" if values else ""

    def _values(self, sql: str) -> str:
        try:
            with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
                cursor.execute(self._by_live_names(sql))
                found = cursor.fetchall()
        except Error:  # a type without an order, for example: a sample is no must
            return ""
        return ", ".join("/".join(map(_short, row)) for row in found)

    def tried(self, sql: str) -> int | None:
        """None where the server cannot do it."""
        try:
            with transaction.atomic(using=self.connection.alias):
                return self.number(sql)
        except Error:
            return None

    def number(self, sql: str, params: Sequence[str] = ()) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(self._by_live_names(sql), params or None)
            (number,) = cursor.fetchone()
        return int(number or 0)


def _of_one(what: str) -> str:
    """What is said of several rows, said of one: its verb comes first."""
    verb, _, rest = what.partition(" ")
    return f"{SINGULAR.get(verb, f'{verb}s')} {rest}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"
