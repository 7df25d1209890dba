"""A swappable model that was swapped in the middle of a project: AUTH_USER_MODEL, or a setting of that kind.

The migrations then tell another history than the one that ran. The rows are in a table that no migration knows, and
foreign keys point there. The new model's migration comes before recorded ones. All of this has one cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings

from schemaguard.history.shapes.table_names import is_swapped, table_key, table_name
from schemaguard.schema.objects import ForeignKey, Schema
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.state import ModelKey
    from schemaguard.history.walk import History
    from schemaguard.location.matching import MatchResult


@value(frozen=True, slots=True)
class Swap:
    """`setting` chose `former` when the tables were made, and chooses `chosen` now, whose table is still to be made.

    `table` holds the rows; `tables` are it and its many-to-many tables; `pointing` are the (table, column) that point
    at it; `makes` is the position of the migration that makes the new table, where one does.
    """

    setting: str
    former: str
    chosen: str
    table: str
    new_table: str
    tables: frozenset[str]
    pointing: frozenset[tuple[str, str]]
    makes: int | None

    @property
    def said(self) -> str:
        return f"{self.setting} is {self.chosen} now, and was {self.former} when {self.table} was made"

    @property
    def way_back(self) -> str:
        """What mends it, whatever the rows."""
        return f'set {self.setting} to "{self.former}" again'


def swaps(history: History, schema: Schema, matched: MatchResult) -> tuple[Swap, ...]:
    """The swapped models whose former table stands, and is no other model's, while the new table does not."""
    strange = {table.name for table in matched.extra_tables}
    found = []
    for key, state in history.state.models.items():
        if not is_swapped(state):
            continue
        maker = history.maker
        table = schema.find(table_key(table_name(maker.connection, state), maker.backend.name_bytes))
        setting = str(state.options["swappable"])
        chosen = str(getattr(settings, setting))
        new_table = _table_of(chosen, history)
        if table is None or table.name not in strange or new_table is None or schema.find(new_table) is not None:
            continue
        many = {f"{table.name}_{name}" for name, field in state.fields.items() if field.many_to_many}
        tables = frozenset({table.name} | (many & strange))
        timeline = history.timelines.tables.get(new_table)
        op = next((step.op for step in timeline.steps if step.op is not None), None) if timeline is not None else None
        former = f"{key[0]}.{state.name}"
        pointing = frozenset(_pointing(schema, table.name, tables))
        makes = op[0] if op is not None else None
        found.append(Swap(setting, former, chosen, table.name, new_table, tables, pointing, makes))
    return tuple(found)


def _table_of(label: str, history: History) -> str | None:
    app_label, _, name = label.partition(".")
    key: ModelKey = (app_label, name.lower())
    if key in history.shapes:
        return history.shapes[key][""].name
    try:
        return table_key(apps.get_model(*key)._meta.db_table, history.maker.backend.name_bytes)
    except LookupError:
        return None


def _pointing(schema: Schema, name: str, without: frozenset[str]) -> Iterator[tuple[str, str]]:
    for table in schema.tables.values():
        for constraint in table.constraints if table.name not in without else ():
            if isinstance(constraint, ForeignKey) and schema.is_name_of(constraint.target, name):
                yield from ((table.name, column) for column in constraint.columns)
