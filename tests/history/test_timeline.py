"""The timeline: what each operation, and each statement of raw SQL, does to the line of each object."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import models
from django.db.migrations.operations import (
    AddField,
    AddIndex,
    AlterField,
    AlterModelTable,
    CreateModel,
    RenameField,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.models.functions import Lower

from tests.harness import Database
from tests.history.walks import told, walk

Connect = Callable[[Database], AbstractContextManager[Any]]
only_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def user() -> CreateModel:
    return CreateModel("User", [("id", models.AutoField(primary_key=True)), ("name", models.TextField(unique=True))])


def log() -> CreateModel:
    key: Any = models.ForeignKey("shop.user", models.CASCADE, to_field="name", db_index=False)
    return CreateModel("Log", [("id", models.AutoField(primary_key=True)), ("note", models.TextField()), ("user", key)])


@only_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        # Of things that are not there.
        "DROP TABLE IF EXISTS nothing",
        "ALTER TABLE IF EXISTS nothing RENAME TO something",
        "COMMENT ON TABLE nothing IS 'x'",
        "ALTER TABLE IF EXISTS nothing ADD COLUMN a int",
        "ALTER TABLE IF EXISTS nothing DROP COLUMN note",
        "ALTER TABLE IF EXISTS nothing ALTER COLUMN note DROP NOT NULL",
        "ALTER TABLE shop_log DROP COLUMN IF EXISTS nothing",
        "ALTER TABLE shop_log ALTER COLUMN nothing DROP NOT NULL",
        "ALTER TABLE shop_log DROP CONSTRAINT IF EXISTS nothing",
        "CREATE INDEX i ON nothing (a)",
        "DROP INDEX IF EXISTS nothing",
        "ALTER INDEX IF EXISTS nothing RENAME TO something",
        "DROP VIEW IF EXISTS nothing",
        # Of things that are there already.
        "CREATE TABLE IF NOT EXISTS shop_log (id int)",
        "ALTER TABLE shop_log RENAME TO shop_user",
        "ALTER TABLE shop_log ADD COLUMN IF NOT EXISTS note int",
        "ALTER TABLE shop_log RENAME COLUMN note TO user_id",
    ],
)
def test_a_statement_that_finds_nothing_to_do_is_no_step(connect: Connect, database: Database, statement: str) -> None:
    with connect(database) as connection:
        history = walk(connection, user(), log(), RunSQL(statement))
    assert told(history, since=2) == {}


@only_postgresql
@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["COMMENT ON TABLE shop_log IS 'x'"], {"shop_log": ["2: shop_log (x)"]}),
        (
            ["ALTER TABLE shop_log ADD CONSTRAINT c CHECK (id > 0)"] * 2,
            {"shop_log check over id": ["2: c CHECK (id > 0)"]},
        ),
        (
            ["ALTER TABLE shop_log DROP COLUMN note", "ALTER TABLE shop_log ADD COLUMN note text"],
            {"shop_log.note": ["2: gone", "3: note text NULL"]},
        ),
        # What hangs on a thing goes with it.
        (
            ["CREATE INDEX i ON shop_log (note, id)", "ALTER TABLE shop_log DROP COLUMN note"],
            {"shop_log index over note, id": ["2: i INDEX (note, id)", "3: gone"], "shop_log.note": ["3: gone"]},
        ),
        (
            ["DROP TABLE shop_user CASCADE", "CREATE TABLE shop_user (id int)"],
            {
                "shop_user": ["2: gone", "3: shop_user"],
                "shop_user.id": ["2: gone", "3: id integer NULL"],
                "shop_user.name": ["2: gone"],
                "shop_user primary_key over id": ["2: gone"],
                "shop_user unique over name": ["2: gone"],
                "shop_user index over name": ["2: gone"],
                "shop_log foreign_key over user_id": ["2: gone"],
            },
        ),
        # And follows it, when it is renamed.
        (
            ["ALTER TABLE shop_user RENAME TO people"],
            {
                "shop_user": ["2: people"],
                "shop_log foreign_key over user_id": [
                    "2: FOREIGN KEY (user_id) REFERENCES people (name) DEFERRABLE INITIALLY DEFERRED"
                ],
            },
        ),
        (
            ["ALTER TABLE shop_user RENAME COLUMN name TO title"],
            {
                "shop_user.name": ["2: title text NOT NULL"],
                "shop_user unique over name": ["2: UNIQUE (title)"],
                "shop_user index over name": ["2: INDEX (title text_pattern_ops)"],
                "shop_log foreign_key over user_id": [
                    "2: FOREIGN KEY (user_id) REFERENCES shop_user (title) DEFERRABLE INITIALLY DEFERRED"
                ],
            },
        ),
        (
            ["ALTER TABLE shop_user RENAME COLUMN id TO number"],
            {
                "shop_user.id": ["2: number integer NOT NULL AUTO"],
                "shop_user primary_key over id": ["2: PRIMARY KEY (number)"],
            },
        ),
        (
            [
                "CREATE INDEX i ON shop_log (lower(note)) INCLUDE (id) WHERE note <> 'note' AND id > 0",
                "ALTER TABLE shop_log ADD CONSTRAINT c CHECK (note <> 'note')",
                "ALTER TABLE shop_log RENAME COLUMN note TO text",
            ],
            {
                "shop_log.note": ["4: text text NOT NULL"],
                "shop_log index over expressions": [
                    "2: i INDEX ((lower(note))) INCLUDE (id) WHERE note <> 'note' AND id > 0",
                    "4: i INDEX ((lower(text))) INCLUDE (id) WHERE text <> 'note' AND id > 0",
                ],
                "shop_log check over note": ["3: c CHECK (note <> 'note')", "4: c CHECK (text <> 'note')"],
            },
        ),
        # A constraint has a name of its own, or the one that the server gives.
        (
            [
                "ALTER TABLE shop_log ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
                "ALTER TABLE shop_log VALIDATE CONSTRAINT c",
                "ALTER TABLE shop_log RENAME CONSTRAINT c TO d",
                "ALTER TABLE shop_log DROP CONSTRAINT d",
                "ALTER TABLE shop_log ADD CONSTRAINT d CHECK (id > 1)",
            ],
            {
                "shop_log check over id": [
                    "2: c CHECK (id > 0) NOT VALID",
                    "3: c CHECK (id > 0)",
                    "4: d CHECK (id > 0)",
                    "5: gone",
                    "6: d CHECK (id > 1)",
                ]
            },
        ),
        (
            [
                "CREATE INDEX i ON shop_log (note)",
                "CREATE INDEX j ON shop_log (id)",
                "ALTER INDEX i RENAME TO j",  # the server refuses this
                "ALTER INDEX i RENAME TO k",
            ],
            {
                "shop_log index over note": ["2: i INDEX (note)", "5: k INDEX (note)"],
                "shop_log index over id": ["3: j INDEX (id)"],
            },
        ),
        (
            [
                "ALTER TABLE shop_log DROP CONSTRAINT shop_log_user_id_fkey",
                "ALTER TABLE shop_user DROP CONSTRAINT shop_user_pkey",
                "ALTER TABLE shop_user RENAME CONSTRAINT shop_user_name_key TO once",
            ],
            {
                "shop_log foreign_key over user_id": ["2: gone"],
                "shop_user primary_key over id": ["3: gone"],
                "shop_user unique over name": ["4: once UNIQUE (name)"],
            },
        ),
        # Others are there or not.
        (["CREATE VIEW v AS SELECT 1", "DROP VIEW v"], {"view v": ["2: there", "3: gone"]}),
    ],
)
def test_raw_sql(connect: Connect, database: Database, statements: list[str], expected: dict[str, list[str]]) -> None:
    with connect(database) as connection:
        history = walk(connection, user(), log(), *map(RunSQL, statements))
    assert told(history, since=2) == expected


def by_state_alone(*operations: Any) -> SeparateDatabaseAndState:
    return SeparateDatabaseAndState(state_operations=list(operations))


def test_operations_go_on_from_a_table_that_the_state_alone_has(connect: Connect, database: Database) -> None:
    more = AddField("log", "more", models.IntegerField(null=True))
    with connect(database) as connection:
        history = walk(connection, by_state_alone(user()), by_state_alone(log()), more)
    assert told(history) == {
        "shop_log": ["-: shop_log"],
        "shop_log.id": ["-: id integer NOT NULL AUTO"],
        "shop_log.note": ["-: note text NOT NULL"],
        "shop_log.user_id": ["-: user_id text NOT NULL"],
        "shop_log.more": ["2: more integer NULL"],
        "shop_log primary_key over id": ["-: PRIMARY KEY (id)"],
        "shop_log foreign_key over user_id": [
            "-: FOREIGN KEY (user_id) REFERENCES shop_user (name) DEFERRABLE INITIALLY DEFERRED"
        ],
    }


@only_postgresql
def test_a_key_of_a_table_that_the_state_alone_has_follows_its_target(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        history = walk(
            connection,
            by_state_alone(user(), log()),
            AddField("log", "more", models.IntegerField(null=True)),
            AlterModelTable("user", "people"),
        )
    assert told(history, since=2) == {
        **{name: steps[:1] for name, steps in told(history).items() if steps[0].startswith("-")},
        "shop_user": ["-: shop_user", "2: people"],
        "shop_log foreign_key over user_id": [
            "-: FOREIGN KEY (user_id) REFERENCES shop_user (name) DEFERRABLE INITIALLY DEFERRED",
            "2: FOREIGN KEY (user_id) REFERENCES people (name) DEFERRABLE INITIALLY DEFERRED",
        ],
    }


def test_operations_go_on_from_a_column_that_the_state_alone_has(connect: Connect, database: Database) -> None:
    def more() -> AddField:
        return AddField("log", "more", models.IntegerField(null=True))

    with connect(database) as connection:
        altered = walk(
            connection, user(), log(), by_state_alone(more()), AlterField("log", "more", models.TextField(null=True))
        )
        beside = walk(
            connection, user(), log(), by_state_alone(more()), AddField("log", "again", models.TextField(null=True))
        )
    assert told(altered, since=2) == {"shop_log.more": ["-: more integer NULL", "3: more text NULL"]}
    assert told(beside, since=2) == {
        "shop_log.more": ["-: more integer NULL"],
        "shop_log.again": ["3: again text NULL"],
    }


def test_a_model_takes_over_a_table_of_raw_sql_with_what_it_lacks(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        history = walk(
            connection,
            RunSQL("CREATE TABLE shop_more (a integer)"),
            CreateModel("More", [("id", models.AutoField(primary_key=True))]),
        )
    assert told(history) == {
        "shop_more": ["0: shop_more", "1: shop_more"],
        "shop_more.a": ["0: a integer NULL"],
        "shop_more.id": ["1: id integer NOT NULL AUTO"],
        "shop_more primary_key over id": ["1: PRIMARY KEY (id)"],
    }


@only_postgresql
def test_a_compiled_expression_is_left_as_it_was_where_raw_sql_renames_its_column(
    connect: Connect, database: Database
) -> None:
    with connect(database) as connection:
        history = walk(
            connection,
            user(),
            log(),
            AddIndex("log", models.Index(Lower("note"), name="i")),
            RunSQL(
                "ALTER TABLE shop_log RENAME COLUMN note TO text",
                state_operations=[RenameField("log", "note", "text")],
            ),
        )
        found = told(history, since=2)
    assert found["shop_log.note"] == ["3: text text NOT NULL"]
    assert found["shop_log index over expressions"][0] == '2: i INDEX ((LOWER("note")))'


def test_a_model_may_give_up_a_constraint_that_raw_sql_dropped(connect: Connect, postgres_database: Database) -> None:
    with connect(postgres_database) as connection:
        history = walk(
            connection,
            user(),
            RunSQL("ALTER TABLE shop_user DROP CONSTRAINT shop_user_name_key"),
            AlterField("user", "name", models.TextField()),
        )
    assert told(history, since=1) == {
        "shop_user unique over name": ["1: gone"],
        "shop_user index over name": ["2: gone"],
    }
