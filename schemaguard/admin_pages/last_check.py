"""The last check of each database, kept in the project's default cache: there is no table for it."""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime

KEY = "schemaguard.admin.check.{}"


@dataclass(frozen=True, kw_only=True)
class LastCheck:
    """`document` is that of `check --format json`; `page`, the HTML report, compressed."""

    at: datetime
    by: str
    seconds: float
    document: dict[str, Any]
    page: bytes

    @property
    def html(self) -> str:
        return zlib.decompress(self.page).decode()


def made(alias: str, user: str) -> LastCheck:
    """A check, made now, and kept. Raises what a check raises."""
    from schemaguard.commands.check import planned
    from schemaguard.conf import load
    from schemaguard.database.connecting import connect
    from schemaguard.report import render
    from schemaguard.report.base import report, repository_of
    from schemaguard.report.formats.json import document

    began = time.monotonic()
    connect(alias)
    diagnosis, _ = planned(alias, load(), (), data=False)
    found = report(diagnosis, repository_of(Path.cwd()))
    check = LastCheck(
        at=timezone.now(),
        by=user,
        seconds=time.monotonic() - began,
        document=document(found.diagnosis),
        page=zlib.compress(render("html", found).encode()),
    )
    cache.set(KEY.format(_safe(alias)), check, timeout=None)
    return check


def kept(alias: str) -> LastCheck | None:
    """None where there is none, or what the cache holds is of another version of this package."""
    try:
        found = cache.get(KEY.format(_safe(alias)))
    except (AttributeError, ImportError, TypeError):  # it was pickled by another version
        return None
    return found if isinstance(found, LastCheck) else None


def _safe(alias: str) -> str:
    """A key that memcached takes as well."""
    return alias.encode().hex()
