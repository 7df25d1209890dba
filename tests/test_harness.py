"""The harness itself, on real databases: a test that stands on it has to know that it tells the truth."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.harness import Database, Mysql, Postgres, Server, catalog_dump, make_project, records, rows
from tests.harness.commands import ROOT
from tests.histories import ALONE, SHOP

USERS = "CREATE TABLE users (id integer PRIMARY KEY, name varchar(75) NOT NULL)"


def test_a_fresh_database_is_empty(database: Database) -> None:
    assert rows(database) == {}
    assert records(database) == []


def test_a_dropped_database_is_gone_even_while_somebody_is_connected(postgres: Postgres) -> None:
    with postgres.fresh() as database:
        bystander = database.connect()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        database.connect()
    bystander.close()


def test_a_template_is_built_once_and_its_copies_go_their_own_way(server: Server, vendor: str) -> None:
    built = []

    def build(database: Database) -> None:
        built.append(database)
        database.execute(USERS)
        database.execute("INSERT INTO users VALUES (1, 'Ada')")

    first = server.copy(server.template("a user", build))
    second = server.copy(server.template("a user", build))
    first.execute("DELETE FROM users")

    assert second.execute("SELECT * FROM users") == [(1, "Ada")]
    assert server.template("a user", build).execute("SELECT * FROM users") == [(1, "Ada")]
    assert len(built) == 1


ON_MYSQL = """
CREATE TABLE users (id int PRIMARY KEY, name varchar(75), twice int AS (id * 2) STORED);
CREATE TABLE pets (id int PRIMARY KEY, owner int, FOREIGN KEY (owner) REFERENCES users (id));
INSERT INTO users (id, name) VALUES (1, 'Ada');
INSERT INTO pets VALUES (7, 1);
CREATE FUNCTION first_number() RETURNS int DETERMINISTIC RETURN 1;
CREATE VIEW owners AS SELECT name, first_number() AS number FROM users;
CREATE TRIGGER named BEFORE INSERT ON users FOR EACH ROW SET NEW.name = upper(NEW.name)
"""


def test_a_copy_on_mysql_has_all_that_its_template_has(mysql: Mysql) -> None:
    def build(database: Database) -> None:
        for statement in ON_MYSQL.split(";"):
            database.execute(statement)

    template = mysql.template("of everything", build)
    with mysql.fresh(template) as copy:
        assert catalog_dump(copy) == catalog_dump(template)
        assert rows(copy) == rows(template)
        copy.execute("INSERT INTO users (id, name) VALUES (2, 'Eve')")
        assert copy.execute("SELECT * FROM owners ORDER BY name") == [("Ada", 1), ("EVE", 1)]
        assert template.execute("SELECT count(*) FROM users") == [(1,)]


def test_a_template_on_postgresql_refuses_to_be_changed(postgres: Postgres) -> None:
    template = postgres.template("sealed", lambda database: database.execute(USERS))
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        template.execute("DROP TABLE users")
    postgres.copy(template).execute("DROP TABLE users")


def test_the_url_of_a_server_may_name_a_port_or_a_folder_of_sockets() -> None:
    assert Database.from_url("postgresql://ada:s%40fe@db.example:5433/shop") == Database(
        vendor="postgresql", name="shop", host="db.example", port="5433", user="ada", password="s@fe"
    )
    assert Database.from_url("postgres://postgres:@/postgres?host=/run/pg") == Database(
        vendor="postgresql", name="postgres", host="/run/pg", user="postgres"
    )
    assert Database.from_url("mysql://root@127.0.0.1:3306/") == Database(
        vendor="mysql", name="", host="127.0.0.1", port="3306", user="root"
    )


def test_the_embedded_server_stops_though_the_tests_fail(tmp_path: Path) -> None:
    # A run of its own, without this project's configuration, under a temporary folder of its own to find leftovers in.
    # Its path is short: that of a unix socket may have 107 bytes.
    left = Path(tempfile.mkdtemp(prefix="left-"))
    (tmp_path / "run.py").write_text(
        "from tests.harness.embedded import embedded_server\n"
        "with embedded_server() as admin:\n"
        "    print(admin.execute('SELECT pid FROM pg_stat_activity WHERE backend_type = %s', ['checkpointer'])[0][0])\n"
        "    raise SystemExit('a test failed')\n"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        # The PATH of `su`, in which root finds no `useradd`.
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(left), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
    assert list(left.glob("schemaguard-*")) == []
    shutil.rmtree(left)


def test_the_same_history_gives_the_same_dump(tmp_path: Path, server: Server) -> None:
    with server.fresh() as here, server.fresh() as there:
        for database in (here, there):
            project = make_project(tmp_path, apps=SHOP, settings=ALONE, database=database)
            project.manage("migrate").expect(0)
        assert catalog_dump(here) == catalog_dump(there)
        assert "email" in catalog_dump(here)


POSTGRES_SCHEMA = """
    CREATE TYPE mood AS ENUM ('fine', 'so-so');
    CREATE TABLE users (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name varchar(75) NOT NULL DEFAULT 'x',
        age integer, CONSTRAINT grown_up CHECK (age > 17));
    CREATE INDEX users_name ON users (name) WHERE age > 20;
    CREATE TABLE posts (id serial, author bigint REFERENCES users DEFERRABLE INITIALLY DEFERRED, feels mood);
    CREATE VIEW adults AS SELECT 17 AS id;
"""

POSTGRES_DUMP = """\
column adults.id: integer
column posts.author: bigint
column posts.feels: mood
column posts.id: integer not null default nextval('posts_id_seq'::regclass)
column users.age: integer
column users.id: bigint not null identity by default
column users.name: character varying(75) not null default 'x'::character varying
constraint posts.posts_author_fkey: FOREIGN KEY (author) REFERENCES users(id) DEFERRABLE INITIALLY DEFERRED
constraint users.grown_up: CHECK ((age > 17))
constraint users.users_pkey: PRIMARY KEY (id)
extension plpgsql
index users.users_name: CREATE INDEX users_name ON public.users USING btree (name) WHERE (age > 20)
index users.users_pkey: CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)
schema public
sequence posts_id_seq: integer start 1 increment 1 owned by posts.id
sequence users_id_seq: bigint start 1 increment 1 owned by users.id
table adults: view  SELECT 17 AS id;
table posts: table
table users: table
type mood: enum ('fine', 'so-so')"""


def test_the_dump_of_postgresql_tells_every_object(postgres_database: Database) -> None:
    postgres_database.script(POSTGRES_SCHEMA)
    assert catalog_dump(postgres_database) == POSTGRES_DUMP


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE users ALTER name DROP NOT NULL",
        "ALTER TABLE users ALTER name TYPE varchar(76)",
        "ALTER TABLE users ALTER name DROP DEFAULT",
        "ALTER TABLE users ALTER id SET GENERATED ALWAYS",
        "ALTER TABLE users DROP CONSTRAINT grown_up",
        "ALTER TABLE users DROP CONSTRAINT grown_up, ADD CONSTRAINT grown_up CHECK (age > 17) NOT VALID",
        "DROP INDEX users_name",
        "DROP INDEX users_name; CREATE INDEX users_name ON users (name) WHERE age > 21",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_name'::regclass",
        "ALTER TABLE posts DROP CONSTRAINT posts_author_fkey, ADD CONSTRAINT posts_author_fkey "
        "FOREIGN KEY (author) REFERENCES users",
        "ALTER TYPE mood ADD VALUE 'low'",
        "ALTER SEQUENCE posts_id_seq OWNED BY NONE",
        "COMMENT ON COLUMN users.age IS 'in years'",
        "CREATE EXTENSION hstore",
        "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE FUNCTION first_number() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE OR REPLACE VIEW adults AS SELECT 18 AS id",
    ],
)
def test_no_change_escapes_the_dump_of_postgresql(postgres: Postgres, change: str) -> None:
    with postgres.fresh(postgres.template("dump", lambda empty: empty.script(POSTGRES_SCHEMA))) as database:
        before = catalog_dump(database)
        database.script(change)
        assert catalog_dump(database) != before


def test_the_dump_of_sqlite_is_what_it_was_given(sqlite_database: Database) -> None:
    sqlite_database.script(f"{USERS}; CREATE INDEX users_name ON users (name)")
    assert catalog_dump(sqlite_database).splitlines() == [
        "index users_name: CREATE INDEX users_name ON users (name)",
        f"table users: {USERS}",
    ]


def test_a_dump_can_leave_a_table_out(database: Database) -> None:
    database.execute(USERS)
    before = catalog_dump(database)
    database.execute("CREATE TABLE journal (id integer PRIMARY KEY)")
    assert catalog_dump(database) != before
    assert catalog_dump(database, without=["journal"]) == before
    assert rows(database, without=["journal"]).keys() == {"users"}


def test_rows_tell_of_every_value_and_of_no_order(database: Database) -> None:
    database.execute(USERS)
    database.execute("INSERT INTO users VALUES (1, 'Ada')")
    database.execute("INSERT INTO users VALUES (2, 'Grace')")
    before = rows(database)
    assert before["users"].startswith("2 rows ")

    database.execute("DELETE FROM users")
    database.execute("INSERT INTO users VALUES (2, 'Grace')")
    database.execute("INSERT INTO users VALUES (1, 'Ada')")
    assert rows(database) == before

    database.execute("UPDATE users SET name = 'Ada L.' WHERE id = 1")
    assert rows(database) != before


def test_a_table_may_be_called_anything(sqlite_database: Database, postgres_database: Database) -> None:
    for database in (sqlite_database, postgres_database):
        database.execute('CREATE TABLE """; DROP TABLE x; --" (id integer)')
        assert rows(database).keys() == {'"; DROP TABLE x; --'}


def test_a_case_on_sqlite_needs_no_server(tmp_path: Path) -> None:
    project = make_project(tmp_path, apps=SHOP, settings=ALONE)
    project.manage("migrate", "--verbosity", "0").expect(0)
    assert project.database.execute("SELECT count(*) FROM users") == [(0,)]
