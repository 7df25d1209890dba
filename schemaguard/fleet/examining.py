"""The check of a batch, in whatever process: the history is walked once in it, and likes are judged once."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections, router

from schemaguard import gc_pause
from schemaguard.conf import load
from schemaguard.database import backend_of, many_schemas
from schemaguard.database.connecting import connect
from schemaguard.diagnosis.diagnose import narrowed
from schemaguard.diagnosis.examination import apps_of_tables, examined
from schemaguard.diagnosis.findings.alike import together
from schemaguard.diagnosis.reading import Reading, read
from schemaguard.failures import told, without_password
from schemaguard.fleet.choosing import as_value
from schemaguard.fleet.reading import AT_WORK, read_together
from schemaguard.history.graph import Disk
from schemaguard.reconcile.plan.choosing.options import Options
from schemaguard.report.base import report
from schemaguard.report.documents import more_of
from schemaguard.report.formats.json import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.fleet.targets import Batch
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.choosing.choices import Choice

MOST_REMEMBERED = 64
SCHEMA = "\ue000schema\ue000"
"""Stands for the name of the schema in a text that several schemas share."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One target. `database` is that part of its document, `body` all the rest as JSON; or `error`, a sentence.

    `more` has what a text tells beside the document: see `report.documents`.
    """

    database: Mapping[str, Any]
    body: str | None
    more: str = "{}"
    error: str | None = None


@dataclass(slots=True)
class _Remembered:
    body: str
    more: str
    database: Mapping[str, Any]
    definitions: Mapping[frozenset[Any], Any]
    """What it asked the database for beside what was read: views, functions, triggers."""


class Examiner:
    """Of one process. What it keeps between two batches does not grow with their number."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.settings = load()
        self.labels = tuple(options.get("app_labels") or ())
        self.data = bool(options.get("data"))
        self.choices = options_of(options.get("choices", {}))
        self.asks = frozenset(options.get("asks", ()))
        """The options that nobody gave, and a person may be asked for; empty where nobody is asked."""
        self._open: Sequence[Choice] = ()
        self.planned_apps = self.labels if "choices" in options else ()
        """A plan of `check` is that of the whole database, whatever apps are reported."""
        self.root = Path(options["root"])
        self._disk: Disk | None = None
        self._walked: dict[Any, Location] = {}
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._replaced: dict[str, Any] = {}
        self._own: dict[str, Any] = {}
        """The connections that can be in any schema: the walk keeps one, and a later batch has the same."""

    @property
    def disk(self) -> Disk:
        if self._disk is None:
            self._disk = Disk()
        return self._disk

    def close(self) -> None:
        """Everything as it was before: the project's code goes on in this process."""
        for alias, connection in self._replaced.items():
            connections[alias].close()
            connections[alias] = connection
        self._replaced.clear()

    def connection(self, alias: str) -> Any:
        """One that can be in any schema of that database, in the place of the project's own until `close`."""
        present: Any = connect(alias)
        if alias not in self._replaced:
            self._replaced[alias] = present
            if alias in self._own:
                present.close()
                connections[alias] = self._own[alias]
            else:
                self._own[alias] = many_schemas(present).in_schemas(alias)
        return connections[alias]

    def close_connections(self) -> None:
        """Before a fork: two processes must not share one."""
        connections.close_all()

    def examine(self, batch: Batch) -> Iterator[Examined]:
        """One after the other; what goes wrong with one of them is its error."""
        if not batch.schemas:
            yield self._by_itself(batch.alias)
            return
        with gc_pause.paused():
            try:
                connection = self.connection(batch.alias)
                module = many_schemas(connection)
                module.enter(connection, None)
                found = list(read_together(connection, batch.schemas))
            except Exception as error:  # noqa: BLE001 (nothing that happens to a batch ends the others)
                for name in batch.schemas:
                    yield Examined({"alias": batch.alias, "schema": name}, None, error=told(error, batch.alias))
                return
            together = _Together(module, [backend for _, backend, reading in found if isinstance(reading, Reading)])
            for name, backend, reading in found:
                if isinstance(reading, str):
                    yield Examined({"alias": batch.alias, "schema": name}, None, error=reading)
                    continue
                module.enter(connection, name)
                try:
                    yield self._of_schema(batch.alias, name, backend, reading, together)
                except Exception as error:  # noqa: BLE001
                    yield Examined({"alias": batch.alias, "schema": name}, None, error=told(error, batch.alias))
                    connection.close_if_unusable_or_obsolete()
            module.enter(connection, None)

    def _by_itself(self, alias: str) -> Examined:
        try:
            backend = backend_of(connect(alias))
            with backend.reading():
                holder = backend.locking.holder()
            if holder is not None:
                return Examined({"alias": alias, "schema": None}, None, error=AT_WORK.format(holder))
            reading, disk = read(backend, lambda: self.disk)
            diagnosis = self._diagnosed(alias, backend, reading, disk)
            return self._written(diagnosis)
        except Exception as error:  # noqa: BLE001
            return Examined({"alias": alias, "schema": None}, None, error=told(error, alias))
        finally:
            connections[alias].close()

    def _of_schema(
        self, alias: str, name: str, backend: Backend, reading: Reading | None, together: _Together
    ) -> Examined:
        likeness = None
        if reading is None:
            reading, _ = read(backend, lambda: self.disk)
        elif not self.data:
            likeness = _likeness(backend, reading)
            past = self._remembered.get(likeness)
            if past is not None and all(
                together.definitions(names)[name] == answer for names, answer in past.definitions.items()
            ):
                self._remembered.move_to_end(likeness)
                return Examined({**past.database, "schema": name}, past.body, past.more)
        diagnosis = self._diagnosed(alias, backend, reading, self.disk)
        written = self._written(diagnosis)
        shared = _shared(written.body or "", name)
        if shared is None:
            return written
        if likeness is not None and not backend.asked_rows and _shared(written.more, name) == written.more:
            asked = backend.asked_definitions  # type: ignore[attr-defined]  # of one schema of many
            definitions = {names: together.definitions(names)[name] for names in asked}
            self._remembered[likeness] = _Remembered(shared, written.more, written.database, definitions)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return replace(written, body=shared)

    def _diagnosed(self, alias: str, backend: Backend, reading: Reading, disk: Disk) -> Diagnosis:
        """As `check` has it, with the plan where there is something to plan."""
        self._open = ()
        connection: Any = connections[alias]
        flavour = _flavour(connection)
        past = self._walked.get(flavour)
        diagnosis, assessment = examined(
            alias, self.settings, self.labels, past=past, given=(backend, reading, disk)
        )  # fmt: skip
        location = assessment.location
        self._walked.setdefault(flavour, location)
        if not diagnosis.agreed:
            from schemaguard.reconcile.planning import with_plan

            diagnosis, _, plan = with_plan(diagnosis, assessment, self.choices, self.planned_apps, count=self.data)
            if self.asks:
                self._open = [each for each in plan.choices if each.flag is None or each.flag in self.asks]
            if self.data:
                diagnosis = self._with_rows(diagnosis, location)
        diagnosis = narrowed(without_password(diagnosis), self.labels, apps_of_tables(location) if self.labels else {})
        return replace(diagnosis, findings=together(diagnosis.findings))

    def _with_rows(self, diagnosis: Diagnosis, location: Location) -> Diagnosis:
        from schemaguard.operations.hazards.pending_rows import found_in_rows

        with location.backend.reading():
            rows = tuple(found_in_rows(location.backend.connection, location))
        left = [each for each in rows if not self.settings.ignores(each, diagnosis.database.alias)]
        return replace(diagnosis, findings=(*left, *diagnosis.findings))

    def _written(self, diagnosis: Diagnosis) -> Examined:
        value = document(report(diagnosis, self.root).diagnosis)
        database = {**value.pop("database"), "schema": diagnosis.database.schema}
        asked = {"open": [as_value(each) for each in self._open]} if self._open else {}
        return Examined(database, json.dumps(value), more_of(diagnosis, **asked))


def options_of(value: Mapping[str, Any]) -> Options:
    """From what JSON has made of it."""
    return Options(**{**value, "answers": tuple((key, answer) for key, answer in value.get("answers", ()))})


class _Together:
    """What is asked of all schemas of a batch at once, as soon as it is asked of one of them."""

    def __init__(self, module: Any, backends: Sequence[Backend]) -> None:
        self._module = module
        self._backends = backends
        self._definitions: dict[frozenset[Any], Mapping[str, Any]] = {}

    def definitions(self, names: frozenset[Any]) -> Mapping[str, Any]:
        """schema → what these views, functions and the like are in it."""
        if names not in self._definitions:
            self._definitions[names] = self._module.definitions_of_many(self._backends, names)
        return self._definitions[names]


def _flavour(connection: Any) -> Any:
    """One walk of the history will do for all connections with one answer: the server's version, what routers say."""
    routed: Any = None
    if router.routers:
        apart = (router.allow_migrate(connection.alias, label) for label in sorted(apps.app_configs))
        routed = (connection.alias, *apart)
    server = connection.get_database_version()
    return type(connection).__module__, server, connection.settings_dict.get("OPTIONS", {}).get("init_command"), routed


def _likeness(backend: Backend, reading: Reading) -> str:
    """A digest of all that a diagnosis goes by, but for the name of the schema.

    The last number of a sequence says nothing where none of them is behind.
    """
    schema = reading.schema
    home = backend.schema_name
    digest = hashlib.sha256(repr(_flavour(backend.connection)).encode())
    for name in sorted(schema.tables):
        table = schema.tables[name]
        digest.update(repr(replace(table, schema=None) if table.schema == home else table).encode())
    sequences = sorted(repr(replace(each, last=None)) for each in schema.sequences)
    others = sorted((kind.value, name) for kind, name in schema.others)
    more = sorted(backend.nondeterministic), sorted(backend.unreadable), schema.unseen, reading.nameless
    digest.update(repr((sequences, others, sorted(reading.records), *more)).encode())
    return digest.hexdigest()


def _shared(body: str, schema: str) -> str | None:
    """The text with a mark for the schema's name, where commands are told; None where it has the name elsewhere."""
    plain, named = (json.dumps(f" --schema {each}")[1:-1] for each in (SCHEMA, shlex.quote(schema)))
    found = re.sub(rf"{re.escape(named)}(?!\w)", lambda _: plain, body)
    spelled = re.escape(json.dumps(schema)[1:-1])
    return None if re.search(rf"(?<!\w){spelled}(?!\w)", found) else found


def in_its_schema(body: str, schema: str | None) -> str:
    """The text with the name of the schema for the mark."""
    mark = json.dumps(SCHEMA)[1:-1]
    return body.replace(mark, json.dumps(shlex.quote(schema))[1:-1]) if schema is not None and mark in body else body
