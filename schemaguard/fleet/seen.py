"""On which day each finding was first seen: kept beside the journal, or in the project's cache where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connections
from django.utils.timezone import now

from schemaguard.journal.entries import SEEN, Journal

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "schemaguard-first-seen"


class Seen:
    """Of the checks that begin with one database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.journal = Journal(connections[alias])

    def read(self) -> Mapping[str, str]:
        """fingerprint of a finding → the day."""
        entry = self._entry()
        if entry is not None:
            return dict(json.loads(entry.steps))
        return dict(cache.get(f"{KEY}-{self.alias}") or {})

    def write(self, days: Mapping[str, str]) -> None:
        if not self.journal.exists():
            cache.set(f"{KEY}-{self.alias}", dict(days), None)
            return
        entry = self._entry()
        if entry is not None:
            self.journal.update(entry.pk, steps=dict(days), finished=now())
            return
        self.journal.write(
            command=SEEN, status=SEEN, finished=now(), plan_hash="", fingerprint_before="", fingerprint_after="",
            steps=dict(days),
        )  # fmt: skip

    def _entry(self) -> Any:
        return self.journal.last(command=SEEN)
