"""Locates a real database in a small history, in this process: no files, no `manage.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from schemaguard.database import backend_of
from schemaguard.diagnosis.assessment import assess
from schemaguard.diagnosis.model import DatabaseInfo, Diagnosis
from schemaguard.diagnosis.verdicts import verdict
from schemaguard.history.graph import Disk
from schemaguard.location.locate import locate

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.location.location import Location

Plan = list[Migration]


def plan(*operations: Any) -> Plan:
    """A migration, named by its number from 0000, for each operation (or list of these), one after the other."""
    made: Plan = []
    for number, each in enumerate(operations):
        migration: Any = Migration(f"{number:04}", "shop")
        migration.operations = each if isinstance(each, list) else [each]
        migration.dependencies = [(last.app_label, last.name) for last in made[-1:]]
        made.append(migration)
    return made


def migrate(connection: Any, migrations: Plan) -> None:
    """Runs them for real; records nothing."""
    state = ProjectState()
    for migration in migrations:
        with connection.schema_editor(atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)


def location(
    connection: Any, migrations: Plan, *, recorded: Collection[str] | None = None, orphans: Any = ()
) -> Location:
    """The database as it is, in this history of which those names (None: all) are recorded."""
    disk = Disk()
    disk.disk_migrations = {(each.app_label, each.name): each for each in migrations}
    disk.migrated_apps, disk.unmigrated_apps = {"shop", *(each.app_label for each in migrations)}, set()
    if recorded is None:
        records = [(each.app_label, each.name) for each in migrations]
    else:
        records = [("shop", name) for name in recorded]
    backend = backend_of(connection)
    with backend.reading():
        schema = backend.read(schemas=frozenset())
    return locate(connection, backend, schema, records + list(orphans), disk)


def told(found: Location) -> list[str]:
    """The findings, each as its code and message."""
    return [f"{finding.code} {finding.message}" for finding in assess(found).findings]


def states(found: Location) -> list[str]:
    return [state.value for state in found.states.migrations]


def diagnosis_of(found: Location) -> Diagnosis:
    """What a check would make of it, models aside."""
    states, assessment = found.states.migrations, assess(found)
    info = DatabaseInfo(alias="default", vendor=found.schema.vendor, version="", name="")
    return Diagnosis(
        database=info, verdict=verdict(states, assessment.findings), digest=str, migrations=assessment.migrations,
        findings=assessment.findings,
    )  # fmt: skip


def fails(connection: Any, migrations: Plan) -> bool:
    """Whether Django itself fails on the rest."""
    state = ProjectState()
    migrations[0].mutate_state(state, preserve=False)
    try:
        for migration in migrations[1:]:
            with connection.schema_editor(atomic=True) as editor:
                state = migration.apply(state, editor)
    except Exception:  # noqa: BLE001 (whatever it is, the migration does not run)
        return True
    return False
