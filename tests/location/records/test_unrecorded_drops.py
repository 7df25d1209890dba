"""A record was false, and what it stood for drops rows that people rely on: nobody runs that unasked."""

from __future__ import annotations

from tests.location.cases import ID, Case, MakeCase, history

OLD = f"""
    migrations.CreateModel("Vote", [{ID}, ("who", models.CharField(max_length=9)), ("choice", models.IntegerField())]),
    migrations.CreateModel("Voter", [{ID}]),
"""
ANEW = """
    migrations.DeleteModel("Vote"),
    migrations.CreateModel("Vote", [
        ("key", models.UUIDField(primary_key=True)),
        ("voter", models.ForeignKey("shop.voter", models.CASCADE)),
        ("choice", models.CharField(max_length=9)),
    ]),
"""


def faked(case: MakeCase) -> Case:
    """The model was deleted and made anew under its name, and that was faked. The old table is in use."""
    vote = case(history(OLD, ANEW), last=1)
    vote.run("INSERT INTO shop_vote (who, choice) VALUES ('w', 2)")
    vote.manage("migrate", "shop", "--fake", "--verbosity", "0").expect(0)
    return vote


def rows(vote: Case) -> list[tuple[object, ...]]:
    return vote.database.execute("SELECT * FROM shop_vote")


def test_reconcile_with_migrate_says_what_it_would_drop(case: MakeCase) -> None:
    vote = faked(case)

    refused = vote.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(1).err

    assert "shop_vote" in refused
    assert "--accept-data-loss" in refused
    assert rows(vote) == [(1, "w", 2)]
    assert vote.states() == {"0001": "applied", "0002": "missing"}

    vote.reconcile("--migrate", "--accept-data-loss")
    assert rows(vote) == []
    assert vote.verdict() == "in_sync"


def test_migrate_with_reconcile_takes_the_record_and_stops(case: MakeCase) -> None:
    vote = faked(case)

    stopped = vote.manage("migrate", "--reconcile", "--noinput").expect(1).err

    assert "shop.0002_step was recorded and never ran, and would drop rows" in stopped
    assert rows(vote) == [(1, "w", 2)]
    assert vote.states() == {"0001": "applied", "0002": "pending"}

    vote.migrate()  # the project's own intention
    assert rows(vote) == []


def test_an_empty_table_stops_nobody(case: MakeCase) -> None:
    vote = faked(case)
    vote.run("DELETE FROM shop_vote")
    vote.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert vote.verdict() == "in_sync"
