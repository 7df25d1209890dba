"""Entries of the journal as text."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from schemaguard.report.journal import entry_text


def entry(command: str, step: dict[str, Any], **inverse: Any) -> SimpleNamespace:
    whole = {"action": "fake", "app": "shop", "name": "0003_squashed", "sql": ["SELECT 1"], **step}
    return SimpleNamespace(
        pk=7, command=command, status="done", started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), user="ann",
        host="web", version="1.0", fingerprint_before="sha256:0", fingerprint_after="", steps=json.dumps([whole]),
        inverse=json.dumps(inverse),
    )  # fmt: skip


HEAD = "7  2026-01-02 03:04:05+0000  {}, done; ann on web, schemaguard 1.0\n   from sha256:0 to ?\n"


def test_records_of_other_migrations_are_told() -> None:
    records = [["shop", "0001_a"], ["shop", "0003_squashed"]]
    dropped = {"do": "drop_tables", "tables": ["a"]}
    assert entry_text(entry("reconcile", {"records": records, "seconds": 1.5}, operations=[dropped])) == (
        HEAD.format("reconcile") + "fake shop.0003_squashed (1.5 s)\n    also recorded shop.0001_a\n    SELECT 1\n"
        "schemaguard undo 7 takes this back\n  drop table a\n"
    )


def test_a_push_is_not_taken_back() -> None:
    assert entry_text(entry("push", {"action": "push", "name": "models", "evidence": ["make table a"]})) == (
        HEAD.format("push") + "push shop.models\n    SELECT 1\n    seen: make table a\n"
    )
