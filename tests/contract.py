"""The JSON document of `schemaguard check`, held against the contract: every key in order, every type, every word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = {"error", "warning", "info"}
STATES = {"applied", "pending", "present", "partial", "missing", "conflicting", "orphaned"}
SHA = re.compile(r"sha256:[0-9a-f]{64}")

WORDS = {
    "verdict": {"in_sync", "pending", "reconcilable", "conflict"},
    "vendor": {"postgresql", "sqlite", "mysql"},
    "migration.state": STATES,
    "operation.state": {"done", "absent", "partial", "conflicting", "invisible"},
    "level": LEVELS,
    "problem": {
        "missing", "extra", "different", "unrecorded", "orphaned", "out_of_order", "unmigrated", "incomparable",
    },
    "kind": {
        "migration", "table", "column", "primary_key", "unique", "foreign_key", "check", "exclusion", "index",
        "sequence", "extension", "collation", "comment", "view", "function", "trigger", "rule",
    },
    "action": {"fake", "run", "complete", "redo", "alter", "unrecord", "prune"},
    "hazard.kind": {"duplicates", "nulls", "orphans", "too_long", "cast_fails", "rows_dropped"},
}  # fmt: skip
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "document": {
        "format": int,
        "schemaguard": str,
        "database": dict,
        "verdict": str,
        "fingerprint": str,
        "migrations": list,
        "findings": list,
        "plan": list,
        "plan_hash": str,
    },
    "database": {"alias": str, "vendor": str, "version": str, "name": str},
    "migration": {"app": str, "name": str, "recorded": bool, "state": str, "file": str | None, "operations": list},
    "operation": {"index": int, "description": str, "state": str},
    "finding": {
        "code": str,
        "level": str,
        "kind": str,
        "problem": str,
        "table": str | None,
        "name": str | None,
        "columns": list | None,
        "app": str | None,
        "migration": str | None,
        "file": str | None,
        "line": int | None,
        "expected": str | None,
        "actual": str | None,
        "message": str,
        "hint": str | None,
    },
    "step": {"action": str, "app": str, "name": str, "operations": list, "sql": list, "hazards": list},
    "hazard": {"kind": str, "table": str, "columns": list, "rows": int, "message": str},
}


def validated(document: dict[str, Any]) -> dict[str, Any]:
    """The document itself; fails the test where it is not what the contract says."""
    _shaped(document, "document")
    _shaped(document["database"], "database")
    assert document["format"] == 1
    assert SHA.fullmatch(document["fingerprint"])
    assert SHA.fullmatch(document["plan_hash"])
    _worded("verdict", document["verdict"])
    _worded("vendor", document["database"]["vendor"])
    for migration in document["migrations"]:
        _migration(migration)
    for finding in document["findings"]:
        _finding(finding)
    for step in document["plan"]:
        _step(step)
    return document


def _migration(migration: dict[str, Any]) -> None:
    _shaped(migration, "migration")
    _worded("migration.state", migration["state"])
    assert (migration["state"] == "orphaned") == (migration["file"] is None)
    recorded = {"applied": True, "missing": True, "orphaned": True, "conflicting": migration["recorded"]}
    assert migration["recorded"] is recorded.get(migration["state"], False)
    for index, operation in enumerate(migration["operations"]):
        _shaped(operation, "operation")
        _worded("operation.state", operation["state"])
        assert operation["index"] == index


def _finding(finding: dict[str, Any]) -> None:
    _shaped(finding, "finding")
    for key in ("level", "kind", "problem"):
        _worded(key, finding[key])
    assert re.fullmatch(r"SG\d{3}", finding["code"])
    assert all(isinstance(each, str) for each in finding["columns"] or ())
    assert finding["columns"] != []
    for key, value in finding.items():
        assert value != "", (key, finding)
    assert (finding["problem"] == "incomparable") <= (finding["level"] == "info")
    if finding["migration"] is not None:
        assert finding["app"] is not None
    if finding["line"] is not None:
        assert finding["file"] is not None
        assert finding["line"] > 0


def _step(step: dict[str, Any]) -> None:
    _shaped(step, "step")
    _worded("action", step["action"])
    assert all(isinstance(each, int) for each in step["operations"])
    assert all(isinstance(each, str) and each.strip() for each in step["sql"])
    assert not (step["action"] == "fake" and step["sql"])
    for hazard in step["hazards"]:
        _shaped(hazard, "hazard")
        _worded("hazard.kind", hazard["kind"])


def _shaped(value: dict[str, Any], what: str) -> None:
    assert list(value) == list(SHAPES[what]), what
    for key, kind in SHAPES[what].items():
        assert isinstance(value[key], kind), (what, key, value[key])


def _worded(what: str, word: str) -> None:
    assert word in WORDS[what], (what, word)
