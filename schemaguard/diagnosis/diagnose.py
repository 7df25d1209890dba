"""One check from end to end: read the database, walk the history, hold one against the other."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from django.db import connections

from schemaguard import gc_pause
from schemaguard.database import backend_of
from schemaguard.diagnosis.assessment import Assessment, assess
from schemaguard.diagnosis.bookkeeping import as_breaking, is_written_by_migrate, unnumbered, without_transactions
from schemaguard.diagnosis.codes import AT_ITS_END, HARM
from schemaguard.diagnosis.findings.locked_tables import hides, not_looked_at
from schemaguard.diagnosis.findings.sequences import as_left_by_code, unasked
from schemaguard.diagnosis.findings.unmigrated_apps import unmigrated_apps
from schemaguard.diagnosis.findings.unmigrated_models import unmigrated
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.model import (
    DatabaseInfo,
    DiagnosedTable,
    Diagnosis,
    Finding,
    State,
)
from schemaguard.diagnosis.reading import Reading, read
from schemaguard.diagnosis.verdicts import verdict
from schemaguard.diagnosis.wording import on_database
from schemaguard.exceptions import CannotStart
from schemaguard.history.graph import Disk
from schemaguard.location.locate import locate, place
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.location.location import Location


def diagnose(alias: str, *, models: bool = True, past: Location | None = None) -> tuple[Diagnosis, Assessment]:
    """Reads and judges one database. Writes nothing.

    `models` false leaves out the comparison of the models with their migrations. `past` is what was located on the same
    connection before: its walk through the history is used again.
    Raises django.db.Error where the database cannot be read, CannotStart where its role sees no part of it, and what
    `history.graph.load` raises where the migrations do not load.
    """
    with gc_pause.paused():
        return _diagnose(alias, models, past)


def _diagnose(alias: str, models: bool, past: Location | None) -> tuple[Diagnosis, Assessment]:
    connection = connections[alias]
    connection.ensure_connection()
    backend = backend_of(connection)
    reading, disk = read(backend, Disk)
    return judged(backend, reading, disk, models=models, past=past)


def judged(
    backend: Backend, reading: Reading, disk: Disk, *, models: bool = True, past: Location | None = None
) -> tuple[Diagnosis, Assessment]:
    """The same of a database that was read already, by that backend. Raises CannotStart where its role saw nothing."""
    connection = backend.connection
    alias = connection.alias
    schema, records = reading.schema, reading.records
    if backend.blind:
        raise CannotStart(f'database "{alias}": {backend.blind[0]}')
    location = locate(connection, backend, schema, records, disk, past, reading.notes)
    assessment = assess(location)
    found = [*_with_obstructions(assessment), *_sequences(reading, location)]
    if models:
        found += unmigrated(location.graph, location.history, schema)
        more, tables = unmigrated_apps(
            location, lambda graph, free: assess(place(connection, backend, schema, graph, free=free))
        )
        found = [each for each in found if each.kind is not Kind.TABLE or each.table not in tables] + more
    locked = tuple(f"table {table}, which is locked by {who}" for table, who in backend.locked.items())
    if locked:
        found = [*(each for each in found if not hides(each, backend)), *not_looked_at(backend, schema)]
    found = [
        replace(each, hint=on_database(each.hint, alias, backend.schema_name)) if each.hint else each for each in found
    ]
    found.sort(key=lambda finding: (-finding.level.rank, -HARM[finding.code]))
    info = DatabaseInfo(
        alias=alias,
        vendor=connection.vendor,
        version=backend.server_version(),
        name=str(connection.settings_dict["NAME"]),
        name_bytes=backend.name_bytes,
        schema=backend.schema_name,
    )
    diagnosis = Diagnosis(
        database=info,
        verdict=verdict(location.states.migrations, found),
        digest=cache(partial(fingerprint, schema, records)),
        migrations=assessment.migrations,
        findings=tuple(found),
        unseen=schema.unseen + unasked(schema) + reading.unseen + locked,
        listing=cache(partial(_tables, location)),
    )
    return diagnosis, assessment


def _tables(location: Location) -> tuple[DiagnosedTable, ...]:
    from schemaguard.diagnosis.tables import diagnosed_tables  # for a report with a picture alone

    return diagnosed_tables(location)


def _with_obstructions(assessment: Assessment) -> list[Finding]:
    """What was found, and what the pending migrations would fail over. One cause, one finding: the graver one."""
    location = assessment.location
    pending = [m for m, state in enumerate(location.states.migrations) if state is State.PENDING]
    if not pending:
        return list(assessment.findings)
    from schemaguard.diagnosis.ahead import obstructions, untold  # costs its time where something is pending

    ahead = [each.finding for each in untold(assessment.findings_of, list(obstructions(location, pending)))]
    graver = {(each.kind, each.problem, each.table, each.name) for each in ahead}
    return [
        *(f for f in assessment.findings if (f.kind, f.problem, f.table, f.name) not in graver),
        *dict.fromkeys(ahead),
    ]


def _sequences(reading: Reading, location: Location) -> Iterator[Finding]:
    """Those that are behind. One that stands as it was made may stand so after a clean migrate."""
    yield from unnumbered(reading.schema, location.backend)
    yield from without_transactions(reading.schema, location.backend)
    if not reading.sequences:
        return
    as_made = {sequence.name: str(sequence.last) for sequence in reading.schema.sequences if not sequence.used}
    plan = location.graph.plan
    runs_code = {migration.app_label for m, migration in enumerate(plan) if location.history.has_code(m)}
    for finding in reading.sequences:
        timeline = location.timeline_of(finding.table)
        stands = as_made.get(finding.name or "") == finding.actual
        by_code = stands and timeline is not None and location.graph.app_of(timeline) in runs_code
        if stands and not by_code:
            name = timeline.name if timeline is not None else finding.table
            models = [key for key, each in location.history.shapes.items() if each[""].name == name]
            by_code = any(location.code_of(None).names_model(*key) for key in models)
        if finding.code == AT_ITS_END.code:
            yield finding
        elif is_written_by_migrate(finding.table):
            yield as_breaking(finding)
        else:
            yield as_left_by_code(finding) if by_code else finding


def narrowed(diagnosis: Diagnosis, app_labels: Collection[str], tables: Mapping[str, str]) -> Diagnosis:
    """The part of a diagnosis that is about some apps: the verdict stays that of the whole."""
    if not app_labels:
        return diagnosis

    def mine(finding: Finding) -> bool:
        return finding.app in app_labels or (finding.app is None and tables.get(finding.table or "") in app_labels)

    return replace(
        diagnosis,
        migrations=tuple(each for each in diagnosis.migrations if each.app in app_labels),
        findings=tuple(filter(mine, diagnosis.findings)),
        plan=tuple(step for step in diagnosis.plan if step.app in app_labels),
    )
