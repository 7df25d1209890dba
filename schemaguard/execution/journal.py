"""The journal: a table of its own, made at the first reconcile and by no migration, like Django's own recorder's.

An entry is written in the transaction of what it tells about, so that it is there exactly when that is.
"""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Mapping
from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.timezone import now

from schemaguard import __version__
from schemaguard.database.editors import transactional_editor

TABLE = "schemaguard_journal"


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

            Journal._entry = Entry
        return Journal._entry

    def exists(self) -> bool:
        with self.connection.cursor() as cursor:
            return TABLE in self.connection.introspection.table_names(cursor)

    def ensure(self) -> None:
        """Makes the table where there is none."""
        if not self.exists():
            with transactional_editor(self.connection) as editor:
                editor.create_model(self.entry)

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

    def interrupt(self) -> int:
        """Marks what is still said to be running: whoever has the lock knows that nothing is. Returns how many."""
        running = self.entry.objects.using(self.connection.alias).filter(status="running")
        return int(running.update(status="interrupted"))

    def entries(self) -> list[Any]:
        """All entries, the newest first; none where there is no table."""
        if not self.exists():
            return []
        return list(self.entry.objects.using(self.connection.alias).order_by("-pk"))

    def get(self, number: int) -> Any | None:
        return self.last(pk=number)

    def last(self, **conditions: Any) -> Any | None:
        """The newest entry of which these hold."""
        if not self.exists():
            return None
        return self.entry.objects.using(self.connection.alias).filter(**conditions).order_by("-pk").first()


def steps_of(entry: Any) -> list[Mapping[str, Any]]:
    """The steps of an entry, as written."""
    found: list[Mapping[str, Any]] = json.loads(entry.steps)
    return found


def user_name() -> str:
    """Who runs this process, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "?"
