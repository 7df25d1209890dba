"""What Django's editor for MySQL makes of a field beside what the model says. Mirrors django.db.backends.mysql.schema.

`MODIFY` takes a whole new definition of a column, and Django's editor does not write all of it. What it leaves out is
lost: a database that `migrate` has just made lacks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Column

TYPE_ATTRIBUTES = ("type", "collation", "comment")


def indexes(connection: BaseDatabaseWrapper, field: Any) -> bool:
    """Whether the editor makes an index for `db_index` (`_field_should_be_indexed`).

    InnoDB makes one for a foreign key, and none for one whose column another index begins with.
    """
    if field.get_internal_type() == "ForeignKey" and field.db_constraint:
        return False
    kind = field.db_type(connection)
    limited: Any = connection._limited_data_types  # type: ignore[attr-defined]  # noqa: SLF001 (of Django's wrapper)
    return kind is None or kind.lower() not in limited


def restated(before: Column, after: Column) -> Mapping[str, Any]:
    """What the last MODIFY of an alteration sets: that of the type says collation and comment, that of NULL neither."""
    if before.nullable != after.nullable:
        return {"collation": None, "comment": None}
    if is_modified(before, after):
        return {"collation": after.collation, "comment": after.comment}
    return {}


def is_modified(before: Column, after: Column) -> bool:
    """Whether the editor writes a MODIFY. A rename is none, nor is a new default."""
    return before.nullable != after.nullable or any(
        getattr(before, name) != getattr(after, name) for name in TYPE_ATTRIBUTES
    )
