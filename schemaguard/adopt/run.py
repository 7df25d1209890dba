"""One adoption from end to end: draft, write aside, record, verify, and only then put the files in their place."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.writer import MigrationWriter
from django.utils.timezone import now

from schemaguard.adopt.draft import Draft, Drafter
from schemaguard.adopt.source import migration_of, migration_source, models_source
from schemaguard.diagnosis.assessment import assess
from schemaguard.diagnosis.diagnose import diagnose
from schemaguard.diagnosis.examination import refuse_conflicting_leaves, refuse_unknown
from schemaguard.diagnosis.fingerprint import fingerprint
from schemaguard.diagnosis.model import State
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.history.bits import with_ancestors
from schemaguard.history.graph import Graph
from schemaguard.history.installed import installed_tables
from schemaguard.journal.entries import Journal
from schemaguard.location.locate import place
from schemaguard.operations.locking import Watcher, exclusive, patient
from schemaguard.operations.requests import RunOutcome, RunRequest
from schemaguard.schema.codes import Level
from schemaguard.schema.objects import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.migration import Migration

    from schemaguard.location.location import Location

PARTS = ("indexes", "constraints")
"""The options of a model that list what Django checks one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request(RunRequest):
    """Tables, and the app that is to have them."""

    tables: tuple[str, ...]
    label: str


@dataclass(kw_only=True, slots=True)
class Outcome(RunOutcome):
    """What was written, or would be; `notes` say what no model can say and SQL in the migration does."""

    models_path: Path
    models: str
    """The whole of the module; `added` is what is new in it."""
    added: str
    migration_path: Path
    migration: str
    notes: tuple[str, ...] = ()


def adopt(request: Request) -> Outcome:
    """Raises Refused where nothing was changed (exit code 1), CannotStart where it could not begin (2)."""
    connection = connections[request.alias]
    refuse_unknown([request.label])
    diagnosis, assessment = diagnose(request.alias, models=False)
    location = assessment.location
    _refuse_tables(request, location)
    _refuse_history(request, location)
    loader = location.graph.loader
    state = loader.project_state()
    drafts = Drafter(connection, location.backend, location.schema, state).draft(request.tables, request.label)
    _refuse_uninstalled(drafts)
    migration = migration_of(connection, loader, state, drafts, request.label)
    outcome = _written(request, drafts, migration)
    if request.dry_run:
        _verify(connection, location, migration, outcome, request)
        return outcome

    if location.backend.goes_forward:  # where DDL commits, the journal's table is made before the transaction
        MigrationRecorder(connection).ensure_schema()
        Journal(connection).ensure()
        diagnosis, _ = diagnose(request.alias, models=False)

    def attempt(watcher: Watcher) -> int:
        with _files(outcome) as put, exclusive(connection, request.lock_timeout), watcher:
            again, assessment = diagnose(request.alias, models=False)
            location = assessment.location
            if again.fingerprint != diagnosis.fingerprint:
                raise Refused("the database has changed meanwhile; nothing was changed")
            after = _verify(connection, location, migration, outcome, request)
            number = _record(connection, location, after, migration, drafts)
            put()
            return number

    return replace(outcome, journal=patient(connection, request.lock_timeout, attempt))


# ------------------------------------------------------------------------------------------------------------ refusals
def _refuse_tables(request: Request, location: Location) -> None:
    models = dict(installed_tables(location.backend.name_bytes))
    known = location.names_of_live_tables
    for name in request.tables:
        table = location.schema.tables.get(name)
        if table is None:
            raise CannotStart(f'there is no table "{name}" that the search path finds')
        if table.owner is not Owner.NOBODY:
            raise Refused(f"{name} is no table of its own ({table.owner.value}); nothing was changed")
        if name in models:
            raise Refused(f"{name} is the table of {models[name]._meta.label} already; nothing was changed")
        if name in known or name.startswith("schemaguard_") or name == "django_migrations":
            raise Refused(f"{name} was made by migrations; nothing was changed")


def _refuse_history(request: Request, location: Location) -> None:
    graph = location.graph
    refuse_conflicting_leaves(location)
    for migration, recorded in zip(graph.plan, graph.recorded, strict=True):
        if migration.app_label == request.label and not recorded:
            raise Refused(
                f"{migration} is not applied yet: manage.py migrate, or schemaguard reconcile, first; "
                "nothing was changed"
            )
    config = apps.get_app_config(request.label)
    if request.label in graph.loader.unmigrated_apps and any(model._meta.managed for model in config.get_models()):
        raise Refused(
            f"{request.label} has models and no migrations: manage.py makemigrations {request.label} first; "
            "nothing was changed"
        )


def _refuse_uninstalled(drafts: Sequence[Draft]) -> None:
    """Since Django 6.1 a project with an ArrayField, say, runs no command unless django.contrib.postgres is installed.

    Django itself is asked, so that the models which were written never fail its system checks for that.
    """
    for draft in drafts:
        parts = [*draft.fields.items(), *(("", each) for name in PARTS for each in draft.options.get(name, ()))]
        for name, part in parts:
            check = getattr(getattr(part, "output_field", part), "_check_postgres_installed", None)
            for error in check(part, None) if check is not None else ():
                if error.is_silenced():
                    continue
                raise Refused(
                    f"{draft.table.name} would be the model {draft.name}, which Django refuses ({error.id}, "
                    f"{name or part.name}): {str(error.msg).rstrip('.')}; add it first; nothing was changed"
                )


# ------------------------------------------------------------------------------------------------------------- writing
def _written(request: Request, drafts: Sequence[Draft], migration: Migration) -> Outcome:
    config = apps.get_app_config(request.label)
    module = config.models_module
    path = Path(str(module.__file__)) if module is not None else Path(config.path) / "models.py"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    text = models_source(drafts, before)
    notes = []
    for draft in drafts:
        notes += draft.guessed
        if draft.not_owned:
            notes.append(f"{draft.name} is unmanaged: {draft.not_owned}")
        if draft.by_sql:
            unsaid = f": {', '.join(draft.unsaid)}" if draft.unsaid else ""
            notes.append(f"no model says all of {draft.table.name}, its migration makes it by SQL{unsaid}")
    return Outcome(
        models_path=path,
        models=text,
        added=text[len(before.rstrip("\n")) :].lstrip("\n"),
        migration_path=Path(MigrationWriter(migration).path),
        migration=migration_source(migration),
        notes=tuple(notes),
    )


@contextmanager
def _files(outcome: Outcome) -> Iterator[Any]:
    """Writes both files aside, and yields what puts them in their place; takes all of it back on any failure."""
    made: list[Path] = []
    models, migration = outcome.models_path, outcome.migration_path
    before = models.read_bytes() if models.exists() else None
    placed = False
    try:
        if not migration.parent.exists():
            migration.parent.mkdir()
            made.append(migration.parent)
        if not (migration.parent / "__init__.py").exists():
            (migration.parent / "__init__.py").touch()
            made.append(migration.parent / "__init__.py")
        aside = [_aside(models, outcome.models), _aside(migration, outcome.migration)]
        made += aside
    except OSError as error:
        _remove(made)
        raise CannotStart(f"cannot write {error.filename}: {(error.strerror or '').lower()}") from error

    def put() -> None:
        nonlocal placed
        placed = True
        aside[1].replace(migration)
        aside[0].replace(models)

    try:
        yield put
    except BaseException:
        if placed:
            made.append(migration)
            if before is None:
                made.append(models)
            else:
                models.write_bytes(before)
        _remove(made)
        raise


def _aside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    made = Path(name)
    made.chmod(mode)
    return made


def _remove(paths: Sequence[Path]) -> None:
    for path in reversed(paths):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


# ----------------------------------------------------------------------------------------------- verifying, recording
def _verify(
    connection: BaseDatabaseWrapper, location: Location, migration: Migration, outcome: Outcome, request: Request
) -> Location:
    """Places the database in the history with the new migration recorded. Raises Refused where it does not fit."""
    namespace: dict[str, Any] = {"__name__": f"{request.label}.{migration.name}"}
    exec(compile(outcome.migration, str(outcome.migration_path), "exec"), namespace)  # noqa: S102 (the file that was just written)
    compile(outcome.models, str(outcome.models_path), "exec")
    read: Migration = namespace["Migration"](migration.name, migration.app_label)
    graph = location.graph
    parents = [graph.plan_index[key] for key in read.dependencies if key in graph.plan_index]
    key = (read.app_label, read.name)
    ancestors = *graph.ancestors, with_ancestors(parents, graph.ancestors)
    whole = Graph(
        graph.loader, (*graph.plan, read), ancestors, (*graph.recorded, True),
        graph.records | {key}, graph.orphans,
    )  # fmt: skip
    after = place(connection, location.backend, location.schema, whole)
    known = {(each.code, each.table, each.name) for each in assess(location).findings}
    new = [
        each.message
        for each in assess(after).findings
        if each.level is not Level.INFO and (each.code, each.table, each.name) not in known
    ]
    if new or after.states.migrations[-1] is not State.APPLIED:
        told = "; ".join(new[:5]) or f"its migration would be {after.states.migrations[-1].value}"
        raise Refused(f"the models that can be made of this do not fit: {told}; nothing was changed")
    return after


def _record(
    connection: BaseDatabaseWrapper, before: Location, after: Location, migration: Migration, drafts: Sequence[Draft]
) -> int:
    started = now()
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.record_applied(migration.app_label, migration.name)
    step = {
        "action": "adopt", "app": migration.app_label, "name": migration.name, "operations": [], "sql": [],
        "hazards": [], "evidence": [f"{draft.table.name} became the model {draft.name}" for draft in drafts],
        "records": [[migration.app_label, migration.name]], "removes": [],
    }  # fmt: skip
    return Journal(connection).write(
        started=started, finished=now(), command="adopt", status="done", plan_hash="",
        fingerprint_before=fingerprint(before.schema, before.graph.records),
        fingerprint_after=fingerprint(after.schema, after.graph.records), steps=[step],
    )  # fmt: skip
