"""Renames the content types of renamed models, as `migrate` does by an operation that it puts into the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps as global_apps
from django.db.migrations.operations import RenameModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step


def rename_content_types(
    connection: BaseDatabaseWrapper, location: Location, steps: Iterable[Step]
) -> list[tuple[str, str, str]]:
    """Does what Django's own RenameContentType does after a RenameModel, for each that these steps fake or run.

    Returns those that were renamed: app label, old name, new name.
    """
    done: list[tuple[str, str, str]] = []
    if not global_apps.is_installed("django.contrib.contenttypes"):
        return done
    from django.contrib.contenttypes.models import ContentType

    renamed = [
        (step.key[0], operation.old_name_lower, operation.new_name_lower)
        for step in steps
        if step.records and step.position is not None
        for operation in location.graph.plan[step.position].operations
        if isinstance(operation, RenameModel)
    ]
    if not renamed or location.schema.find(ContentType._meta.db_table) is None:
        return done
    rows = ContentType.objects.using(connection.alias)
    for app_label, old, new in renamed:
        taken = rows.filter(app_label=app_label, model=new).exists()
        if not taken and rows.filter(app_label=app_label, model=old).update(model=new):
            done.append((app_label, old, new))
    ContentType.objects.clear_cache()
    return done
