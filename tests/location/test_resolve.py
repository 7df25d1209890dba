"""Where a database stands when its catalog alone leaves several answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Database, make_project, migration

FIRST = migration(
    """
    migrations.CreateModel("Rating", [
        ("id", models.BigAutoField(primary_key=True)),
        ("user", models.IntegerField()), ("rating", models.IntegerField()), ("ip", models.CharField(max_length=9)),
    ], options={"unique_together": {("user", "rating")}}),
    """
)
SECOND = migration(
    """
    migrations.AlterField("rating", "user", models.IntegerField(null=True)),
    migrations.AlterUniqueTogether("rating", {("user", "rating", "ip")}),
    """,
    after=[("shop", "0001_initial")],
)
THIRD = migration('migrations.AlterUniqueTogether("rating", {("user", "rating")}),', after=[("shop", "0002_ip")])
HISTORY = {"0001_initial": FIRST, "0002_ip": SECOND, "0003_no_ip": THIRD}


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        ("TRUE", ["present", "present", "present"]),
        # As a run leaves it that stopped within 0002.
        ("name <> '0001_initial'", ["applied", "partial", "pending"]),
    ],
)
def test_half_a_migration_or_two_whole_ones(tmp_path: Path, database: Database, lost: str, states: list[str]) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": HISTORY}}, database=database)
    project.manage("migrate").expect(0)
    database.execute(f"DELETE FROM django_migrations WHERE {lost}")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    assert [each["state"] for each in report["migrations"] if each["app"] == "shop"] == states
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


MADE = 'migrations.CreateModel("Log", [("id", models.BigAutoField(primary_key=True))]),'
NAMED = 'migrations.AddField("log", "name", models.CharField(max_length=9, null=True)),'
ABOUT = 'migrations.AddField("log", "about", models.CharField(max_length=9, null=True)),'
SQUASHED = {
    "0001_initial": migration(MADE),
    "0002_name": migration(NAMED, after=[("shop", "0001_initial")]),
    "0003_about": migration(ABOUT, after=[("shop", "0002_name")]),
    "0002_squashed_0003_about": migration(
        f"{NAMED}\n{ABOUT}", after=[("shop", "0001_initial")], replaces=[("shop", "0002_name"), ("shop", "0003_about")]
    ),
}


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        ("TRUE", {"0001_initial": "present", "0002_name": "present", "0003_about": "pending"}),
        # migrate was running the squash when it stopped.
        ("name <> '0001_initial'", {"0001_initial": "applied", "0002_squashed_0003_about": "partial"}),
    ],
)
def test_half_a_squash_or_the_first_of_what_it_replaces(
    tmp_path: Path, database: Database, lost: str, states: dict[str, str]
) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": SQUASHED}}, database=database)
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_log DROP COLUMN about")
    database.execute(f"DELETE FROM django_migrations WHERE {lost}")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    assert {each["name"]: each["state"] for each in report["migrations"] if each["app"] == "shop"} == states
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


SPEAKERS = {
    "0001_initial": migration(
        """
        migrations.CreateModel("User", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Profile", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Feedback", [
            ("id", models.BigAutoField(primary_key=True)),
            ("speaker", models.ForeignKey("shop.user", models.CASCADE, null=True)),
        ]),
        """
    ),
    "0002_profile": migration(
        'migrations.AddField("feedback", "profile", models.ForeignKey("shop.profile", models.CASCADE, null=True)),',
        after=[("shop", "0001_initial")],
    ),
    "0003_no_speaker": migration('migrations.RemoveField("feedback", "speaker"),', after=[("shop", "0002_profile")]),
    "0004_speaker": migration(
        'migrations.RenameField("feedback", "profile", "speaker"),', after=[("shop", "0003_no_speaker")]
    ),
}


@pytest.mark.parametrize(("lost", "state"), [("FALSE", "applied"), ("TRUE", "present")])
def test_a_column_that_took_the_name_of_one_that_went(
    tmp_path: Path, database: Database, lost: str, state: str
) -> None:
    """On SQLite, which makes the table anew, its index has the name of the other's too: where it points decides."""
    project = make_project(tmp_path, apps={"shop": {"migrations": SPEAKERS}}, database=database)
    project.manage("migrate").expect(0)
    database.execute(f"DELETE FROM django_migrations WHERE {lost}")

    report = project.manage("schemaguard", "check", "--format", "json").json

    assert {each["state"] for each in report["migrations"] if each["app"] == "shop"} == {state}
    assert {each["kind"] for each in report["findings"]} == {"migration"}


def test_an_index_that_is_gone_does_not_speak_for_a_column_that_was_dropped(tmp_path: Path, database: Database) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": SPEAKERS}}, database=database)
    project.manage("migrate").expect(0)
    like = (
        "LIKE 'shop_feedback_profile_id_%'" if database.vendor == "postgresql" else "LIKE 'shop_feedback_speaker_id_%'"
    )
    catalog = "pg_indexes" if database.vendor == "postgresql" else "sqlite_master"
    column = "indexname" if database.vendor == "postgresql" else "name"
    ((name,),) = database.execute(f"SELECT {column} FROM {catalog} WHERE {column} {like}")
    database.execute(f"DROP INDEX {name}")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    found = [each for each in report["findings"] if each["problem"] != "unmigrated"]
    assert [(each["problem"], each["kind"], each["columns"]) for each in found] == [
        ("missing", "index", ["speaker_id"])
    ]


def test_a_rename_that_was_recorded_and_never_ran(tmp_path: Path, database: Database) -> None:
    """Both columns stand under their old names, of which the one that goes has the name that the other is to have."""
    project = make_project(tmp_path, apps={"shop": {"migrations": SPEAKERS}}, database=database)
    project.manage("migrate", "shop", "0002").expect(0)
    project.manage("migrate", "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
    assert states == ["applied", "applied", "missing", "missing"]
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


MOVED = {
    "old": {"migrations": {}},
    "core": {
        "migrations": {
            "0001_squashed": migration(MADE, replaces=[("old", "0001_initial"), ("old", "0002_more")]),
            "0002_name": migration(NAMED, after=[("core", "0001_squashed")]),
        }
    },
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
def test_a_squash_of_another_apps_migrations(
    tmp_path: Path, database: Database, names: list[str], states: dict[str, str]
) -> None:
    project = make_project(tmp_path, apps=MOVED, database=database)
    project.manage("migrate").expect(0)
    database.execute("DELETE FROM django_migrations WHERE app = 'core'")
    for app, name in [("old", "0001_initial"), ("old", "0002_more"), *(("core", name) for name in names)]:
        database.execute(
            f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', '2026-01-01 00:00:00')"
        )

    report = project.manage("schemaguard", "check", "--format", "json").json

    assert {m["name"]: m["state"] for m in report["migrations"] if m["app"] == "core" and m["name"] in states} == states
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
