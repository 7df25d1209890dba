"""Migrations that end the transaction they run in: refused, run alone, or told as it is; nothing is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemaguard.history.sql.control import begins_transaction, ends_transaction
from tests.harness import Database, Project, make_project, migration, records
from tests.reconcile.transaction.test_failures import code, half_way
from tests.shop import actions, everything, history, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

ON_SQLITE = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
THING = migration(
    """
    migrations.CreateModel(
        "Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(default=0))]
    ),
    """
)
WITH_STATE = """
    migrations.RunSQL(
        {sql!r},
        state_operations=[migrations.AddField("thing", "made", models.IntegerField(null=True))],
    ),
"""
SQL = "ALTER TABLE app_thing ADD COLUMN made integer NULL"
SCRIPTS = {
    "all of it": f"BEGIN; {SQL}; COMMIT;",
    "the end of it": f"{SQL}; COMMIT;",
    "in the middle": f"COMMIT; {SQL}",
}
COMMITS = "schema_editor.connection.cursor().execute('COMMIT')"


def project_of(path: Path, database: Database, second: str) -> Project:
    """0001 is there without its record, and 0002 is still to come."""
    project = make_project(
        path, apps={"app": {"migrations": {"0001_thing": THING, "0002_sql": second}}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("DELETE FROM django_migrations")
    return project


def names(database: Database) -> list[str]:
    return [name for app, name in records(database) if app == "app"]


@pytest.mark.parametrize("sql", SCRIPTS.values(), ids=SCRIPTS)
def test_sql_that_commits_is_run_after_the_rest_is_committed(tmp_path: Path, database: Database, sql: str) -> None:
    second = migration(WITH_STATE.format(sql=sql), after=[("app", "0001_thing")])
    project = project_of(tmp_path, database, second)
    document = reconcile(project, "--migrate", "--format", "json").json
    assert actions(document["performed"]) == [("fake", "0001_thing"), ("run", "0002_sql")]
    assert names(database) == ["0001_thing", "0002_sql"]
    assert [(each["status"], actions(each["steps"])) for each in history(project)] == [
        ("done", [("run", "0002_sql")]), ("done", [("fake", "0001_thing")]),
    ]  # fmt: skip


def test_sql_that_commits_is_not_rehearsed(tmp_path: Path, database: Database) -> None:
    second = migration(WITH_STATE.format(sql=SCRIPTS["all of it"]), after=[("app", "0001_thing")])
    project = project_of(tmp_path, database, second)
    before = everything(database)
    result = reconcile(project, "--migrate", "--rehearse")
    warning = "schemaguard: not rehearsed, since it cannot be in one transaction with the rest: app.0002_sql\n"
    assert result.err == warning
    assert everything(database) == before


def test_sql_that_fails_after_it_began_a_transaction(tmp_path: Path, database: Database) -> None:
    sql = f"BEGIN; {SQL}; SELECT * FROM nowhere; COMMIT;"
    project = project_of(tmp_path, database, migration(WITH_STATE.format(sql=sql), after=[("app", "0001_thing")]))
    result = reconcile(project, "--migrate", code=1)
    assert "nowhere" in result.err
    assert result.err.endswith("; the steps before it are done and recorded\n")
    assert names(database) == ["0001_thing"]
    assert [each["status"] for each in history(project)] == ["failed", "done"]


def test_a_transaction_that_a_migration_leaves_open(tmp_path: Path, database: Database) -> None:
    second = migration(WITH_STATE.format(sql=f"BEGIN; {SQL}"), after=[("app", "0001_thing")], atomic=False)
    project = project_of(tmp_path, database, second)
    result = reconcile(project, "--migrate", code=1)
    assert result.err == (
        "schemaguard: app.0002_sql: it began a transaction and did not end it, which was rolled back; "
        "the steps before it are done and recorded\n"
    )
    assert names(database) == ["0001_thing"]
    assert history(project)[0]["status"] == "failed"


BODIES = {
    "by Django": COMMITS,
    "swallowed": f"""
    try:
        {COMMITS}
    except Exception:
        pass
    """,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_code_that_commits_is_run_alone(tmp_path: Path, database: Database, body: str) -> None:
    """It is found out as it runs: everything is rolled back, and done once more with this step by itself."""
    project = half_way(tmp_path, database, "pass")
    text = code("pass").replace("    pass", f"    {body}", 1) if "\n" in body else code(body)
    project.write("app/migrations/0002_code.py", text)
    before = everything(database)
    assert refused(project, "--rehearse") == (
        "app.0002_code: its code ends the transaction (COMMIT), so that it cannot be rehearsed; "
        "everything was rolled back"
    )
    assert everything(database) == before
    reconcile(project, "--migrate")
    assert names(database) == ["0001_initial", "0002_code", "0003_last"]
    assert [actions(each["steps"]) for each in reversed(history(project))] == [
        [("fake", "0001_initial")], [("complete", "0002_code")], [("run", "0003_last")],
    ]  # fmt: skip


@ON_SQLITE
def test_a_script_of_the_driver_commits_on_sqlite(tmp_path: Path, database: Database) -> None:
    body = "schema_editor.connection.connection.executescript('UPDATE app_thing SET n = 7')"
    project = half_way(tmp_path, database, body)
    assert "so that it cannot be rehearsed; everything was rolled back" in refused(project, "--rehearse")
    reconcile(project)
    assert names(database) == ["0001_initial", "0002_code"]
    assert database.execute("SELECT n FROM app_thing") == [(7,)]


@ON_POSTGRESQL
@pytest.mark.parametrize("option", ["--rehearse", "--noinput"])
def test_a_commit_past_django_is_told_as_it_is(tmp_path: Path, database: Database, option: str) -> None:
    project = half_way(tmp_path, database, "schema_editor.connection.connection.commit()")
    result = reconcile(project, option, code=1)
    assert result.err == (
        "schemaguard: app.0002_code: its code ended the transaction; what was done until then is committed and was not "
        "verified: fake app.0001_initial, complete app.0002_code\n"
    )
    assert names(database) == ["0001_initial"]
    assert [(each["status"], actions(each["steps"])) for each in history(project)] == [
        ("failed", [("fake", "0001_initial"), ("complete", "0002_code")])
    ]


def test_code_that_closes_the_connection(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "schema_editor.connection.close()")
    said = {"sqlite": "Cannot operate on a closed database.", "postgresql": "the connection is closed"}
    before = everything(database)
    assert refused(project) == f"app.0002_code: {said[database.vendor]}; everything was rolled back"
    assert everything(database) == before


@pytest.mark.parametrize("argv", [("reconcile", "--noinput"), ("push", "--noinput"), ("adopt", "odd", "--app", "app")])
def test_without_autocommit_nothing_is_begun(tmp_path: Path, database: Database, argv: tuple[str, ...]) -> None:
    project = project_of(tmp_path, database, migration("", after=[("app", "0001_thing")]))
    project.write(
        "app/models.py", "from django.db import models\n\n\nclass Thing(models.Model):\n    m = models.IntegerField()\n"
    )
    database.script("CREATE TABLE odd (id integer PRIMARY KEY)")
    if argv[0] == "adopt":
        project.remove_migration("app", "0002_sql")
        database.script("INSERT INTO django_migrations (app, name, applied) VALUES ('app', '0001_thing', '2026-01-01')")
    settings = project.path / "project_settings.py"
    settings.write_text(settings.read_text() + 'DATABASES["default"]["AUTOCOMMIT"] = False\n')
    before = everything(database)
    result = project.manage("schemaguard", *argv).expect(2)
    assert result.err == (
        'schemaguard: database "default": with "AUTOCOMMIT": False in settings.DATABASES nothing would be committed; '
        "take it out to change the database\n"
    )
    assert everything(database) == before
    assert project.manage("schemaguard", "check", "--format", "json").expect(int(argv[0] != "adopt")).err == ""


@pytest.mark.parametrize(
    ("sql", "ends", "begins"),
    [
        ("BEGIN; SELECT 1; COMMIT", "COMMIT", True),
        ("COMMIT AND CHAIN", "COMMIT AND CHAIN", False),
        ("end", "end", False),
        ("SELECT 1; ROLLBACK; BEGIN", "ROLLBACK", False),
        ("START TRANSACTION; SELECT 1", None, True),
        ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION 'x'", False),
        ("ROLLBACK TO SAVEPOINT a; PREPARE x AS SELECT 1; -- COMMIT", None, False),
        ("SELECT 'COMMIT'; COMMENT ON TABLE x IS '; COMMIT;'", None, False),
        ("CREATE FUNCTION f() RETURNS void AS $$ BEGIN NULL; COMMIT; END $$ LANGUAGE plpgsql", None, False),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", None, False),
        ("DO $$ BEGIN NULL; END $$", None, False),
    ],
)
def test_what_ends_and_begins_a_transaction(sql: str, ends: str | None, begins: bool) -> None:
    assert ends_transaction(sql, dialect="postgresql") == ends
    assert begins_transaction(sql, dialect="postgresql") is begins
