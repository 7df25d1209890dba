"""Stories that explain a database equally well: the report says so, and a person who knows is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import migration, records, rows
from tests.location.cases import ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.harness import Result
    from tests.location.cases import Case, MakeCase

LOG = f'migrations.CreateModel("Log", [{ID}]),'
REMADE = f'migrations.DeleteModel("Log"), migrations.CreateModel("Log", [{ID}]),'
FLEETING = f'migrations.CreateModel("Note", [{ID}]), migrations.DeleteModel("Note"),'
ITEM = f'migrations.CreateModel("Item", [{ID}]),'


def test_where_two_stories_are_close_the_report_says_so(case: MakeCase) -> None:
    """A table that goes and comes back as it was: whether that has happened leaves no trace."""
    log = case(history(LOG, REMADE), LOST_RECORDS)
    found = {each["migration"]: each for each in log.report()["findings"] if each["kind"] == "migration"}

    assert log.states() == {"0001": "present", "0002": "present"}
    assert found["0001_step"]["message"].endswith("migrate would fail with 'already exists'")
    assert "nobody can tell for sure whether it ran" in found["0002_step"]["message"]
    assert "it is taken as run" in found["0002_step"]["message"]


def test_where_two_stories_are_close_at_the_end(case: MakeCase) -> None:
    """A table that comes and goes, in the last migration. With its records lost, that may have been or not."""
    item = case(history(ITEM, FLEETING), LOST_RECORDS)
    found = {each["migration"]: each for each in item.report()["findings"]}

    assert item.states() == {"0001": "present", "0002": "pending"}
    assert (found["0002_step"]["code"], found["0002_step"]["level"]) == ("SG107", "info")
    assert found["0002_step"]["hint"] == "if you know that it ran: manage.py migrate --fake shop 0002_step"
    assert item.verdict() == "reconcilable"


def test_what_is_pending_and_was_never_lost_is_in_no_doubt(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), "DELETE FROM django_migrations WHERE name = '0002_step'")

    assert item.verdict() == "pending"
    assert [each["code"] for each in item.report()["findings"]] == ["SG106"]


def test_a_column_that_is_there_says_for_sure_that_its_migration_ran(case: MakeCase) -> None:
    """Its run may have stopped right after it, which is another story, and none in which it did not run."""
    item = case(
        history(ITEM, 'migrations.AddField("item", "name", models.CharField(max_length=9, null=True)),'),
        "DELETE FROM django_migrations WHERE name = '0002_step'",
    )

    assert item.states() == {"0001": "applied", "0002": "present"}
    (found,) = (each for each in item.report()["findings"] if each["code"] == "SG101")
    assert (
        found["message"]
        == "shop.0002_step is in the database and not recorded: migrate would fail with 'already exists'"
    )


def test_a_migration_that_only_removes_would_not_fail_over_what_is_there(case: MakeCase) -> None:
    item = case(
        history(ITEM, f'migrations.CreateModel("Note", [{ID}]),', 'migrations.DeleteModel("Note"),'),
        "DELETE FROM django_migrations WHERE name = '0003_step'",
    )

    assert item.states() == {"0001": "applied", "0002": "applied", "0003": "present"}
    (found,) = (each for each in item.report()["findings"] if each["code"] == "SG101")
    assert found["message"] == "shop.0003_step is not recorded, and what it does is done: migrate would do it once more"


# ------------------------------------------------------------------------------------------------- the question
ASKED = "nobody can tell for sure whether shop.0002_step has run, since the database would look the same."


def answered(case: Case, *answers: str, argv: tuple[str, ...] = (), code: int = 0) -> Result:
    stdin = "".join(f"{answer}\n" for answer in answers)
    return case.manage("schemaguard", "reconcile", *argv, stdin=stdin).expect(code)


def recorded(case: Case) -> list[str]:
    return [name for app, name in records(case.database) if app == "shop"]


def test_what_is_taken_as_run_is_a_question(case: MakeCase) -> None:
    log = case(history(LOG, REMADE), LOST_RECORDS)

    result = answered(log, "", "y")

    assert result.err.splitlines()[1:4] == [
        ASKED,
        "  run   it has not: run it now",
        "  skip  it has: record it without running it (default)",
    ]
    assert "run/skip [skip]: " in result.err
    assert recorded(log) == ["0001_step", "0002_step"]


def test_what_is_taken_as_run_and_was_not_is_run(case: MakeCase) -> None:
    """It drops the table and makes it again: rows stand in its way, as they would without the lost records."""
    log = case(history(LOG, REMADE), LOST_RECORDS, "INSERT INTO shop_log (id) VALUES (1)")

    refused = answered(log, "run", code=1)
    assert "--accept-data-loss allows it" in refused.err
    assert rows(log.database)["shop_log"].startswith("1 ")
    assert recorded(log) == []

    answered(log, "run", "y", argv=("--accept-data-loss",))
    assert rows(log.database)["shop_log"].startswith("0 ")
    assert recorded(log) == ["0001_step", "0002_step"]
    assert log.verdict() == "in_sync"


def test_what_is_taken_as_pending_is_a_question(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), LOST_RECORDS)

    result = answered(item, "", "y")

    assert result.err.splitlines()[1:5] == [
        ASKED,
        "  leave  it has not: leave it pending, migrate will run it (default)",
        "  run    it has not: run it now",
        "  skip   it has: record it without running it",
    ]
    assert recorded(item) == ["0001_step"]
    assert item.verdict() == "pending"


def test_what_is_taken_as_pending_and_has_run_is_recorded(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), LOST_RECORDS)

    answered(item, "skip", "y")

    assert recorded(item) == ["0001_step", "0002_step"]
    assert item.verdict() == "in_sync"
    shown = item.manage("schemaguard", "show", "1").out
    assert "fake shop.0002_step" in shown


def test_what_is_taken_as_pending_is_run_where_somebody_says_so(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), LOST_RECORDS)

    answered(item, "run", "y")

    assert recorded(item) == ["0001_step", "0002_step"]
    assert item.verdict() == "in_sync"
    assert "DROP TABLE" in item.manage("schemaguard", "show", "1").out


def test_nobody_is_asked_with_noinput(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), LOST_RECORDS)

    item.reconcile()

    assert recorded(item) == ["0001_step"]


def test_each_of_several_is_a_question_of_its_own(case: MakeCase) -> None:
    """Once the first has not run, the second, which depends on it, has not either. Otherwise that is open."""
    item = case(history(ITEM, FLEETING, FLEETING), LOST_RECORDS)

    result = answered(item, "leave", "y")
    assert result.err.count("nobody can tell for sure") == 1
    assert recorded(item) == ["0001_step"]

    item.run(LOST_RECORDS)
    answered(item, "skip", "leave", "y")
    assert recorded(item) == ["0001_step", "0002_step"]


NUMBERED = 'migrations.AddField("log", "number", models.IntegerField(null=True)),'


@pytest.mark.parametrize("between", [[], [NUMBERED], [ITEM, NUMBERED]])
def test_a_table_made_again_after_lost_records_is_kept_with_its_rows(case: MakeCase, between: list[str]) -> None:
    """Other apps have their records, so a run may have stopped within the first one that is lost."""
    log = case(
        history(LOG, *between, 'migrations.DeleteModel("Log"),', LOG),
        LOST_RECORDS,
        "INSERT INTO shop_log (id) VALUES (7)",
        others={"crm": {"models": "", "migrations": {"0001_step": migration(ITEM)}}},
    )
    assert set(log.states().values()) == {"present"}

    log.reconcile()
    log.migrate()
    assert log.database.execute("SELECT id FROM shop_log") == [(7,)]
