"""Django's system checks: mistakes in the setting SCHEMAGUARD, and drift of the databases that `check` is asked about.

The ids, and what to do about each, are in docs/checks.md. Nothing here is an Error but a mistake in the setting, so
that no finding stands in the way of the command that mends it.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.model import Finding

SHOWN = 10
"""How many findings of one id are told one by one."""
IDS = {
    "unrecorded": "W002",
    "missing": "W003",
    "different": "W004",
    "extra": "W005",
    "orphaned": "W006",
    "out_of_order": "W007",
    "unmigrated": "W008",
}
"""The id by the `problem` of a finding."""
STALE = "W010"
OTHER = re.compile(r"schemaguard-[^-]+\.dist-info")
_silent: ContextVar[bool] = ContextVar("schemaguard_without_drift", default=False)


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """An Error schemaguard.E0xx for each mistake."""
    if getattr(settings, "SCHEMAGUARD", {}) == {}:
        return []
    from schemaguard.conf import SETTING, read  # not before there is something to read: every command starts here

    return [
        Error(f"settings.{SETTING}: {each.message}.", hint=each.hint, id=f"schemaguard.{each.id}")
        for each in read(getattr(settings, SETTING, {})).mistakes
    ]


def check_guard(**_kwargs: Any) -> list[CheckMessage]:
    """A Warning where `migrate` is another app's and does not build on Django's. Makes no query."""
    from schemaguard.management.migrating import command_of, is_migrate, rivals

    app = next(rivals(before=True), None) or next(rivals(before=False), None)
    if app is None or is_migrate(command_of(app)):
        return []
    from schemaguard.conf import SETTING, read

    if read(getattr(settings, SETTING, {})).guard_migrate == "off":
        return []
    return [
        Warning(
            f"migrate is not guarded: {app} brings a migrate command that does not build on Django's.",
            hint=f'manage.py schemaguard check looks at the database; {SETTING}["GUARD_MIGRATE"] = "off" ends this.',
            id="schemaguard.W009",
        )
    ]


def check_installation(**_kwargs: Any) -> list[CheckMessage]:
    """A Warning where the package index's other `schemaguard`, whose package has our name, lies in our folder."""
    other = other_distribution(Path(__file__).resolve().parents[1])
    if other is None:
        return []
    return [
        Warning(
            f"the distribution {other}, which is none of django-schemaguard, has its files among ours.",
            hint="pip uninstall schemaguard django-schemaguard, then pip install django-schemaguard",
            id="schemaguard.W011",
        )
    ]


def other_distribution(folder: Path) -> str | None:
    """`schemaguard 1.2`, if a distribution of that name has put files into the package `schemaguard` of the folder."""
    # Its name is in that of a folder (PyPA's "Recording installed projects"), so that one listing will do.
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if OTHER.fullmatch(entry.name)]
    for entry in found:
        with suppress(OSError, UnicodeDecodeError):
            record = Path(entry.path, "RECORD").read_text(encoding="utf-8")
            if any(line.startswith("schemaguard/") for line in record.splitlines()):
                return entry.name.removesuffix(".dist-info").replace("-", " ")
    return None


def check_drift(
    app_configs: Any = None, databases: Collection[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Warnings for the databases that were asked about; none are by `check` alone, and no query is made then."""
    if not databases or _silent.get() or in_a_test_run():
        return []
    return [each for alias in databases for each in _of(alias, app_configs)]


@contextmanager
def without_drift() -> Iterator[None]:
    """Within this, databases are not looked at: `migrate` runs all checks, and has a guard for what concerns it."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def in_a_test_run() -> bool:
    """The test runner checks the databases that it has just made."""
    state = getattr(sys.modules.get("django.test.utils"), "_TestState", None)
    return hasattr(state, "saved_data")


def _of(alias: str, app_configs: Any) -> Iterator[CheckMessage]:
    from schemaguard.conf import SETTING, read
    from schemaguard.database.connecting import connect
    from schemaguard.diagnosis.examination import examined
    from schemaguard.diagnosis.wording import command_line
    from schemaguard.failures import told

    try:
        connect(alias)
        diagnosis, _ = examined(alias, read(getattr(settings, SETTING, {})))
    except Exception as error:  # noqa: BLE001 (code of the project runs here)
        why = told(error, alias)
        yield Warning(
            f"the database could not be compared with its migrations: {why}",
            hint=command_line(alias, "schemaguard check"),
            obj=alias,
            id="schemaguard.W001",
        )
        return
    labels = None if app_configs is None else {config.label for config in app_configs}
    yield from _messages(alias, [each for each in diagnosis.findings if labels is None or each.app in labels])


def _messages(alias: str, findings: Collection[Finding]) -> Iterator[CheckMessage]:
    from schemaguard.diagnosis.wording import command_line
    from schemaguard.report.escape import visible
    from schemaguard.schema.codes import Level

    told: dict[str, int] = {}
    for finding in findings:
        number = STALE if finding.code == "SG901" else IDS.get(finding.problem.value)
        if number is None or finding.level is Level.INFO:
            continue
        told[number] = told.get(number, 0) + 1
        if told[number] <= SHOWN:
            text = visible(f"{finding.message} ({finding.code})")
            yield Warning(text, hint=finding.hint and visible(finding.hint), obj=alias, id=f"schemaguard.{number}")
    for number, count in told.items():
        if count > SHOWN:
            hint = command_line(alias, "schemaguard check")
            yield Warning(f"and {count - SHOWN} more of these", hint=hint, obj=alias, id=f"schemaguard.{number}")
