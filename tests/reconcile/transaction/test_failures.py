"""A failure in the middle: exit 1, one clear line, nothing changed."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import dump, everything, forget, reconcile, refused

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
FIRST = migration(
    """
    migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),
    """
)
LAST = migration(
    """
    migrations.AddField("thing", "after", models.IntegerField(null=True)),
    """,
    after=[("app", "0002_code")],
)


def code(body: str, *, atomic: bool = True) -> str:
    return migration(
        """
        migrations.AddField("thing", "made", models.IntegerField(null=True)),
        migrations.RunPython(run),
        migrations.AddField("thing", "more", models.IntegerField(null=True)),
        """,
        after=[("app", "0001_initial")],
        imports=f"def run(apps, schema_editor):\n    {body}",
        atomic=atomic,
    )


def half_way(path: Path, database: Database, body: str) -> Project:
    """A project whose 0002 has half run: its first operation is there, and the second, `body`, is still to come."""
    migrations = {"0001_initial": FIRST, "0002_code": code("pass"), "0003_last": LAST}
    project = make_project(path, apps={"app": {"migrations": migrations}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("ALTER TABLE app_thing ADD COLUMN made integer NULL; INSERT INTO app_thing (id, n) VALUES (1, 1)")
    database.script("DELETE FROM django_migrations")
    project.write("app/migrations/0002_code.py", code(body))
    return project


@contextmanager
def transaction(database: Database, sql: str) -> Iterator[int]:
    """Another session in the middle of a transaction; yields its process id."""
    import psycopg

    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        assert isinstance(connection, psycopg.Connection)
        cursor.execute("BEGIN")
        cursor.execute(sql)
        yield connection.info.backend_pid
        cursor.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("raise ValueError('no such thing\\nand more')", "app.0002_code: ValueError: no such thing"),
        ("raise KeyError('key')", "app.0002_code: KeyError: 'key'"),
        ("raise RuntimeError", "app.0002_code: RuntimeError"),
    ],
)
def test_a_migration_that_raises(tmp_path: Path, database: Database, body: str, what: str) -> None:
    project = half_way(tmp_path, database, body)
    assert refused(project) == f"{what}; everything was rolled back"
    assert refused(project, "--migrate") == f"{what}; everything was rolled back"
    project.write("app/migrations/0002_code.py", code("pass"))
    reconcile(project, "--migrate")
    assert [name for app, name in records(database) if app == "app"] == ["0001_initial", "0002_code", "0003_last"]


def test_a_statement_that_the_database_refuses(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "schema_editor.execute('SELECT gone FROM nowhere')")
    line = refused(project)
    assert line.startswith("app.0002_code: ")
    assert "nowhere" in line
    assert line.endswith("; everything was rolled back")


@ON_POSTGRESQL
def test_a_connection_that_is_terminated(tmp_path: Path, database: Database) -> None:
    body = "schema_editor.execute('SELECT pg_terminate_backend(pg_backend_pid())')"
    project = half_way(tmp_path, database, body)
    line = refused(project)
    assert line.startswith("app.0002_code: ")
    assert "terminat" in line or "the connection is closed" in line  # on Django 4.2 the second thing to be told
    assert line.endswith("; everything was rolled back")


@ON_POSTGRESQL
def test_a_connection_that_is_terminated_from_outside(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "schema_editor.execute('SELECT pg_sleep(60)')")
    before = everything(database)
    process = project.start("schemaguard", "reconcile", "--noinput")
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = %s"
    deadline = time.monotonic() + 60
    while not database.execute(ending, [database.name]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("schemaguard: app.0002_code: ")
    assert len(err.splitlines()) == 1
    assert everything(database) == before


@ON_POSTGRESQL
def test_a_statement_timeout(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "schema_editor.execute('SELECT pg_sleep(60)')")
    line = refused(project, env={"PGOPTIONS": "-c statement_timeout=2s"})
    assert line == "app.0002_code: canceling statement due to statement timeout; everything was rolled back"


@ON_POSTGRESQL
def test_a_row_that_breaks_a_check(tmp_path: Path, database: Database) -> None:
    body = "schema_editor.execute('ALTER TABLE app_thing ADD CONSTRAINT positive CHECK (n > 5)')"
    project = half_way(tmp_path, database, body)
    line = refused(project)
    assert line.startswith('app.0002_code: check constraint "positive" of relation "app_thing" is violated')


@ON_POSTGRESQL
def test_what_fails_at_the_commit(tmp_path: Path, database: Database) -> None:
    """A deferred trigger is the last to have a say."""
    project = half_way(tmp_path, database, "pass")
    database.script(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;"
        "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON django_migrations DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION no()"
    )
    assert "not today" in refused(project)


@ON_POSTGRESQL
def test_a_full_disk(tmp_path: Path, database: Database) -> None:
    """temp_file_limit is the one quota that a server without tablespaces has; it fails as a full disk does."""
    rows = "SELECT repeat(g::text, 99) t FROM generate_series(1, 200000) g ORDER BY 1"
    body = f"schema_editor.execute('CREATE TABLE big AS {rows}')"
    project = half_way(tmp_path, database, body)
    line = refused(project, env={"PGOPTIONS": "-c temp_file_limit=1MB -c work_mem=64kB"})
    assert line.startswith("app.0002_code: temporary file size exceeds ")
    assert line.endswith("(1024kB); everything was rolled back")


@ON_POSTGRESQL
def test_a_lock_that_somebody_else_holds(shop: Project, clean: Any) -> None:
    """An open transaction that has only read a table which must be altered."""
    shop.database.script("ALTER TABLE shop_purchase DROP COLUMN note")
    with transaction(shop.database, "SELECT * FROM shop_purchase") as pid:
        begun = time.monotonic()
        line = refused(shop, "--lock-timeout", "1")
        took = time.monotonic() - begun
    assert line.startswith("a lock was not to be had within 1 s, 3 times; nothing was changed; blocked by process ")
    assert f"process {pid} (" in line
    assert "idle in transaction" in line
    assert took < 15
    reconcile(shop)
    assert dump(shop.database) == clean


@ON_POSTGRESQL
def test_a_lock_that_is_let_go_in_time(shop: Project, clean: Any) -> None:
    shop.database.script("ALTER TABLE shop_purchase DROP COLUMN note")
    with transaction(shop.database, "SELECT * FROM shop_purchase"):
        process = shop.start("schemaguard", "reconcile", "--noinput", "--lock-timeout", "1")
        time.sleep(3)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), out + err
    assert dump(shop.database) == clean


def test_a_database_that_somebody_else_writes_to(shop: Project, clean: Any, vendor: str) -> None:
    if vendor != "sqlite":
        pytest.skip("on SQLite a writer locks everything")
    forget(shop.database)
    with closing(shop.database.connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        threading.Timer(3, lambda: None).start()
        process: subprocess.Popen[str] = shop.start("schemaguard", "reconcile", "--noinput")
        time.sleep(3)
        assert process.poll() is None
        connection.execute("ROLLBACK")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), out + err
    assert dump(shop.database) == clean


@pytest.mark.parametrize("signal", ["pre_migrate", "post_migrate"])
def test_a_handler_that_fails_is_a_warning(tmp_path: Path, database: Database, signal: str) -> None:
    project = half_way(tmp_path, database, "pass")
    project.write(
        "app/models.py",
        f"""
        from django.db.models.signals import {signal}

        def fail(**kwargs):
            raise LookupError("no such model")

        {signal}.connect(fail)
        """,
    )
    result = reconcile(project, "--migrate")
    assert result.err.splitlines()[-1] == (
        f"schemaguard: a handler of {signal} failed, migrate will call it again: LookupError: no such model"
    )
    assert ("app", "0002_code") in records(database)


def test_a_handler_of_pre_migrate_is_given_the_models_of_what_is_recorded(tmp_path: Path, database: Database) -> None:
    project = half_way(tmp_path, database, "pass")
    project.write(
        "app/models.py",
        """
        from django.db.models.signals import pre_migrate

        def look(sender, apps, plan, **kwargs):
            print(sender.label, [model._meta.label for model in apps.get_models() if sender.label in model._meta.label])

        pre_migrate.connect(look)
        """,
    )
    database.script("INSERT INTO django_migrations (app, name, applied) VALUES ('app', '0001_initial', '2020-01-01')")
    result = reconcile(project, "--migrate")
    assert "app ['app.Thing']" in result.err.splitlines()


@ON_POSTGRESQL
def test_a_step_without_a_transaction_that_fails(tmp_path: Path, database: Database) -> None:
    """The one before it stays, recorded; the journal says which failed; the next run goes on from there."""
    project = half_way(tmp_path, database, "pass")
    project.write("app/migrations/0002_code.py", code("raise ValueError('no')", atomic=False))
    result = reconcile(project, code=1)
    assert result.err == "schemaguard: app.0002_code: ValueError: no; the steps before it are done and recorded\n"
    assert [name for app, name in records(database) if app == "app"] == ["0001_initial"]
    entries = project.manage("schemaguard", "history", "--format", "json").json["entries"]
    assert [(each["id"], each["status"]) for each in entries] == [(2, "failed"), (1, "done")]
    project.write("app/migrations/0002_code.py", code("pass", atomic=False))
    reconcile(project)
    assert ("app", "0002_code") in records(database)
    entries = project.manage("schemaguard", "history", "--format", "json").json["entries"]
    assert [(each["id"], each["status"]) for each in entries] == [(3, "done"), (2, "failed"), (1, "done")]
    assert entries[0]["fingerprint_after"]


NO_JOURNAL = """
CREATE FUNCTION no_journal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more'; END $$;
CREATE TRIGGER no_journal BEFORE INSERT ON schemaguard_journal FOR EACH ROW EXECUTE FUNCTION no_journal();
"""


@ON_POSTGRESQL
def test_a_journal_that_cannot_be_written(shop: Project) -> None:
    forget(shop.database, "0001_initial")
    reconcile(shop)
    shop.database.script(NO_JOURNAL)
    forget(shop.database, "0002_email")
    assert refused(shop) == "no more; everything was rolled back"
