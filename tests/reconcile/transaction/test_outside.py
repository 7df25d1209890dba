"""Steps that need no transaction: under one lock, each in the journal before it begins, continued if it is killed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from schemaguard.database.sqlite.lock_file import SUFFIX
from tests.harness import Database, Project, make_project, migration, records
from tests.reconcile.transaction.test_failures import code, half_way, transaction
from tests.shop import actions, dump, history, reconcile

pytestmark = pytest.mark.long

UNSEEN = (
    "schemaguard: app.0002_code, operation 2 (Raw Python operation): the run was cut off there, and nothing shows "
    "whether it has run; it is run (--data-migrations skip leaves it out)\n"
)
"""No `migrate` has noted anything: somebody made the half by hand."""
ON_SQLITE = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
COUNTED = "schema_editor.execute('INSERT INTO app_thing (n) VALUES (7)')"
CONCURRENTLY = migration(
    """
    migrations.AddField("thing", "made", models.IntegerField(null=True)),
    AddIndexConcurrently("thing", models.Index(fields=["n"], name="thing_n")),
    """,
    after=[("app", "0001_initial")],
    imports="from django.contrib.postgres.operations import AddIndexConcurrently",
    atomic=False,
)


def outside(path: Path, database: Database, body: str) -> Project:
    """As `half_way`, with a 0002 that has no transaction."""
    project = half_way(path, database, "pass")
    project.write("app/migrations/0002_code.py", code(body, atomic=False))
    return project


def columns(database: Database) -> set[str]:
    with database.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT * FROM app_thing WHERE 1 = 0")
        return {each[0] for each in cursor.description}


def both_end_well(project: Project, *argv: str) -> str:
    """Two at once; returns what they wrote on stderr."""
    both = [project.start("schemaguard", "reconcile", "--noinput", *argv) for _ in range(2)]
    said = ""
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        said += err
    return said


def sevens(database: Database) -> int:
    ((number,),) = database.execute("SELECT count(*) FROM app_thing WHERE n = 7")
    return int(number)


def test_two_at_once_do_it_once(tmp_path: Path, database: Database) -> None:
    """The first is in the middle of its code while the second comes: it waits, and finds nothing to do."""
    project = outside(tmp_path, database, f"{COUNTED}; import time; time.sleep(4)")
    waits = "schemaguard: another reconcile or migrate is at work on this database; this one waits for it\n"
    assert sorted(both_end_well(project).splitlines(keepends=True)) == [waits, UNSEEN]
    assert sevens(database) == 1
    assert [(each["id"], each["status"]) for each in history(project)] == [(2, "done"), (1, "done")]
    assert {"made", "more"} <= columns(database)
    assert not list(tmp_path.glob("*lock"))


def test_whoever_comes_with_other_options_waits_as_well(tmp_path: Path, database: Database) -> None:
    """What it would do could be done at once, in a transaction; the first is in the middle of its code."""
    project = outside(tmp_path, database, f"open('begun', 'w'); {COUNTED}; import time; time.sleep(4)")
    file = "app/migrations/0002_code.py"
    lines = (project.path / file).read_text().splitlines(keepends=True)
    project.write(file, "".join(line for line in lines if '"more"' not in line))
    database.script("ALTER TABLE app_thing DROP COLUMN made")
    first = project.start("schemaguard", "reconcile", "--noinput", "--migrate")
    deadline = time.monotonic() + 30
    while not (project.path / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    result = reconcile(project, "--migrate", "--data-migrations", "skip")
    assert result.out.startswith("nothing to do\n")
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    assert sevens(database) == 1
    assert [name for app, name in records(database) if app == "app"] == ["0001_initial", "0002_code", "0003_last"]
    assert {each["status"] for each in history(project)} == {"done"}


@ON_POSTGRESQL
def test_whoever_was_overtaken_does_not_tell_what_the_other_did(tmp_path: Path, database: Database) -> None:
    """Between the first transaction and the lock of the steps outside of one, another one comes and does all of it."""
    project = outside(tmp_path, database, COUNTED)
    project.write(
        "app/models.py",
        """
        import os, subprocess, sys
        from schemaguard.reconcile import carry_out as module

        def finish(*args, then=module.finish):
            if not os.environ.get("OVERTAKES"):
                other = [sys.executable, "manage.py", "schemaguard", "reconcile", "--noinput"]
                told = subprocess.run(other, env={**os.environ, "OVERTAKES": "1"}, capture_output=True, text=True)
                open("told", "w").write(told.stderr)
            then(*args)

        module.finish = finish
        """,
    )
    assert reconcile(project).err == ""
    assert (project.path / "told").read_text() == UNSEEN
    assert sevens(database) == 1


@ON_SQLITE
def test_the_lock_file_is_held_between_the_first_transaction_and_such_a_step(
    tmp_path: Path, database: Database
) -> None:
    project = outside(tmp_path, database, "pass")
    project.write(
        "app/models.py",
        f"""
        import os
        from schemaguard.reconcile import carry_out as module

        def finish(*args, then=module.finish):
            print("held", os.path.exists({f"{database.name}{SUFFIX}"!r}))
            then(*args)

        module.finish = finish
        """,
    )
    assert reconcile(project, "--migrate").err == f"held True\n{UNSEEN}"
    assert not Path(f"{database.name}{SUFFIX}").exists()


def test_a_record_that_the_code_has_written_is_not_written_twice(tmp_path: Path, database: Database) -> None:
    record = "INSERT INTO django_migrations (app, name, applied) VALUES (''app'', ''0002_code'', CURRENT_TIMESTAMP)"
    body = f"schema_editor.execute('{record}')".replace("''", "\\'")
    project = half_way(tmp_path, database, body)
    reconcile(project)
    assert [name for app, name in records(database) if app == "app"] == ["0001_initial", "0002_code"]


def test_what_comes_after_such_a_step_is_done_too(tmp_path: Path, database: Database) -> None:
    """0003 can share a transaction again; both are run, once, by two at once."""
    project = outside(tmp_path, database, COUNTED)
    both_end_well(project, "--migrate")
    assert sevens(database) == 1
    assert {"made", "more", "after"} <= columns(database)
    assert [name for app, name in records(database) if app == "app"] == ["0001_initial", "0002_code", "0003_last"]
    steps = [step for entry in reversed(history(project)) for step in actions(entry["steps"])]
    mine = [step for step in steps if step[1] in ("0001_initial", "0002_code", "0003_last")]
    assert mine.count(("complete", "0002_code")) == 1
    assert mine.count(("run", "0003_last")) == 1


@ON_POSTGRESQL
def test_a_run_of_several_entries_is_taken_back_whole(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    project.write("app/migrations/0002_code.py", CONCURRENTLY)
    database.script("ALTER TABLE app_thing DROP COLUMN made")
    before = dump(database), records(database)
    reconcile(project, "--migrate")
    after = dump(database), records(database)
    assert [each["status"] for each in history(project)] == ["done"] * 3
    assert "the run began with entry 1" in project.manage("schemaguard", "show", "3").expect(0).out
    out = project.manage("schemaguard", "undo").expect(0).out
    assert [line for line in out.splitlines() if line.startswith("took back")] == [
        "took back entry 3; journal entry 4", "took back entry 2; journal entry 5",
        "took back entry 1; journal entry 6",
    ]  # fmt: skip
    assert (dump(database), records(database)) == before
    reconcile(project, "--migrate")
    assert (dump(database), records(database)) == after
    assert project.manage("schemaguard", "undo", "8").expect(0).out.count("took back") == 2
    assert [name for _, name in records(database)] == ["0001_initial"]
    project.manage("schemaguard", "undo").expect(0)
    assert (dump(database), records(database)) == before


@ON_POSTGRESQL
def test_an_index_is_made_concurrently_while_another_one_waits(tmp_path: Path, database: Database) -> None:
    """CREATE INDEX CONCURRENTLY waits for every snapshot: whoever waits for the lock must not hold one."""
    project = half_way(tmp_path, database, "pass")
    project.write("app/migrations/0002_code.py", CONCURRENTLY)
    both_end_well(project)
    assert ("app", "0002_code") in records(database)
    assert database.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'thing_n'::regclass") == [(True,)]


def test_a_run_that_was_killed_is_continued_and_said_to_be_interrupted(tmp_path: Path, database: Database) -> None:
    """Killed in the middle of its code: the entry does not say `running` for ever."""
    project = outside(tmp_path, database, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    process = project.start("schemaguard", "reconcile", "--noinput")
    process.communicate(timeout=60)
    assert process.returncode < 0
    assert [(each["id"], each["status"]) for each in history(project)] == [(2, "running"), (1, "done")]

    project.write("app/migrations/0002_code.py", code(COUNTED, atomic=False))
    reconcile(project)

    assert sevens(database) == 1
    assert ("app", "0002_code") in records(database)
    entries = [(each["id"], each["status"]) for each in history(project)]
    assert entries == [(3, "done"), (2, "interrupted"), (1, "done")]
    refusal = project.manage("schemaguard", "undo", "2").expect(1).err
    assert refusal == "schemaguard: entry 2 did not come to its end (interrupted); nothing was changed\n"
    assert project.manage("schemaguard", "reconcile", "--noinput").expect(0).out.startswith("nothing to do\n")


def test_a_run_that_was_killed_after_its_last_step_sends_the_signals(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    project.write("app/models.py", "")
    reconcile(project, "--migrate")
    database.script("UPDATE schemaguard_journal SET status = 'running' WHERE id = 2")
    project.write(
        "app/models.py",
        """
        from django.db.models.signals import post_migrate

        def tell(**kwargs):
            print("post_migrate")

        post_migrate.connect(tell)
        """,
    )
    assert "post_migrate" in reconcile(project).err
    assert history(project)[-2]["status"] == "interrupted"
    assert "post_migrate" not in reconcile(project).err


@ON_SQLITE
def test_the_lock_goes_with_the_process_and_not_with_its_children(tmp_path: Path, database: Database) -> None:
    """Code that forks, and is killed while the child lives on."""
    forks = "import os, signal, time; os.fork() or [os.close(1), os.close(2), time.sleep(90)]"
    project = outside(tmp_path, database, f"{forks}; os.kill(os.getpid(), signal.SIGKILL)")
    process = project.start("schemaguard", "reconcile", "--noinput")
    process.communicate(timeout=60)
    assert process.returncode < 0
    project.write("app/migrations/0002_code.py", code(COUNTED, atomic=False))
    assert reconcile(project).err == UNSEEN
    assert ("app", "0002_code") in records(database)
    assert not Path(f"{database.name}{SUFFIX}").exists()


@ON_POSTGRESQL
def test_the_lock_is_lost_between_two_steps(tmp_path: Path, database: Database) -> None:
    """Whoever ends the connection that holds it: nothing more is done without it."""
    ending = (
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    project = outside(tmp_path, database, f'schema_editor.execute("{ending}")')
    result = reconcile(project, "--migrate", "--format", "json", code=1)
    assert actions(result.json["performed"]) == [("fake", "0001_initial"), ("complete", "0002_code")]
    assert result.json["journal"] == history(project)[0]["id"]
    assert result.err == (
        "schemaguard: the connection that holds the lock was lost; the steps so far are done and recorded: "
        "run it again\n"
    )
    assert "after" not in columns(database)
    reconcile(project, "--migrate")
    assert "after" in columns(database)


@ON_POSTGRESQL
def test_a_state_that_cannot_be_read_has_no_document(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    reconcile(project)
    database.script("ALTER TABLE app_thing ALTER COLUMN n TYPE bigint; INSERT INTO app_thing (n) VALUES (1)")
    with transaction(database, "LOCK TABLE app_thing"):
        result = reconcile(project, "--on-conflict", "alter", "--lock-timeout", "1", "--format", "json", code=1)
    assert result.err.startswith("schemaguard: a lock was not to be had within 1 s, 3 times; nothing was changed")
    assert result.out == ""


@ON_POSTGRESQL
def test_a_lock_that_somebody_else_holds_outside_of_a_transaction(tmp_path: Path, database: Database) -> None:
    project = outside(tmp_path, database, "pass")
    with transaction(database, "SELECT * FROM app_thing") as pid:
        begun = time.monotonic()
        result = reconcile(project, "--lock-timeout", "1", code=1)
        took = time.monotonic() - begun
    assert "a lock was not to be had within 1 s, 3 times; the steps before it are done and recorded" in result.err
    assert f"process {pid} (" in result.err
    assert took < 20
    assert [each["status"] for each in history(project)] == ["failed", "failed", "failed", "done"]
    reconcile(project)
    assert ("app", "0002_code") in records(database)


@ON_SQLITE
def test_somebody_else_writes_outside_of_a_transaction(tmp_path: Path, database: Database) -> None:
    name = "schema_editor.connection.settings_dict['NAME']"
    other = f"import sqlite3; other = sqlite3.connect({name}, isolation_level=None); other.execute('BEGIN IMMEDIATE')"
    project = outside(tmp_path, database, f"{other}; {COUNTED}")
    begun = time.monotonic()
    result = reconcile(project, "--lock-timeout", "0.2", code=1)
    took = time.monotonic() - begun
    assert result.err == (
        "schemaguard: a lock was not to be had within 0.2 s, 3 times; the steps before it are done and recorded\n"
    )
    assert took < 15
    assert sevens(database) == 0
    project.write("app/migrations/0002_code.py", code(COUNTED, atomic=False))
    reconcile(project)
    assert sevens(database) == 1


@ON_POSTGRESQL
def test_the_lock_timeout_of_the_session_is_put_back(tmp_path: Path, database: Database) -> None:
    shown = "print(schema_editor.connection.cursor().execute('SHOW lock_timeout').fetchone()[0])"
    project = outside(tmp_path, database, shown)
    project.write("app/models.py", f"from django.db.models.signals import post_migrate\n{HANDLER}")
    project.remove_migration("app", "0003_last")
    result = reconcile(project, "--lock-timeout", "3", env={"PGOPTIONS": "-c lock_timeout=77s"})
    assert result.err.startswith("3s\nafterwards 77s\n")


HANDLER = """
def tell(using, **kwargs):
    from django.db import connections
    cursor = connections[using].cursor()
    cursor.execute("SHOW lock_timeout")
    print("afterwards", cursor.fetchone()[0])

post_migrate.connect(tell)
"""


def test_migrate_is_journalled_and_can_be_taken_back(tmp_path: Path, database: Database) -> None:
    """What `--migrate` runs stands in the entry like any other step, with fingerprints before and after."""
    first = migration('migrations.CreateModel("One", [("id", models.BigAutoField(primary_key=True))]),')
    second = migration(
        'migrations.CreateModel("Two", [("id", models.BigAutoField(primary_key=True))]),', after=[("app", "0001_one")]
    )
    apps: Any = {"app": {"migrations": {"0001_one": first, "0002_two": second}}}
    project = make_project(tmp_path, apps=apps, settings={"INSTALLED_APPS": ["schemaguard", "app"]}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("DELETE FROM django_migrations; INSERT INTO app_one (id) VALUES (1)")
    document = reconcile(project, "--migrate", "--format", "json").json
    assert actions(document["performed"]) == [("fake", "0001_one"), ("run", "0002_two")]
    assert document["verdict"] == "in_sync"
    (entry,) = history(project)
    assert actions(entry["steps"]) == [("fake", "0001_one"), ("run", "0002_two")]
    assert entry["fingerprint_before"] != entry["fingerprint_after"] == document["fingerprint"]

    database.script("INSERT INTO app_two (id) VALUES (1)")
    line = project.manage("schemaguard", "undo").expect(1).err
    assert "table app_two holds 1 row" in line
    database.script("DELETE FROM app_two")
    project.manage("schemaguard", "undo").expect(0)
    assert records(database) == []
    assert database.execute("SELECT id FROM app_one") == [(1,)]
    with pytest.raises(Exception, match="app_two"):
        database.execute("SELECT * FROM app_two")


def test_two_at_once_with_migrate(tmp_path: Path, database: Database) -> None:
    """A pending data migration is run once."""
    project = half_way(tmp_path, database, f"{COUNTED}; import time; time.sleep(1)")
    both_end_well(project, "--migrate")
    assert sevens(database) == 1
    assert len(history(project)) == 1
