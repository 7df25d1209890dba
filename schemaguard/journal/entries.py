"""The journal: a table that the first reconcile makes, and no migration, like that of Django's own recorder.

Where a reconcile is one transaction, its entry is written in that. So the entry is there exactly when its work is.
"""

from __future__ import annotations

import getpass
import json
import platform
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.apps.registry import Apps
from django.db import DatabaseError, Error, OperationalError, models
from django.db.models import Q
from django.utils.timezone import now

from schemaguard import __version__
from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.journal.own_tables import ensure, is_there
from schemaguard.operations.boundary import left_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Schema

TABLE = "schemaguard_journal"
SEEN = "seen"
"""The command of the one entry that keeps when each finding was first seen: it is about no change."""
CHANGES = re.compile(r"\s*(?:ALTER|CREATE|DROP|RENAME|TRUNCATE|UPDATE|INSERT|DELETE|REPLACE)\b", re.IGNORECASE)
"""Statements that change the schema or rows: those of which a run notes how far it came."""


class JournalDamaged(CannotStart):
    """An entry of the journal is not as this package writes it."""


class Journal:
    """Reads and writes the journal of one database."""

    _entry: Any = None

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    @property
    def entry(self) -> Any:
        """The model: in a registry of its own, so that no migration and no admin ever sees it."""
        if Journal._entry is None:

            class Entry(models.Model):  # noqa: DJ008 (no admin ever shows it)
                id = models.BigAutoField(primary_key=True)
                started = models.DateTimeField()
                finished = models.DateTimeField(null=True)
                command = models.CharField(max_length=32)
                status = models.CharField(max_length=32)
                user = models.CharField(max_length=255)
                host = models.CharField(max_length=255)
                version = models.CharField(max_length=32)
                plan_hash = models.CharField(max_length=80)
                fingerprint_before = models.CharField(max_length=80)
                fingerprint_after = models.CharField(max_length=80)
                steps = models.TextField()
                inverse = models.TextField()

                class Meta:
                    apps = Apps()
                    app_label = "schemaguard"
                    db_table = TABLE
                    auto_created = True  # so Django sends no signals to the project's receivers

            Journal._entry = Entry
        return Journal._entry

    def exists(self) -> bool:
        return is_there(self.connection, TABLE)

    def ensure(self) -> None:
        """Makes the table where there is none."""
        ensure(self.connection, self.entry)

    def write(self, **values: Any) -> int:
        """A new entry; returns its id."""
        self.ensure()
        steps, inverse = values.pop("steps", []), values.pop("inverse", {})
        made = self.entry.objects.using(self.connection.alias).create(
            started=values.pop("started", now()),
            user=user_name()[:255],
            host=platform.node()[:255],
            version=__version__,
            steps=json.dumps(steps),
            inverse=json.dumps(inverse),
            **values,
        )
        return int(made.pk)

    def update(self, number: int, **values: Any) -> None:
        for name in {"steps", "inverse"} & values.keys():
            values[name] = json.dumps(values[name])
        self.entry.objects.using(self.connection.alias).filter(pk=number).update(**values)

    @contextmanager
    def running(self, number: int, inverse: Callable[[], Any] | None = None) -> Iterator[None]:
        """While what an entry tells of runs, outside of a transaction: notes that it was stopped.

        That is by an error, a refusal or Ctrl-C. `inverse`: what is kept of how far it came.
        """
        try:
            yield
        except (Refused, Error, KeyboardInterrupt):
            with suppress(Error):
                left_open(self.connection)  # what failed may have left a transaction open: nothing can be written in it
                kept = {"inverse": inverse()} if inverse is not None else {}
                self.update(number, status="failed", finished=now(), **kept)
            raise

    def interrupt(self) -> int:
        """Marks what is still called `running`: whoever has the lock knows that nothing runs. Returns how many."""
        running = self.entry.objects.using(self.connection.alias).filter(status="running")
        return int(running.update(status="interrupted"))

    def page(self, most: int, before: int | None = None) -> list[Any]:
        """At most `most` entries, the newest first, of those older than `before`; none where there is no table.

        What takes them back is not read: in a long journal that is most of the text.
        """
        with self._readable():
            if not self.exists():
                return []
            rows = self._rows.exclude(command=SEEN).defer("inverse").order_by("-pk")
            return list((rows if before is None else rows.filter(pk__lt=before))[:most])

    def run_of(self, entry: Any, status: str) -> list[Any]:
        """The entries of that status that were written by the run which wrote this one, the newest first."""
        first = first_of(entry)
        with self._readable():
            written = Q(pk=first) | Q(inverse__contains=f'"continues": {first}')
            rows = list(self._rows.filter(written, status=status, pk__gte=first).order_by("-pk"))
        return [each for each in rows if first_of(each) == first]

    def steps_by(self, command: str) -> Iterator[Mapping[str, Any]]:
        """The steps of a command's entries, the oldest first."""
        with self._readable():
            if self.exists():
                for entry in self._rows.filter(command=command).only("pk", "steps").order_by("pk"):
                    yield from steps_of(entry)

    def get(self, number: int) -> Any | None:
        return self.last(pk=number)

    def last(self, **conditions: Any) -> Any | None:
        """The newest entry that fits these conditions."""
        with self._readable():
            return self._rows.filter(**conditions).order_by("-pk").first() if self.exists() else None

    @property
    def _rows(self) -> Any:
        return self.entry.objects.using(self.connection.alias)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """The table may be another's, or somebody may have written into it."""
        try:
            yield
        except (DatabaseError, ValueError, TypeError) as error:
            # SQLite raises one class for all of it: a missing column and a lock look the same.
            if isinstance(error, OperationalError) and "no such column" not in str(error):
                raise
            raise JournalDamaged(f"the journal is damaged: {first_line(error)}") from error


def refuse_damaged(schema: Schema, entry: Any) -> None:
    """Raises Refused where an entry could not be written in the end."""
    table = schema.tables.get(TABLE)
    if table is None:
        return
    missing = [field.column for field in entry._meta.fields if field.column not in table.columns]
    if missing:
        raise Refused(f"the journal is damaged: table {TABLE} has no {', '.join(missing)}; nothing was changed")


def steps_of(entry: Any) -> list[Mapping[str, Any]]:
    """The steps of an entry, as written. Raises JournalDamaged."""
    found = _parsed(entry, "steps")
    if not isinstance(found, list) or not all(map(_is_step, found)):
        raise _damaged(entry, "steps")
    return found


def inverse_of(entry: Any) -> Mapping[str, Any]:
    """What takes an entry back (`journal.inverse.Inverse` as plain values); empty where nothing does.

    Raises JournalDamaged.
    """
    found = _parsed(entry, "inverse")
    if not isinstance(found, dict):
        raise _damaged(entry, "inverse")
    return found


def first_of(entry: Any) -> int:
    """The first entry of the run that wrote this one. A damaged entry is a run of its own."""
    try:
        continues = inverse_of(entry).get("continues")
    except JournalDamaged:
        continues = None
    return continues if isinstance(continues, int) else int(entry.pk)


def _parsed(entry: Any, field: str) -> Any:
    try:
        return json.loads(getattr(entry, field))
    except (TypeError, ValueError) as error:
        raise _damaged(entry, field) from error


def _damaged(entry: Any, field: str) -> JournalDamaged:
    return JournalDamaged(f"entry {entry.pk} of the journal is damaged: its {field} cannot be read")


def _is_step(value: Any) -> bool:
    """Whether it has what is shown of every step."""
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("action", "app", "name")):
        return False
    lists = [value.get(key, []) for key in ("sql", "evidence", "operations", "hazards", "records", "removes")]
    pairs = [*lists[-2], *lists[-1]] if all(isinstance(each, list) for each in lists) else [None]
    return all(isinstance(each, list) and len(each) == 2 for each in pairs) and isinstance(
        value.get("seconds", 0), int | float
    )


def user_name() -> str:
    """Who runs this process, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "?"
