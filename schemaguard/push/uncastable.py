"""Columns whose values cannot become what the models say: they are dropped, and made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db.models.expressions import Col

from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import castable
from schemaguard.operations.subjects import flat

if TYPE_CHECKING:
    from schemaguard.operations.hazards.row_counts import Counter
    from schemaguard.operations.tasks import Task

FieldOf = Callable[[str, str], Any]
"""The field behind (table, column)."""
NUMBERS = ("int", "real", "decimal", "numeric", "double", "bool", "serial")


def uncastable(counter: Counter, tasks: Iterable[Task], field_of: FieldOf) -> set[tuple[str, str]]:
    """(table, column) where some value, or the type as such, cannot be cast."""
    altered = [task for task in flat(tasks) if isinstance(task, t.AlterColumn) and "type" in task.changed]
    return {(task.table, task.actual.name) for task in altered if not _castable(counter, task, field_of)}


def _castable(counter: Counter, task: t.AlterColumn, field_of: FieldOf) -> bool:
    column = counter.quote(task.actual.name)
    if counter.backend.keeps_any_value:  # such a column keeps values that do not cast, as they are
        if not task.expected.type.startswith(NUMBERS):
            return _readable(counter, task, field_of(task.table, task.expected.name))
        strange = f"typeof({column}) = 'text' AND ({column} = '' OR {column} GLOB '*[^0-9.eE+-]*')"
        return not counter.tried(f"SELECT count(*) FROM {counter.quote(task.table)} WHERE {strange}")
    known = counter.backend.changed_values(column, task.expected.type, task.actual.type)
    if known is None:
        return castable(counter, task.table, task.expected, task.actual)
    if not known or not counter.backend.refuses_casts(task.expected.type, task.actual.type):
        return True
    return counter.tried(f"SELECT count(*) FROM {counter.quote(task.table)} WHERE {known}") == 0


def _readable(counter: Counter, task: t.AlterColumn, made: Any) -> bool:
    """Whether Django could read every value of the column as one of its new field. SQLite would keep them all."""
    connection = counter.connection
    expression = Col(task.table, made)
    converters = connection.ops.get_db_converters(expression)
    own = made.get_db_converters(connection)
    with connection.cursor() as cursor:
        # The plus hides the declared type, by which the driver would make a datetime of the text.
        cursor.execute(f"SELECT DISTINCT +{counter.quote(task.actual.name)} FROM {counter.quote(task.table)}")
        for (stored,) in cursor:
            value = stored
            try:
                for convert in converters:
                    value = convert(value, expression, connection)
                if value is None and stored is not None:  # Django reads no date in it
                    return False
                for convert in own:
                    value = convert(value, expression, connection)
                made.to_python(value)
            except Exception:  # noqa: BLE001 (a converter may raise anything for a value that was never meant for it)
                return False
    return True
