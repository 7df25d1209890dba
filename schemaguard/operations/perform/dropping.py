"""What happens before a drop: foreign keys of the project that point at it go first, and nothing else may hang on it.

DROP … CASCADE would take along what the verification cannot see. Examples: columns of the table's row type with their
values, foreign keys and defaults in other schemas, functions, policies, rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.exceptions import CannotMend
from schemaguard.operations.spelling import drop_constraint
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.location.location import Location
    from schemaguard.schema.definitions import Hanging

MOST = 5


class Dropping:
    """Knows what the steps of one plan drop. An editor calls `before_drop` before it drops."""

    def __init__(self, connection: BaseDatabaseWrapper, location: Location) -> None:
        self.connection = connection
        self.location = location
        self.quote = connection.ops.quote_name
        self.dropped: dict[tuple[str, str | None], None] = {}
        """What is to be dropped, by names that the database may not know yet."""
        self._collected: list[tuple[Any, int]] = []
        self._views = {
            timeline.name for timeline in location.history.timelines.others.values() if timeline.kind is Kind.VIEW
        }
        self._ours = location.names_of_live_tables
        self._strange = {(table.name, each.name) for _, table, each in location.extra_constraints}

    def before_drop(self, editor: Any, table: str, column: str | None = None) -> None:
        """Raises CannotMend where something hangs on it that is not the project's, unless SQL is only collected."""
        self.dropped[table, column] = None
        keys = self._keys_shown(editor, table, column) if editor.collect_sql else self._keys(table, column)
        for of, key in keys:
            editor.execute(self._drop(of, key), None)

    def _drop(self, table: str, key: str) -> str:
        actual = ForeignKey(columns=(), target="", target_columns=(), name=key)
        return drop_constraint(self.location.backend, table, actual)

    def in_the_way(self) -> tuple[str, ...]:
        """A sentence for what hangs, in the database as it is now, on what is to be dropped."""
        found = self._strangers(*self.location.backend.hanging(self.dropped)) if self.dropped else []
        return (self._sentence(found, self.dropped),) if found else ()

    def _sentence(self, found: Sequence[Hanging], dropped: Collection[tuple[str, str | None]]) -> str:
        said = sentence(found, named(dropped, self._views))
        return (
            f"{said} and made again: drop that before, and make it again afterwards"
            if self._views_alone(dropped)
            else said
        )

    def _views_alone(self, dropped: Collection[tuple[str, str | None]]) -> bool:
        return all(table in self._views for table, _ in dropped)

    def _refuse_another(self, table: str) -> None:
        """Raises CannotMend where the name now leads to another table than that whose rows were counted.

        Code may have set another search path, or made a temporary table.
        """
        counted = self.location.schema.tables.get(table)
        now = self.location.backend.schema_of(table)
        if counted is not None and now is not None and counted.schema != now:
            raise CannotMend(f"{table} is now that of schema {now}, and the rows were counted in {counted.schema}")

    def _keys(self, table: str, column: str | None) -> list[tuple[str, str]]:
        self._refuse_another(table)
        (hanging,) = self.location.backend.hanging([(table, column)])
        strangers = self._strangers(hanging)
        if strangers:
            raise CannotMend(self._sentence(strangers, [(table, column)]))
        return [(each.table, each.key) for each in hanging if each.table and each.key]

    def _keys_shown(self, editor: Any, table: str, column: str | None) -> Iterator[tuple[str, str]]:
        """The foreign keys by the schema as it was read before the plan, without those that the plan itself drops."""
        said = "\n".join(map(str, editor.collected_sql))
        for other in self.location.schema.tables.values():
            for each in other.constraints:
                if not isinstance(each, ForeignKey) or not each.name or each.target != table or other.name == table:
                    continue
                if column is not None and column not in each.target_columns:
                    continue
                gone = any((other.name, name) in self.dropped for name in (None, *each.columns))
                gone = gone or f"DROP CONSTRAINT {self.quote(each.name)}" in said
                if not gone and self._is_ours(other.name, each.name):
                    yield other.name, each.name

    def _strangers(self, hanging: tuple[Hanging, ...]) -> list[Hanging]:
        return [each for each in hanging if not (each.table and each.key and self._is_ours(each.table, each.key))]

    def _is_ours(self, table: str, key: str) -> bool:
        """Whether the migrations know a foreign key, so that the verification does. A new table is of this run."""
        new = table not in self.location.schema.tables and '"."' not in table
        return new or (table in self._ours and (table, key) not in self._strange)


def named(dropped: Iterable[tuple[str, str | None]], views: Collection[str] = ()) -> str:
    """`table a, column b.c, view d`"""
    names = sorted(
        f"column {table}.{column}" if column else f"{(Kind.VIEW if table in views else Kind.TABLE).words} {table}"
        for table, column in set(dropped)
    )
    return ", ".join(names[:MOST])


def sentence(found: Sequence[Hanging], what: str) -> str:
    """A sentence about what hangs on an object that would be dropped."""
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    texts = ", ".join(each.text for each in found[:MOST])
    return f"{texts}{more} hang{'s' if len(found) == 1 else ''} on {what}, which would be dropped"
