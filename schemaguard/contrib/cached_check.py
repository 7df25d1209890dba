"""What is the matter with a database, in words for a page that anybody may read; asked of the database now and then."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Diagnosis

logger = logging.getLogger("schemaguard")
CANNOT = "the schema could not be checked"
_lock = threading.Lock()
_known: dict[tuple[str, str], tuple[float, str | None]] = {}
"""(database, fail level) ─▶ when that was found, on the monotonic clock, and what."""


def problem(database: str, fail_level: str, seconds: float) -> str | None:
    """Codes and numbers, no name of a table and no word of a server's; None where all is well.

    An answer serves this process for `seconds`: a probe that comes every second costs one check in that time. Never
    raises: what cannot be checked is a problem, too, and the log has the reason.
    """
    with _lock:
        found = _known.get((database, fail_level))
        if found is not None and time.monotonic() - found[0] < seconds:
            return found[1]
        text = _asked(database, fail_level)
        _known[database, fail_level] = time.monotonic(), text
        return text


def forget() -> None:
    """The next answer is asked of the database."""
    with _lock:
        _known.clear()


def _asked(database: str, fail_level: str) -> str | None:
    from schemaguard.conf import load
    from schemaguard.database.connecting import connect
    from schemaguard.diagnosis.examination import examined
    from schemaguard.failures import told

    if database not in connections.settings:
        return f'{CANNOT}: there is no database "{database}"'
    # The pool of threads that runs a probe closes nothing: a connection of ours would stay for ever.
    was_open = connections[database].connection is not None
    try:
        connect(database)
        diagnosis, _ = examined(database, load())
        return _told(diagnosis, fail_level)
    except Exception as error:  # noqa: BLE001 (code of the project runs here)
        logger.warning("schemaguard: %s", told(error, database))
        return CANNOT
    finally:
        if not was_open:
            connections[database].close()


def _told(diagnosis: Diagnosis, fail_level: str) -> str | None:
    from schemaguard.schema.codes import Level

    least = Level(fail_level).rank
    codes = Counter(each.code for each in diagnosis.findings if each.level.rank >= least)
    if not codes:
        return None
    parts = (code if count == 1 else f"{count} × {code}" for code, count in sorted(codes.items()))  # noqa: RUF001
    return f"{diagnosis.verdict.value.replace('_', ' ')}: {', '.join(parts)}"
