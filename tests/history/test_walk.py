"""What operations do that is not, or not all, in the models: what is walked past, and what is heard of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.postgres.operations import CreateCollation, RemoveCollation
from django.db import models
from django.db.migrations.operations import (
    AddField,
    AlterField,
    RenameField,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.test import override_settings

from tests.history.test_timeline import Connect, log, user
from tests.history.walks import told, walk

if TYPE_CHECKING:
    from tests.harness import Database


class Renders(Operation):
    """A third party's operation that looks at the models of its state, or at their relations."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def state_forwards(self, app_label: str, state: Any) -> None:
        getattr(state, self.attribute)


@pytest.mark.parametrize("attribute", ["apps", "relations"])
def test_it_comes_to_the_same_where_an_operation_renders_the_models(
    connect: Connect, database: Database, attribute: str
) -> None:
    def later(first: Operation) -> dict[str, list[str]]:
        wider = AlterField(
            "user", "title", models.CharField(max_length=9, unique=True, default="x"), preserve_default=False
        )
        history = walk(connection, user(), log(), first, RenameField("user", "name", "title"), wider)
        assert not history.state.models["shop", "user"].fields["title"].has_default()
        return told(history, since=3)

    with connect(database) as connection:
        found = later(Renders(attribute))
        assert found == later(RunPython(RunPython.noop))
    assert [steps for name, steps in found.items() if "foreign_key" in name] == [
        ["3: FOREIGN KEY (user_id) REFERENCES shop_user (title) DEFERRABLE INITIALLY DEFERRED"]
    ]
    text = "varchar(9)" if database.vendor == "sqlite" else "character varying(9)"
    assert found["shop_user.name"] == ["3: title text NOT NULL", f"4: title {text} NOT NULL"]


def test_sql_for_another_database_is_not_heard(connect: Connect, database: Database) -> None:
    class Router:
        def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
            return False if hints.get("only") else None

    statement = RunSQL(
        "ALTER TABLE shop_log ADD COLUMN a integer",
        state_operations=[AddField("log", "a", models.IntegerField(null=True))],
        hints={"only": "elsewhere"},
    )
    with connect(database) as connection, override_settings(DATABASE_ROUTERS=[Router()]):
        history = walk(connection, user(), log(), statement)
    assert told(history, since=2) == {}
    assert "a" in history.state.models["shop", "log"].fields


def test_code_among_state_operations_never_runs(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        history = walk(connection, SeparateDatabaseAndState(state_operations=[RunPython(print)]), RunPython(print))
    assert [[each.opaque for each in operations] for operations in history.operations] == [[[]], [["builtins:print"]]]


def test_a_collation_is_made_and_removed_on_postgresql_alone(connect: Connect, database: Database) -> None:
    german: dict[str, Any] = {"name": "german", "locale": "de-x-icu"}
    with connect(database) as connection:
        history = walk(connection, CreateCollation(**german), RemoveCollation(**german))
    assert told(history) == ({"collation german": ["0: there", "1: gone"]} if database.vendor == "postgresql" else {})


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        (models.IntegerField(db_index=True), models.TextField(db_index=True), []),
        (models.IntegerField(), models.TextField(db_index=True), [(3, True)]),
        (models.TextField(), models.TextField(unique=True), [(3, True)]),
        (models.TextField(db_index=True), models.TextField(), [(2, True), (3, False)]),
        (models.TextField(db_index=True), models.CharField(max_length=9, db_index=True), [(2, True), (3, False)]),
    ],
)
def test_the_like_index_of_a_field_that_is_altered(
    connect: Connect, postgres_database: Database, before: Any, after: Any, steps: list[tuple[int, bool]]
) -> None:
    """PostgreSQL's schema editor makes it where a field becomes indexed, and drops it where the type changes."""
    with connect(postgres_database) as connection:
        history = walk(connection, user(), log(), AddField("log", "code", before), AlterField("log", "code", after))
    lines = [line for line in history.timelines.tables["shop_log"].every_constraint if line.key == ("like", "code")]
    found = [(step.op[0], step.shape is not None) for line in lines for step in line.steps if step.op is not None]
    assert found == steps
