"""Findings that were there before: a file that says which, so that a check fails over new ones alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemaguard import __version__
from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from schemaguard.report.base import Report

FORMAT = 1


def read_baseline(path: Path) -> Mapping[str, str]:
    """Fingerprint → date. Raises CannotStart where the file is none, or cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotStart(f"cannot read the baseline {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise CannotStart(f"{path} is no baseline: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CannotStart(
            f"{path} is no baseline of this version; schemaguard check --write-baseline {path} writes one"
        )
    try:
        return {each["fingerprint"]: str(each["since"]) for each in document["findings"]}
    except (KeyError, TypeError):
        raise CannotStart(f"{path} is no baseline: an entry of it has no fingerprint or no date") from None


def baseline_text(reports: Iterable[Report], today: date) -> str:
    """The findings of today, each with the date on which it was first written down."""
    entries = [_entry(report, today) for report in reports]
    found = sorted((each for part in entries for each in part), key=lambda each: (each["code"], each["fingerprint"]))
    return json.dumps({"format": FORMAT, "schemaguard": __version__, "findings": found}, indent=2) + "\n"


def _entry(report: Report, today: date) -> list[dict[str, Any]]:
    return [
        {
            "fingerprint": report.fingerprint(finding),
            "since": report.known_since(finding) or today.isoformat(),
            "database": report.diagnosis.database.alias,
            "code": finding.code,
            "app": finding.app,
            "migration": finding.migration,
            "table": finding.table,
            "name": finding.name,
            "message": finding.message,
        }
        for finding in report.diagnosis.findings
    ]
