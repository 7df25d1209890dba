"""What is told of a database that is not as its history says: one finding for each cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.postgres.operations import CreateExtension
from django.db import models
from django.db.migrations.operations import (
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    CreateModel,
    DeleteModel,
    RemoveField,
    RemoveIndex,
    RenameIndex,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)

from tests.location.places import location, migrate, plan, told

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect


def log(*more: tuple[str, Any], **options: Any) -> CreateModel:
    fields: list[tuple[str, models.Field]] = [("id", models.AutoField(primary_key=True)), ("note", models.TextField())]
    return CreateModel("Log", [*fields, ("number", models.IntegerField()), *more], options=options)


def add(name: str, **attributes: Any) -> AddField:
    return AddField("log", name, models.IntegerField(null=True, **attributes))


def index(*fields: str) -> models.Index:
    return models.Index(fields=list(fields), name="i")


def by_state_alone(*operations: Any) -> SeparateDatabaseAndState:
    return SeparateDatabaseAndState(state_operations=list(operations))


def make_an_index(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("CREATE INDEX made_by_code ON shop_log (note)")


@pytest.mark.parametrize(
    ("operations", "script", "expected"),
    [
        (
            lambda: [log(), CreateExtension("hstore")],
            "DROP EXTENSION hstore",
            ["SG411 extension hstore is missing; shop.0001 makes it"],
        ),
        (lambda: [log(), CreateExtension("hstore")], "", []),
        (
            lambda: [log(db_table_comment="all of it")],
            "COMMENT ON TABLE shop_log IS 'half of it'",
            ["SG431 the comment of shop_log is half of it; shop.0000 makes it all of it"],
        ),
        (
            lambda: [log(), add("more", db_comment="all of it")],
            "COMMENT ON COLUMN shop_log.more IS 'half of it'",
            ["SG431 shop_log.more is half of it; shop.0001 makes it all of it"],
        ),
        # Recorded removals of what is there.
        (
            lambda: [log(), DeleteModel("log")],
            "CREATE TABLE shop_log (id int, note text, strange int NOT NULL); CREATE INDEX x ON shop_log (id)",
            ["SG202 table shop_log is still there; shop.0001 removes it and is recorded"],
        ),
        (
            lambda: [log(), RemoveField("log", "number")],
            "ALTER TABLE shop_log ADD number integer NOT NULL",
            [
                "SG206 column number is still there; shop.0001 removes it and is recorded; "
                "it is NOT NULL and has no default: every INSERT of Django's fails on it"
            ],
        ),
        (
            lambda: [log(), RemoveField("log", "number")],
            "ALTER TABLE shop_log ADD number integer",
            ["SG205 column number is still there; shop.0001 removes it and is recorded"],
        ),
        (
            lambda: [log(), AddIndex("log", index("note")), RemoveIndex("log", "i")],
            "CREATE INDEX i ON shop_log (note)",
            ["SG353 index i is still there; shop.0002 removes it and is recorded"],
        ),
        # What bears another name, and what hangs on it.
        (
            lambda: [log(indexes=[index("note")])],
            "ALTER INDEX i RENAME TO j",
            ["SG352 index i on shop_log was renamed to j, by its definition; shop.0000 calls it i"],
        ),
        (
            lambda: [
                log(),
                AlterIndexTogether("log", {("note", "id")}),
                RenameIndex("log", "i", old_fields=("note", "id")),
            ],
            "ALTER INDEX i RENAME TO j",
            ["SG352 index j on shop_log is INDEX (note, id) called j; shop.0002 makes it INDEX (note, id) called i"],
        ),
        (
            lambda: [log()],
            "ALTER TABLE shop_log RENAME note TO remark; CREATE INDEX x ON shop_log (remark)",
            ["SG204 shop_log.note was renamed to remark, by its type; shop.0000 calls it note"],
        ),
        (
            lambda: [log()],
            "ALTER TABLE shop_log RENAME TO diary",
            ["SG209 table shop_log was renamed to diary, by its columns or keys; shop.0000 calls it shop_log"],
        ),
        # Strange things.
        (
            lambda: [log()],
            "ALTER TABLE shop_log ADD strange integer NOT NULL; CREATE INDEX x ON shop_log (strange)",
            [
                "SG206 column shop_log.strange was made outside the migrations, is NOT NULL and has no default: "
                "every INSERT of Django's fails on it"
            ],
        ),
        (
            lambda: [log()],
            "CREATE TABLE old (id integer PRIMARY KEY, log_id integer REFERENCES shop_log ON DELETE RESTRICT, "
            "twin_id integer REFERENCES shop_log ON DELETE CASCADE, old_id integer REFERENCES old)",
            [
                "SG202 table old was made outside the migrations; its FOREIGN KEY (log_id) REFERENCES shop_log (id) "
                "ON DELETE RESTRICT keeps rows of shop_log from being deleted, for Django does not delete what points "
                "at them"
            ],
        ),
        (
            lambda: [log(), RunPython(make_an_index)],
            "",
            [
                "SG553 index made_by_code on shop_log was made outside the migrations, "
                "but the project's own code spells its name"
            ],
        ),
        (
            lambda: [log(), RunSQL("ALTER TABLE shop_log ADD CONSTRAINT always CHECK (true)")],
            "ALTER TABLE shop_log DROP CONSTRAINT always; CREATE INDEX x ON shop_log (note)",
            [
                "SG331 check always on shop_log is missing; shop.0001 makes it",
                "SG353 index x on shop_log was made outside the migrations",
            ],
        ),
    ],
)
def test_a_database_that_was_migrated_and_changed_by_hand(
    connect: Connect, postgres_database: Database, operations: Any, script: str, expected: list[str]
) -> None:
    with connect(postgres_database) as connection:
        migrate(connection, plan(*operations()))
        postgres_database.script(script)
        assert told(location(connection, plan(*operations()))) == expected


TABLE = "CREATE TABLE shop_log (id serial PRIMARY KEY, note text NOT NULL, number integer NOT NULL{})"


@pytest.mark.parametrize(
    ("operations", "script", "expected"),
    [
        # What no operation made is missed where one goes on from it.
        (
            lambda: [by_state_alone(log()), add("more")],
            "",
            ["SG201 table shop_log is missing, and no migration makes it: shop.0000 takes it for granted"],
        ),
        # Else nothing is told of it.
        (lambda: [log(), by_state_alone(add("more")), add("again")], TABLE.format(", again integer"), []),
        # But of what an operation made of it.
        (
            lambda: [log(), by_state_alone(add("more")), AlterField("log", "more", models.TextField(null=True))],
            TABLE.format(""),
            ["SG203 shop_log.more is missing; shop.0002 makes it"],
        ),
        (
            lambda: [by_state_alone(log()), add("more")],
            TABLE.format(", more integer, strange integer"),
            ["SG205 column shop_log.strange was made outside the migrations"],
        ),
        # What the server cannot compare.
        (
            lambda: [log(), RunSQL("ALTER TABLE shop_log ALTER note SET DEFAULT nothing('x')")],
            TABLE.format("") + "; ALTER TABLE shop_log ALTER note SET DEFAULT 'y'",
            [
                "SG207 shop_log.note is text NOT NULL DEFAULT 'y'::text; whether that is what shop.0001 makes "
                "(text NOT NULL DEFAULT nothing('x')) cannot be told"
            ],
        ),
        (
            lambda: [log(), RunSQL("ALTER TABLE shop_log ADD CONSTRAINT c CHECK (nothing(note))")],
            TABLE.format(", CONSTRAINT c CHECK (number > 1)"),
            [
                "SG334 check c on shop_log is CHECK ((number > 1)); whether that is what shop.0001 makes "
                "(CHECK (nothing(note))) cannot be told"
            ],
        ),
    ],
)
def test_a_database_that_was_made_by_hand(
    connect: Connect, postgres_database: Database, operations: Any, script: str, expected: list[str]
) -> None:
    with connect(postgres_database) as connection:
        postgres_database.script(script)
        assert told(location(connection, plan(*operations()))) == expected


def test_a_table_may_be_that_of_an_app_whose_migrations_are_gone(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        migrate(connection, plan(log()))
        database.execute("CREATE TABLE old_shop_thing (id integer)")
        orphans = [("old", "0001"), ("old_shop", "0001"), ("ol", "0001")]
        found = told(location(connection, plan(log()), orphans=orphans))
    assert [each for each in found if "table" in each] == [
        "SG202 table old_shop_thing was made outside the migrations "
        "(perhaps by old_shop, whose migrations are recorded and no longer on disk)"
    ]
