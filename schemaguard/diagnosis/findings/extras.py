"""What no migration knows: tables, columns, indexes and constraints made outside of them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import BREAKS_INSERTS, CODES, MADE_BY_CODE
from schemaguard.diagnosis.findings.online_changes import left_by_the_server
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.location.matching import is_like, is_named_for_a_key
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import beside
from schemaguard.schema.objects import Column, ForeignKey, Index, Owner, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.object_timeline import TableTimeline
    from schemaguard.history.source_files import Code
    from schemaguard.location.location import Location

BLOCKING = ("NO ACTION", "RESTRICT")
OUTSIDE = "was made outside the migrations"
FAILS = "is NOT NULL and has no default: every INSERT of Django's fails on it"


def breaks_inserts(column: Column) -> bool:
    """Whether an INSERT that does not know the column fails on it."""
    return not column.nullable and column.default is None and not column.auto and column.generated is None


def is_made_for_a_key(timeline: TableTimeline, table: Table, actual: Index) -> bool:
    """Whether a foreign key of InnoDB rests on it, and it is no more than the server's own would be, or is Django's.

    Django's editor makes one before it drops another (`_create_missing_fk_index`). Its name ends in a digest.
    """
    if not actual.for_key or actual.name is None:
        return False
    keys = {each.columns for each in table.constraints if isinstance(each, ForeignKey)}
    if actual.columns in keys and not any(part.descending or part.opclass for part in actual.parts):
        return True
    return is_named_for_a_key(timeline, actual)


class Extras:
    """Goes over what the matching left unclaimed."""

    def __init__(self, location: Location, online: Collection[str] = ()) -> None:
        """`online`: tables that are told of by themselves."""
        self.location = location
        self.graph = location.graph
        self.known = location.models.known
        self.code_of = location.code_of
        self.online = online

    def find(self) -> Iterator[Finding]:
        yield from self._tables()
        yield from self._columns()
        yield from self._constraints()

    def _tables(self) -> Iterator[Finding]:
        for table in self.location.extra_tables:
            if table.owner is not Owner.NOBODY or self._is_known(table.name) or table.name in self.online:
                continue
            left = left_by_the_server(table.name)
            if left is not None:
                yield left
                continue
            message = f"table {table.name} {OUTSIDE}" + self._once_of(table.name)
            hint = None
            if self._is_left_by_a_rebuild(table):
                message, hint = wording.left_by_a_rebuild(table.name), wording.drop_rebuild(table.name)
            message += "".join(self._blocks_deletes(table))
            found = self._extra(Kind.TABLE, table.name, table.name, None, self.code_of(None), message)
            yield replace(found, hint=hint or found.hint)

    def _is_left_by_a_rebuild(self, table: Table) -> bool:
        """Whether Django's editor for SQLite made it, to take the place of another with the same columns."""
        name = wording.rebuilt(table.name)
        return (
            name is not None
            and self.location.schema.remakes_tables
            and any(each.name == name for each in self.location.live_tables.values())
        )

    def _is_known(self, name: str) -> bool:
        return name == "django_migrations" or name.startswith("schemaguard_") or name in self.known

    def _once_of(self, table: str) -> str:
        apps = sorted({app for app, _ in self.graph.orphans if table.startswith(f"{app}_")}, key=len)
        return f" (perhaps by {apps[-1]}, whose migrations are recorded and no longer on disk)" if apps else ""

    def _blocks_deletes(self, table: Table) -> Iterator[str]:
        """For each foreign key that points at a table of the project: Django deletes no row that it does not know."""
        own = self.location.names_of_live_tables
        for key in table.constraints:
            if isinstance(key, ForeignKey) and key.on_delete in BLOCKING and (key.target in own | self.known.keys()):
                yield (
                    f"; its {wording.constraint(key)} keeps rows of {key.target} from being deleted, "
                    "for Django does not delete what points at them"
                )

    def _has_parts_of_its_own(self, timeline: TableTimeline, table: Table) -> bool:
        """Whether its columns are its own: a partition has those of its parent, also once it was detached."""
        shape = self.location.expected_shape(timeline)
        return shape is not None and shape.owner is table.owner is Owner.NOBODY

    def _columns(self) -> Iterator[Finding]:
        for timeline, table, name in self.location.extra_columns:
            if not self._has_parts_of_its_own(timeline, table):
                continue
            column = table.columns[name]
            if name in self.known.get(table.name, ()):
                continue
            message = f"column {table.name}.{name} {OUTSIDE}"
            code = self.code_of(self.graph.app_of(timeline))
            if not breaks_inserts(column) or code.spells(name):
                yield self._extra(Kind.COLUMN, table.name, name, (name,), code, message, wording.column(column))
                continue
            yield Finding(
                code=BREAKS_INSERTS.code, level=BREAKS_INSERTS.level, kind=Kind.COLUMN, problem=Problem.EXTRA,
                table=table.name, name=name, columns=(name,), actual=wording.column(column), breaks=True,
                message=f"{message}, {FAILS}",
                hint=f"give it a default, or add it to the model and run makemigrations, then {RECONCILE}",
            )  # fmt: skip

    def _constraints(self) -> Iterator[Finding]:
        for timeline, table, actual in self.location.extra_constraints:
            if not self._has_parts_of_its_own(timeline, table):
                continue
            if actual.name in self.location.history.timelines.unread:
                continue
            strangers = {name for owner, _, name in self.location.extra_columns if owner is timeline}
            strangers |= {
                place.actual.name for c in timeline.every_column if (place := self.location.placement(c)).renamed
            }
            if isinstance(actual, PrimaryKey) or set(actual.columns) & strangers or is_like(actual):
                continue
            if isinstance(actual, Index) and (
                is_made_for_a_key(timeline, table, actual) or self._is_of_a_key(timeline, actual)
            ):
                continue
            code = self.code_of(self.graph.app_of(timeline))
            kind, shape = actual.kind.words, wording.constraint(actual)
            what = f"{kind} {actual.name}" if actual.name else shape
            is_left = isinstance(actual, Index) and not actual.valid
            message = wording.left_unfinished(what, table.name) if is_left else f"{what} on {table.name} {OUTSIDE}"
            found = self._extra(
                actual.kind, table.name, actual.name or "", actual.columns or None, code, message, shape
            )
            yield (
                replace(found, hint=wording.drop_unfinished(beside(table.name, actual.name or "")))
                if is_left
                else found
            )

    def _is_of_a_key(self, timeline: TableTimeline, actual: Index) -> bool:
        """Whether it was made for a foreign key that is missing: it bears the key's name, or that of Django's index."""
        if actual.name in timeline.names_of_keys:
            return True
        keys = [each for each in timeline.every_constraint if self.location.live(each) is None]
        shapes = [self.location.expected_shape(each) for each in keys]
        missing = {shape.columns for shape in shapes if isinstance(shape, ForeignKey)}
        return actual.columns in missing and not actual.unique and is_named_for_a_key(timeline, actual)

    def _extra(
        self, kind: Kind, table: str, name: str, columns: tuple[str, ...] | None, code: Code, message: str,
        actual: str | None = None,
    ) -> Finding:  # fmt: skip
        made = kind in MADE_BY_CODE and bool(name) and code.spells(name)
        entry = MADE_BY_CODE[kind] if made else CODES[kind, Problem.EXTRA]
        hint = 'put it into a migration, or list it under SCHEMAGUARD["IGNORE"] with a reason'
        if kind is Kind.TABLE:
            adopt = f"{wording.ADOPT} {shlex.quote(name)} --app APP_LABEL"
            hint = f'{adopt}, or list it under SCHEMAGUARD["IGNORE_TABLES"]'
        if made:
            message, hint = f"{message}, but the project's own code spells its name", ""
        return Finding(
            code=entry.code, level=entry.level, kind=kind, problem=Problem.EXTRA, table=table, name=name,
            columns=columns, actual=actual, message=message, hint=hint or None,
        )  # fmt: skip
