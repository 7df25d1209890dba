"""A baseline of many databases: a finding is known in the targets that it was in, and new in others."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from schemaguard.report.base import fingerprint
from schemaguard.report.baseline import Baseline, NewBaseline, read_baseline
from tests.report.diagnoses import diagnosis, extra_table, missing_column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemaguard.diagnosis.model import Finding

FIRST, LATER = date(2026, 1, 2), date(2026, 5, 6)
SHARED = fingerprint("", missing_column())


def written(past: Baseline, today: date, *found: tuple[Sequence[str], Sequence[Finding]]) -> list[dict[str, Any]]:
    new = NewBaseline(past, today)
    for targets, findings in found:
        new.add_targets(targets, findings)
    return list(json.loads(new.text())["findings"])


def read(path: Path, entries: Sequence[dict[str, Any]]) -> Baseline:
    path.write_text(json.dumps({"format": 1, "findings": entries}))
    return read_baseline(path)


def told(entries: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [(each["code"], each["since"], each["targets"]) for each in entries]


def since(baseline: Baseline, target: str, finding: Finding) -> str | None:
    found = baseline.entry(target, (fingerprint("", finding), fingerprint(target, finding)))
    return None if found is None else found[0].since


def test_a_finding_is_written_once_with_all_its_targets() -> None:
    entries = written(Baseline(), FIRST, (["a", "b"], [missing_column(), extra_table()]), (["c"], [missing_column()]))
    assert told(entries) == [("SG202", "2026-01-02", ["a", "b"]), ("SG203", "2026-01-02", ["a", "b", "c"])]


def test_the_same_finding_in_another_target_is_new(tmp_path: Path) -> None:
    entries = written(Baseline(), FIRST, (["a", "b"], [missing_column()]))
    baseline = read(tmp_path / "known.json", entries)
    assert since(baseline, "a", missing_column()) == "2026-01-02"
    assert since(baseline, "c", missing_column()) is None
    assert since(baseline, "a", extra_table()) is None

    # Written again, each target keeps its date.
    again = written(baseline, LATER, (["a", "c"], [missing_column()]), (["b"], []))
    assert told(again) == [("SG203", "2026-01-02", ["a"]), ("SG203", "2026-05-06", ["c"])]


def test_a_pattern_knows_the_finding_in_targets_to_come(tmp_path: Path) -> None:
    (entry,) = written(Baseline(), FIRST, (["tenant_1"], [missing_column()]))
    baseline = read(tmp_path / "known.json", [{**entry, "targets": ["tenant_*"]}])
    assert since(baseline, "tenant_2", missing_column()) == "2026-01-02"
    assert since(baseline, "public", missing_column()) is None
    again = written(baseline, LATER, (["tenant_1", "tenant_2", "public"], [missing_column()]))
    assert told(again) == [("SG203", "2026-01-02", ["tenant_*"]), ("SG203", "2026-05-06", ["public"])]


def test_what_was_not_looked_at_is_kept(tmp_path: Path) -> None:
    """Examples: one that did not answer, or `--schema` with a part of them."""
    entries = written(Baseline(), FIRST, (["a", "b"], [missing_column()]), (["z"], [extra_table()]))
    baseline = read(tmp_path / "known.json", entries)
    assert told(written(baseline, LATER, (["a"], [missing_column()]))) == [
        ("SG202", "2026-01-02", ["z"]), ("SG203", "2026-01-02", ["a", "b"]),
    ]  # fmt: skip
    assert told(written(baseline, LATER, (["a"], []))) == [
        ("SG202", "2026-01-02", ["z"]), ("SG203", "2026-01-02", ["b"]),
    ]  # fmt: skip


def test_what_is_gone_is_counted_in_targets_that_were_looked_at(tmp_path: Path) -> None:
    entries = written(Baseline(), FIRST, (["a", "b", "c"], [missing_column()]), (["a"], [extra_table()]))
    baseline = read(tmp_path / "known.json", entries)
    assert baseline.gone({"a": frozenset(), "b": frozenset({SHARED})}) == 2
    everywhere = read(tmp_path / "all.json", [{**entries[1], "targets": ["*"]}])
    assert everywhere.gone({"a": frozenset(), "b": frozenset({SHARED})}) == 0
    assert everywhere.gone({"a": frozenset(), "b": frozenset()}) == 1


def test_a_baseline_of_one_database_holds_for_it_among_many_and_the_other_way_round(tmp_path: Path) -> None:
    new = NewBaseline(Baseline(), FIRST)
    new.add_database(diagnosis(alias="shard1", findings=(missing_column(),)))
    (entry,) = json.loads(new.text())["findings"]
    alone = read(tmp_path / "one.json", [entry])
    assert since(alone, "shard1", missing_column()) == "2026-01-02"
    assert since(alone, "shard2", missing_column()) is None
    assert alone.of_database("shard1") == {entry["fingerprint"]: "2026-01-02"}
    assert alone.of_database("shard2") == {}
    assert told(written(alone, LATER, (["shard1"], [missing_column()]))) == [("SG203", "2026-01-02", ["shard1"])]

    among = read(tmp_path / "many.json", written(Baseline(), FIRST, (["shard1", "shard2"], [missing_column()])))
    assert among.of_database("shard1") == {SHARED: "2026-01-02"}
    assert among.of_database("shard3") == {}
    once_more = NewBaseline(among, LATER)
    once_more.add_database(diagnosis(alias="shard1", findings=(missing_column(),)))
    kept = json.loads(once_more.text())["findings"]
    assert [(each.get("database"), each.get("targets"), each["since"]) for each in kept] in (
        [("shard1", None, "2026-01-02"), (None, ["shard2"], "2026-01-02")],
        [(None, ["shard2"], "2026-01-02"), ("shard1", None, "2026-01-02")],
    )
