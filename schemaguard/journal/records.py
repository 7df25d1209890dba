"""Rows of django_migrations, told apart letter by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.recorder import MigrationRecorder

from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.history.graph import Key


def record_statements(backend: Backend, records: Iterable[Key], removes: Iterable[Key]) -> Iterator[str]:
    """The SQL that writes the rows `records`, (app, name), and deletes `removes`."""
    for app, name in records:
        values = f"{literal(app)}, {literal(name)}, CURRENT_TIMESTAMP"
        yield f"INSERT INTO django_migrations (app, name, applied) VALUES ({values});"
    for app, name in removes:
        yield f"DELETE FROM django_migrations WHERE {backend.is_text('app', app)} AND {backend.is_text('name', name)};"


def forget_record(connection: BaseDatabaseWrapper, app: str, name: str) -> None:
    """As MigrationRecorder.record_unapplied. MySQL and MariaDB take 'Shop' for 'shop', and let blanks follow it."""
    records = MigrationRecorder(connection).migration_qs
    alike = records.filter(app=app, name=name).values_list("pk", "app", "name")
    records.filter(pk__in=[pk for pk, *key in alike if key == [app, name]]).delete()
