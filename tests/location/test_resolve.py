"""Where a database stands when its catalog alone leaves several answers."""

from __future__ import annotations

import pytest

from tests.harness import AppSource, migration
from tests.location.cases import ID, LOST_RECORDS, Case, MakeCase, history

ALL, ALL_BUT_THE_FIRST = LOST_RECORDS, "DELETE FROM django_migrations WHERE name <> '0001_step'"


def comes_together(found: Case) -> None:
    """reconcile and migrate leave a database that is in sync."""
    found.reconcile()
    found.migrate()
    assert found.verdict() == "in_sync"


THERE_AND_BACK = history(
    f"""
    migrations.CreateModel("Rating", [
        {ID},
        ("user", models.IntegerField()), ("rating", models.IntegerField()), ("ip", models.CharField(max_length=9)),
    ], options={{"unique_together": {{("user", "rating")}}}}),
    """,
    """
    migrations.AlterField("rating", "user", models.IntegerField(null=True)),
    migrations.AlterUniqueTogether("rating", {("user", "rating", "ip")}),
    """,
    'migrations.AlterUniqueTogether("rating", {("user", "rating")}),',
)


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        (ALL, ["present", "present", "present"]),
        # As a run leaves it that stopped within 0002.
        (ALL_BUT_THE_FIRST, ["applied", "partial", "pending"]),
    ],
)
def test_half_a_migration_or_two_whole_ones(case: MakeCase, lost: str, states: list[str]) -> None:
    found = case(THERE_AND_BACK, lost)

    assert list(found.states().values()) == states
    comes_together(found)


LOG = f'migrations.CreateModel("Log", [{ID}]),'
NAMED = 'migrations.AddField("log", "name", models.CharField(max_length=9, null=True)),'
ABOUT = 'migrations.AddField("log", "about", models.CharField(max_length=9, null=True)),'
SQUASHED = {
    **history(LOG, NAMED, ABOUT),
    "0002_squashed": migration(
        f"{NAMED}\n{ABOUT}", after=[("shop", "0001_step")], replaces=[("shop", "0002_step"), ("shop", "0003_step")]
    ),
}


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        (ALL, {"0001_step": "present", "0002_step": "present", "0003_step": "pending"}),
        # migrate was running the squash when it stopped.
        (ALL_BUT_THE_FIRST, {"0001_step": "applied", "0002_squashed": "partial"}),
    ],
)
def test_half_a_squash_or_the_first_of_what_it_replaces(case: MakeCase, lost: str, states: dict[str, str]) -> None:
    found = case(SQUASHED, "ALTER TABLE shop_log DROP COLUMN about", lost)

    assert {each["name"]: each["state"] for each in found.migrations()} == states
    comes_together(found)


SPEAKERS = history(
    f"""
    migrations.CreateModel("User", [{ID}]),
    migrations.CreateModel("Profile", [{ID}]),
    migrations.CreateModel("Feedback", [
        {ID},
        ("speaker", models.ForeignKey("shop.user", models.CASCADE, null=True)),
    ]),
    """,
    'migrations.AddField("feedback", "profile", models.ForeignKey("shop.profile", models.CASCADE, null=True)),',
    'migrations.RemoveField("feedback", "speaker"),',
    'migrations.RenameField("feedback", "profile", "speaker"),',
)


@pytest.mark.parametrize(("lost", "state"), [("", "applied"), (ALL, "present")])
def test_a_column_that_took_the_name_of_one_that_went(case: MakeCase, lost: str, state: str) -> None:
    """On SQLite, which makes the table anew, its index has the name of the other's too: where it points decides."""
    found = case(SPEAKERS, lost)

    assert set(found.states().values()) == {state}
    assert {each["kind"] for each in found.report()["findings"]} == {"migration"}


OF_THE_KEY = {
    "postgresql": "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'shop_feedback_profile_id_%'",
    "sqlite": "SELECT name FROM sqlite_master WHERE name LIKE 'shop_feedback_speaker_id_%'",
}


def test_an_index_that_is_gone_does_not_speak_for_a_column_that_was_dropped(case: MakeCase, vendor: str) -> None:
    found = case(SPEAKERS)
    ((name,),) = found.database.execute(OF_THE_KEY[vendor])
    found.run(f"DROP INDEX {name}")

    (missing,) = [each for each in found.report()["findings"] if each["problem"] != "unmigrated"]
    assert (missing["problem"], missing["kind"], missing["columns"]) == ("missing", "index", ["speaker_id"])
    assert missing["level"] == "error"


def test_a_rename_that_was_recorded_and_never_ran(case: MakeCase) -> None:
    """Both columns stand under their old names, of which the one that goes has the name that the other is to have."""
    found = case(SPEAKERS, last=2)
    found.manage("migrate", "--fake").expect(0)

    assert list(found.states().values()) == ["applied", "applied", "missing", "missing"]
    comes_together(found)


OLD: dict[str, AppSource] = {"old": {"migrations": {}}}
MOVED = {
    "0001_squashed": migration(LOG, replaces=[("old", "0001_initial"), ("old", "0002_more")]),
    "0002_name": migration(NAMED, after=[("shop", "0001_squashed")]),
}


@pytest.mark.parametrize(
    ("names", "states"),
    [
        # Its app's history was made anew: that another app's records are there proves nothing.
        (["0001_first", "0002_second"], {"0001_squashed": "present", "0002_name": "present"}),
        # The squash is new: Django takes it as applied, and writes its record by itself.
        ([], {"0001_squashed": "applied", "0002_name": "present"}),
        (["0002_name"], {"0001_squashed": "applied", "0002_name": "applied"}),
    ],
)
def test_a_squash_of_another_apps_migrations(case: MakeCase, names: list[str], states: dict[str, str]) -> None:
    records = [("old", "0001_initial"), ("old", "0002_more"), *(("shop", name) for name in names)]
    found = case(
        MOVED,
        LOST_RECORDS,
        *(
            f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', '2026-01-01 00:00:00')"
            for app, name in records
        ),
        others=OLD,
    )

    assert {each["name"]: each["state"] for each in found.migrations() if each["name"] in states} == states
    comes_together(found)
