"""The setting SCHEMAGUARD: what is read, what is a mistake, and what is ignored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import Error, run_checks
from django.test import override_settings

from schemaguard.conf import Ignore, Settings, ignored, load, read
from schemaguard.diagnosis.model import Verdict
from schemaguard.exceptions import CannotStart
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind
from tests.report.diagnoses import diagnosis, different_column, extra_table, finding, missing_column

FULL = {
    "IGNORE_TABLES": ["legacy_*"],
    "IGNORE": [{"code": "SG353", "table": "users", "reason": "made by the DBA"}],
    "GUARD_MIGRATE": "warn",
    "ALLOW_PUSH": True,
    "LOCK_MIGRATE": False,
    "MIGRATE_LOCK_TIMEOUT": 2.5,
    "RECORD_PROGRESS": False,
}
WHY = {"reason": "on purpose"}


def test_defaults() -> None:
    assert read({}) == Settings(
        ignore_tables=(), ignore=(), guard_migrate="stop", allow_push=False, lock_migrate=True,
        migrate_lock_timeout=None, record_progress=True, mistakes=(),
    )  # fmt: skip
    assert read({"MIGRATE_LOCK_TIMEOUT": None}) == Settings()


def test_everything() -> None:
    assert read(FULL) == Settings(
        ignore_tables=("legacy_*",),
        ignore=(Ignore(reason="made by the DBA", patterns=(("code", "SG353"), ("table", "users"))),),
        guard_migrate="warn",
        allow_push=True,
        lock_migrate=False,
        migrate_lock_timeout=2.5,
        record_progress=False,
    )


@pytest.mark.parametrize(
    ("value", "id", "message", "hint"),
    [
        ([], "E001", "must be a dictionary, not list", None),
        (None, "E001", "must be a dictionary, not None", None),
        ({"IGNORE_TABLE": []}, "E002", "unknown key 'IGNORE_TABLE'", "did you mean 'IGNORE_TABLES'?"),
        (
            {"xyz": 1},
            "E002",
            "unknown key 'xyz'",
            "there are IGNORE_TABLES, IGNORE, GUARD_MIGRATE, ALLOW_PUSH, LOCK_MIGRATE, MIGRATE_LOCK_TIMEOUT, "
            "RECORD_PROGRESS",
        ),
        ({"IGNORE_TABLES": "legacy"}, "E003", "IGNORE_TABLES must be a list of patterns, not 'legacy'", None),
        ({"IGNORE_TABLES": ["a", 3]}, "E003", "IGNORE_TABLES must be a list of patterns; one of them, not 3", None),
        ({"LOCK_MIGRATE": "yes"}, "E003", "LOCK_MIGRATE must be True or False, not 'yes'", None),
        ({"RECORD_PROGRESS": None}, "E003", "RECORD_PROGRESS must be True or False, not None", None),
        *(
            (
                {"MIGRATE_LOCK_TIMEOUT": value},
                "E003",
                "MIGRATE_LOCK_TIMEOUT must be a number of seconds, 0 or more, or None for as long as it takes, "
                f"not {shown}",
                None,
            )
            for value, shown in [(-1, "-1"), (True, "True"), ("5", "'5'"), (float("nan"), "float")]
        ),
        ({"IGNORE": {}}, "E003", "IGNORE must be a list of dictionaries, not dict", None),
        (
            {"GUARD_MIGRATE": "no"},
            "E003",
            "GUARD_MIGRATE must be one of 'stop', 'reconcile', 'warn', 'off', not 'no'",
            None,
        ),
        (
            {"GUARD_MIGRATE": ["stop"]},
            "E003",
            "GUARD_MIGRATE must be one of 'stop', 'reconcile', 'warn', 'off', not ['stop']",
            None,
        ),
        ({"ALLOW_PUSH": 1}, "E003", "ALLOW_PUSH must be True or False, not 1", None),
        ({"IGNORE": ["SG101"]}, "E004", "IGNORE[0] must be a dictionary, not 'SG101'", None),
        ({"IGNORE": [{"tabel": "x", **WHY}]}, "E004", "IGNORE[0]: unknown key 'tabel'", "did you mean 'table'?"),
        ({"IGNORE": [{"table": ["x"], **WHY}]}, "E004", "IGNORE[0]: 'table' must be a string, not list", None),
        ({"IGNORE": [{"table": "x"}]}, "E005", "IGNORE[0] has no 'reason'", "say why this is ignored"),
        ({"IGNORE": [{"table": "x", "reason": " "}]}, "E005", "IGNORE[0] has no 'reason'", "say why this is ignored"),
        (
            {"IGNORE": [{"code": "SG999", **WHY}]},
            "E006",
            "IGNORE[0]: there is no code 'SG999'",
            "they look like 'SG203', or 'SG2*' for many",
        ),
        (
            {"IGNORE": [{"kind": "tables", **WHY}]},
            "E006",
            "IGNORE[0]: there is no kind 'tables'",
            "did you mean 'table'?",
        ),
        (
            {"IGNORE": [WHY]},
            "E007",
            "IGNORE[0] would ignore everything",
            "name one of code, level, kind, problem, table, name, app, migration, column",
        ),
    ],
)
def test_mistakes(value: Any, id: str, message: str, hint: str) -> None:
    (mistake,) = read(value).mistakes
    assert (mistake.id, mistake.message) == (id, message)
    assert mistake.hint == hint


def test_what_is_mistaken_is_left_out_and_the_rest_counts() -> None:
    settings = read(
        {"IGNORE_TABLES": ["a", None], "IGNORE": [{"table": "b"}, {"table": "c", **WHY}], "ALLOW_PUSH": True}
    )
    assert settings.ignore_tables == ("a",)
    assert [each.patterns for each in settings.ignore] == [(("table", "c"),)]
    assert settings.allow_push
    assert [each.id for each in settings.mistakes] == ["E003", "E005"]


def test_loading_stops_at_a_mistake() -> None:
    with (
        override_settings(SCHEMAGUARD={"ALLOW_PUSCH": True, "GUARD_MIGRATE": 1}),
        pytest.raises(CannotStart) as failure,
    ):
        load()
    assert str(failure.value) == (
        "settings.SCHEMAGUARD: unknown key 'ALLOW_PUSCH'; did you mean 'ALLOW_PUSH'? (and 1 more: manage.py check)"
    )


def test_no_setting_is_a_setting() -> None:
    assert load() == Settings()


def test_mistakes_are_system_checks() -> None:
    with override_settings(SCHEMAGUARD={"ALLOW_PUSCH": True}):
        # Not all checks: since Django 6.1, one of its own asks the database.
        found = [each for each in run_checks(tags=["schemaguard"]) if (each.id or "").startswith("schemaguard.")]
    assert found == [
        Error(
            "settings.SCHEMAGUARD: unknown key 'ALLOW_PUSCH'.", hint="did you mean 'ALLOW_PUSH'?", id="schemaguard.E002"
        )
    ]


INDEX = finding(Kind.INDEX, Problem.EXTRA, "an index", table='archive"."users', name="users_x", columns=("a", "b"))
WHOLE = diagnosis(Verdict.CONFLICT, findings=(missing_column(), different_column(), INDEX, extra_table()))


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({}, ["SG203", "SG204", "SG353", "SG202"]),
        ({"IGNORE_TABLES": ["legacy"]}, ["SG203", "SG204", "SG353"]),
        ({"IGNORE_TABLES": ["user*"]}, ["SG353", "SG202"]),
        ({"IGNORE_TABLES": ["archive.*"]}, ["SG203", "SG204", "SG202"]),
        ({"IGNORE": [{"code": "SG2*", **WHY}]}, ["SG353"]),
        ({"IGNORE": [{"kind": "column", "problem": "missing", **WHY}]}, ["SG204", "SG353", "SG202"]),
        ({"IGNORE": [{"app": "shop", "migration": "0005_*", **WHY}]}, ["SG203", "SG353", "SG202"]),
        ({"IGNORE": [{"column": "b", **WHY}]}, ["SG203", "SG204", "SG202"]),
        ({"IGNORE": [{"level": "warning", "database": "default", **WHY}]}, ["SG203", "SG204"]),
        ({"IGNORE": [{"table": "legacy", "database": "other", **WHY}]}, ["SG203", "SG204", "SG353", "SG202"]),
    ],
)
def test_ignoring(value: Any, left: list[str]) -> None:
    settings = read(value)
    assert settings.mistakes == ()
    assert [each.code for each in ignored(WHOLE, settings).findings] == left


def test_a_name_with_brackets_matches_itself() -> None:
    odd = replace(extra_table(), table="a[1]", name="a[1]")
    assert ignored(diagnosis(findings=(odd,)), read({"IGNORE_TABLES": ["a[1]"]})).findings == ()


def test_what_matches_nothing_any_more_is_a_warning() -> None:
    settings = read({"IGNORE_TABLES": ["gone_*"], "IGNORE": [{"kind": "index", "table": "gone", "reason": "slow"}]})
    table, entry = ignored(diagnosis(), settings).findings
    assert (table.code, table.level, table.kind, table.problem) == ("SG901", Level.WARNING, Kind.TABLE, Problem.EXTRA)
    assert table.message == "SCHEMAGUARD[\"IGNORE_TABLES\"]: 'gone_*' matches nothing any more"
    assert (entry.code, entry.kind) == ("SG901", Kind.INDEX)
    assert entry.message == (
        "SCHEMAGUARD[\"IGNORE\"][0] (kind 'index', table 'gone') matches nothing any more; its reason was: slow"
    )
    assert table.hint == entry.hint == "take it out of the settings"


def test_one_of_several_databases_says_nothing_of_patterns_that_may_be_for_another() -> None:
    entries = [{"table": "gone", **WHY}, {"table": "gone", "database": "default", **WHY}]
    settings = read({"IGNORE_TABLES": ["gone_*"], "IGNORE": entries})
    (only,) = ignored(diagnosis(), settings, only_database=False).findings
    assert only.message.startswith('SCHEMAGUARD["IGNORE"][1]')
