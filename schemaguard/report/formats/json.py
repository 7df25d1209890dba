"""The JSON document of CONTRACT.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemaguard import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis, Finding
    from schemaguard.report.base import Report

FORMAT = 1


def as_json(diagnosis: Diagnosis, **more: Any) -> str:
    """The document as text, two spaces deep, ASCII alone: an odd name in it can harm no terminal."""
    return json.dumps({**document(diagnosis), **more}, indent=2)


def as_json_report(report: Report) -> str:
    """The document of a check; where there is a baseline, what it holds is told in each finding."""
    found = document(report.diagnosis)
    if report.known or report.gone:
        for value, finding in zip(found["findings"], report.diagnosis.findings, strict=True):
            value["known_since"] = report.known_since(finding)
        found["baseline"] = {"known": len(report.known) - report.gone, "gone": report.gone}
    return json.dumps(found, indent=2)


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The document as plain values; `docs/report.schema.json` is its JSON Schema."""
    database = diagnosis.database
    return {
        "format": FORMAT,
        "schemaguard": __version__,
        "database": {
            "alias": database.alias,
            "vendor": database.vendor,
            "version": database.version,
            "name": database.name,
        },
        "verdict": diagnosis.verdict.value,
        "fingerprint": diagnosis.fingerprint,
        "migrations": [_migration(each) for each in diagnosis.migrations],
        "findings": [_finding(each) for each in diagnosis.findings],
        "plan": [each.as_value() for each in diagnosis.plan],
        "plan_hash": diagnosis.plan_hash or diagnosis.hash_of(()),
    }


def _migration(migration: DiagnosedMigration) -> Mapping[str, Any]:
    return {
        "app": migration.app,
        "name": migration.name,
        "recorded": migration.recorded,
        "state": migration.state.value,
        "file": migration.file,
        "operations": [
            {"index": each.index, "description": each.description, "state": each.state.value}
            for each in migration.operations
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "kind": finding.kind.value,
        "problem": finding.problem.value,
        "table": finding.table,
        "name": finding.name,
        "columns": list(finding.columns) if finding.columns is not None else None,
        "app": finding.app,
        "migration": finding.migration,
        "file": finding.file,
        "line": finding.line,
        "expected": finding.expected,
        "actual": finding.actual,
        "message": finding.message,
        "hint": finding.hint,
    }
