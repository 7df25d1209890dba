"""No connection, or no permission: one clear line on stderr, exit code 2, and nothing on stdout."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands.refusals.lines import PASSWORD, refusal
from tests.harness import Database, Project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator


# -------------------------------------------------------------------------------------------------------- connections
def cannot_connect(database: Database) -> str:
    """What comes before the server's own words."""
    port = database.port or 5432
    on_socket = database.host.startswith("/")
    where = f'on socket "{database.host}/.s.PGSQL.{port}"' if on_socket else f'at "{database.host}", port {port}'
    return f'cannot connect to database "default": connection failed: connection to server {where} failed'


def test_nobody_answers(postgres_project: Project) -> None:
    nowhere = dataclasses.replace(postgres_project.database, host="127.0.0.1", port="1", password=PASSWORD)
    line = refusal(postgres_project.on(nowhere).manage("schemaguard", "check"))
    assert line == (
        'cannot connect to database "default": connection failed: '
        'connection to server at "127.0.0.1", port 1 failed: Connection refused'
    )


def test_no_such_database(postgres_project: Project) -> None:
    nowhere = dataclasses.replace(postgres_project.database, name="nowhere")
    line = refusal(postgres_project.on(nowhere).manage("schemaguard", "check"))
    assert line == f'{cannot_connect(nowhere)}: FATAL: database "nowhere" does not exist'


def test_no_such_role(postgres_project: Project) -> None:
    stranger = dataclasses.replace(postgres_project.database, user="nobody_at_all", password=PASSWORD)
    line = refusal(postgres_project.on(stranger).manage("schemaguard", "check"))
    assert line == f'{cannot_connect(stranger)}: FATAL: role "nobody_at_all" does not exist'


def test_a_wrong_password(postgres_project: Project) -> None:
    rules = Path(postgres_project.database.host, "pg_hba.conf")
    if not rules.is_file():
        pytest.skip("only on a server of our own can the rules be changed")
    database = postgres_project.database
    before = rules.read_text()
    role = f"guarded_{database.name[-8:]}"
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'the right one'")
    rules.write_text(f"local all {role} scram-sha-256\n{before}")
    database.execute("SELECT pg_reload_conf()")
    try:
        guarded = dataclasses.replace(database, user=role, password=PASSWORD)
        line = refusal(postgres_project.on(guarded).manage("schemaguard", "check"))
        assert line == f'{cannot_connect(guarded)}: FATAL: password authentication failed for user "{role}"'
    finally:
        rules.write_text(before)
        database.execute("SELECT pg_reload_conf()")
        database.execute(f"DROP ROLE {role}")


def test_no_such_file(sqlite_project: Project, tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite3"
    nowhere = dataclasses.replace(sqlite_project.database, name=str(missing))
    line = refusal(sqlite_project.on(nowhere).manage("schemaguard", "check"))
    assert line == f'cannot connect to database "default": there is no file {missing}'
    assert not missing.exists()


def test_a_file_that_may_not_be_opened(sqlite_project: Project, tmp_path: Path) -> None:
    """A folder in its place is the nearest that a test run as root comes to a file without permission."""
    nowhere = dataclasses.replace(sqlite_project.database, name=str(tmp_path))
    line = refusal(sqlite_project.on(nowhere).manage("schemaguard", "check"))
    assert line == 'cannot connect to database "default": unable to open database file'


def test_a_file_that_is_no_database(sqlite_project: Project) -> None:
    Path(sqlite_project.database.name).write_text("only a text, and long enough to be taken for a page " * 100)
    line = refusal(sqlite_project.manage("schemaguard", "check"))
    assert line == 'database "default": file is not a database'


def test_a_locked_file(sqlite_project: Project) -> None:
    settings = sqlite_project.path / "project_settings.py"
    settings.write_text(settings.read_text() + 'DATABASES["default"]["OPTIONS"] = {"timeout": 0.1}\n')
    with closing(sqlite_project.database.connect()) as other:
        other.execute("BEGIN EXCLUSIVE")
        line = refusal(sqlite_project.manage("schemaguard", "check"))
    assert line == 'database "default": database is locked'


def test_a_file_that_may_only_be_read(sqlite_project: Project) -> None:
    """Neither the file nor its folder takes a write, as on a read-only medium: a check needs none."""
    sqlite_project.manage("migrate").expect(0)
    name = sqlite_project.database.name
    read_only = dataclasses.replace(sqlite_project.database, name=f"file:{name}?mode=ro&immutable=1")
    settings = sqlite_project.path / "project_settings.py"
    settings.write_text(settings.read_text() + 'DATABASES["default"]["OPTIONS"] = {"uri": True}\n')
    assert "in sync" in sqlite_project.on(read_only).manage("schemaguard", "check").expect(0).out


def test_unknown_alias(project: Project) -> None:
    line = refusal(project.manage("schemaguard", "check", "--database", "replica"))
    assert line == 'unknown database "replica": settings.DATABASES has default'


def test_no_database_in_the_settings(sqlite_project: Project) -> None:
    settings = sqlite_project.path / "project_settings.py"
    settings.write_text(settings.read_text() + "DATABASES = {}\n")
    line = refusal(sqlite_project.manage("schemaguard", "check"))
    assert line == (
        "settings: settings.DATABASES is improperly configured. Please supply the ENGINE value. "
        "Check settings documentation for more details."
    )


@pytest.mark.parametrize("traceback", [(), ("--traceback",)])
def test_no_password_is_ever_shown(postgres_project: Project, traceback: Any) -> None:
    """Given in a URL as the name, as a password, and in an option that the driver quotes as it complains."""
    database = dataclasses.replace(
        postgres_project.database, name=f"postgresql://u:{PASSWORD}@127.0.0.1:1/x", password=PASSWORD
    )
    result = postgres_project.on(database).manage("schemaguard", "check", *traceback).expect(2)
    assert "********" in result.err
    assert "word" not in result.err.replace("password", "")
    assert ("Traceback" in result.err) == bool(traceback)


def test_a_password_in_the_options_is_not_shown(postgres_project: Project) -> None:
    settings = postgres_project.path / "project_settings.py"
    options = {"password": PASSWORD, "options": f"-c search_path={PASSWORD}", "connect_timeout": 2, "sslmode": PASSWORD}
    settings.write_text(settings.read_text() + f'DATABASES["default"]["OPTIONS"] = {options!r}\n')
    result = postgres_project.manage("schemaguard", "check")
    assert refusal(result) == (
        'cannot connect to database "default": connection is bad: invalid sslmode value: "********"'
    )


def test_a_password_in_a_service_file_is_not_shown(postgres_project: Project, tmp_path: Path) -> None:
    service = tmp_path / "services.conf"
    service.write_text(f"[shop]\nhost=127.0.0.1\nport=1\ndbname=shop\npassword={PASSWORD}\nsslmode={PASSWORD}\n")
    settings = postgres_project.path / "project_settings.py"
    settings.write_text(
        settings.read_text()
        + 'DATABASES["default"] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"service": "shop"}}\n'
    )
    env = {"PGSERVICEFILE": str(service), "PGPASSWORD": PASSWORD}
    result = postgres_project.manage("schemaguard", "check", env=env)
    assert refusal(result) == (
        'cannot connect to database "default": connection is bad: invalid sslmode value: "********"'
    )


# --------------------------------------------------------------------------------------------------------- permission
@pytest.fixture
def reader(postgres_project: Project) -> Iterator[Any]:
    """A role that may connect, and nothing else."""
    database = postgres_project.database
    role = f"reader_{database.name[-8:]}"
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'reading'")
    yield dataclasses.replace(database, user=role, password="reading")
    database.execute(f"DROP OWNED BY {role}")
    database.execute(f"DROP ROLE {role}")


def test_records_that_may_not_be_read(postgres_project: Project, reader: Database) -> None:
    postgres_project.manage("migrate").expect(0)
    line = refusal(postgres_project.on(reader).manage("schemaguard", "check"))
    assert line == ('database "default": permission denied for table django_migrations; a check needs SELECT there')


def test_tables_that_may_not_be_read(postgres_project: Project, reader: Database) -> None:
    """All of them, not the first; a table that is none of the project's does not matter."""
    other = migration('migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True))]),')
    postgres_project.write_app("notes", {"migrations": {"0001_initial": other}})
    settings = postgres_project.path / "project_settings.py"
    settings.write_text(settings.read_text() + 'INSTALLED_APPS += ["notes"]\n')
    postgres_project.manage("migrate").expect(0)
    database = postgres_project.database
    database.execute("CREATE TABLE secrets (id integer)")
    database.execute(f"GRANT SELECT ON django_migrations TO {reader.user}")
    line = refusal(postgres_project.on(reader).manage("schemaguard", "check"))
    assert line == 'database "default": permission denied for tables notes_note, users; a check needs SELECT there'
    database.execute(f"GRANT SELECT ON users TO {reader.user}")
    for argv in (["check"], ["reconcile", "--noinput"]):
        line = refusal(postgres_project.on(reader).manage("schemaguard", *argv))
        assert line == 'database "default": permission denied for table notes_note; a check needs SELECT there'
    database.execute(f"GRANT SELECT ON notes_note TO {reader.user}")
    assert "in sync" in postgres_project.on(reader).manage("schemaguard", "check").expect(0).out
    assert "in sync" in postgres_project.on(reader).manage("schemaguard", "reconcile", "--noinput").expect(0).out


def test_a_catalog_that_may_not_be_read(postgres_project: Project, reader: Database) -> None:
    postgres_project.database.execute("REVOKE SELECT ON pg_constraint FROM public")
    line = refusal(postgres_project.on(reader).manage("schemaguard", "check"))
    assert line == 'database "default": permission denied for table pg_constraint; a check needs SELECT there'


def test_a_schema_that_may_not_be_used(postgres_project: Project, reader: Database) -> None:
    """Every migration would look pending there."""
    postgres_project.manage("migrate").expect(0)
    postgres_project.database.execute("REVOKE USAGE ON SCHEMA public FROM public")
    line = refusal(postgres_project.on(reader).manage("schemaguard", "check"))
    told = "this role may not use schema public, which its search_path names; a check needs USAGE there"
    assert line == f'database "default": {told}'
    postgres_project.database.script(
        "ALTER TABLE users RENAME TO users_of_before; CREATE SCHEMA mine; CREATE TABLE mine.users (id integer);"
        f"GRANT USAGE ON SCHEMA mine TO {reader.user};"
        f"ALTER ROLE {reader.user} SET search_path TO mine, public"
    )
    for argv in (["check"], ["reconcile", "--noinput"]):
        assert refusal(postgres_project.on(reader).manage("schemaguard", *argv)) == f'database "default": {told}'


def test_a_search_path_that_leads_nowhere(postgres_project: Project, reader: Database) -> None:
    postgres_project.manage("migrate").expect(0)
    postgres_project.database.execute(f"ALTER ROLE {reader.user} SET search_path TO nowhere")
    line = refusal(postgres_project.on(reader).manage("schemaguard", "check"))
    told = "the search_path of this role, nowhere, leads to no schema that it may use: nothing can be seen"
    assert line == f'database "default": {told}'


def test_a_search_path_that_leads_somewhere_too(postgres_project: Project, reader: Database) -> None:
    """A schema without records is nobody's concern, whether it can be used or not."""
    postgres_project.manage("migrate").expect(0)
    postgres_project.database.script(
        f"CREATE SCHEMA topology; CREATE TABLE topology.layer (id integer);"
        f"GRANT SELECT ON users, django_migrations TO {reader.user};"
        f'ALTER ROLE {reader.user} SET search_path TO nowhere, "$user", topology, public'
    )
    assert "in sync" in postgres_project.on(reader).manage("schemaguard", "check").expect(0).out
