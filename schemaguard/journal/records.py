"""Rows of django_migrations, told apart letter by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def forget_record(connection: BaseDatabaseWrapper, app: str, name: str) -> None:
    """As MigrationRecorder.record_unapplied. MySQL and MariaDB take 'Shop' for 'shop', and let blanks follow it."""
    records = MigrationRecorder(connection).migration_qs
    alike = records.filter(app=app, name=name).values_list("pk", "app", "name")
    records.filter(pk__in=[pk for pk, *key in alike if key == [app, name]]).delete()
