"""What `--rename` and the questions about renames make of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models

from schemaguard.exceptions import CannotStart
from schemaguard.operations.describe import describe
from schemaguard.push.renames import Rename, asked, parse, tasks_for
from tests.push.in_process import Story, model, read, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.migrations.state import ProjectState

    from tests.harness import Database


def thing(name: str = "Thing", size: str = "size", tags: str = "tags", **options: Any) -> ProjectState:
    fields: dict[str, Any] = {size: models.IntegerField(null=True), tags: models.ManyToManyField("shipping.Tag")}
    return state(model("Tag"), model(name, fields, **options))


TASKS: dict[str, tuple[ProjectState, ProjectState, str, list[str]]] = {
    "a model, its automatic table, and the column in there": (
        thing("Old"),
        thing("New"),
        "shipping.Old:New",
        [
            "rename table shipping_old to shipping_new",
            "rename table shipping_old_tags to shipping_new_tags",
            "rename column shipping_new_tags.old_id to new_id",
        ],
    ),
    "a model whose table keeps its name": (
        thing("Old", db_table="things"),
        thing("New", db_table="things"),
        "shipping.Old:New",
        ["rename column things_tags.old_id to new_id"],
    ),
    "a model that bears its new name already": (thing("New"), thing("New"), "shipping.Old:New", []),
    "a field": (
        thing(),
        thing(size="length"),
        "shipping.thing.size:length",
        ["rename column shipping_thing.size to length"],
    ),
    "a field that bears its new name already": (
        thing(size="length"),
        thing(size="length"),
        "shipping.thing.a:length",
        [],
    ),
    "a field of many to many": (
        thing(),
        thing(tags="labels"),
        "shipping.thing.tags:labels",
        ["rename table shipping_thing_tags to shipping_thing_labels"],
    ),
    "a field of many to many that bears its new name already": (
        thing(tags="labels"),
        thing(tags="labels"),
        "shipping.thing.tags:labels",
        [],
    ),
}
NOTHING = {
    "shipping.Old:Thing": "there is no table shipping_old",
    "shipping.nobody.size:length": "this database has no model shipping.nobody",
    "shipping.thing.tags:labels": "there is no table shipping_thing_tags",
}


@pytest.mark.parametrize("name", TASKS)
def test_a_rename_becomes_tasks(database: Database, connect: Callable[..., Any], name: str) -> None:
    before, after, text, tasks = TASKS[name]
    with connect(database) as connection:
        story = Story.of(connection, before, after)
        found = tasks_for([parse(text)], story.expected, story.provenance, story.schema)
    assert [describe(task) for task in found] == tasks


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_not_there_is_not_renamed(database: Database, connect: Callable[..., Any], text: str) -> None:
    with connect(database) as connection:
        story = Story.of(connection, state(), thing(tags="labels"))
        with pytest.raises(CannotStart) as refused:
            tasks_for([parse(text)], story.expected, story.provenance, story.schema)
    assert str(refused.value) == f"--rename {text}: {NOTHING[text]}".replace("shipping.Old:", "shipping.old:")


def questions(connection: Any, before: ProjectState, after: ProjectState, *yes: str) -> tuple[list[str], list[Rename]]:
    """What is asked, where every question that holds one of the words `yes` is affirmed, and what comes of it."""
    story = Story.of(connection, before, after)
    heard: list[str] = []

    def ask(question: str) -> bool:
        heard.append(question)
        return any(word in question for word in yes)

    return heard, asked(story.tasks(), story.expected, story.provenance, story.schema, ask)


def test_a_model_that_came_and_one_that_went(database: Database, connect: Callable[..., Any]) -> None:
    with connect(database) as connection:
        found = questions(connection, thing("Old"), thing("New"), "model")
    assert found == (["Was the model shipping.old renamed to New? [y/N] "], [Rename("shipping", "old", None, "New")])


def test_a_model_that_was_not_renamed_may_be_another_one(database: Database, connect: Callable[..., Any]) -> None:
    after = state(model("Tag"), model("New", {"size": models.IntegerField(null=True)}), model("Other"))
    with connect(database) as connection:
        found = questions(connection, thing("Old"), after)
    assert found == (["Was the model shipping.old renamed to New? [y/N] "], [])


def test_a_field_is_one_of_those_that_went(database: Database, connect: Callable[..., Any]) -> None:
    def sizes(*names: str) -> ProjectState:
        fields: dict[str, Any] = {name: models.IntegerField(null=True) for name in names}
        return state(model("Thing", {**fields, "text" + names[0]: models.TextField(null=True)}))

    with connect(database) as connection:
        found = questions(connection, sizes("a", "b"), sizes("c"), "Thing.b ", "texta")
    assert [text.partition(" (")[0] for text in found[0]] == [
        "Was Thing.a renamed to Thing.c",
        "Was Thing.b renamed to Thing.c",
        "Was Thing.texta renamed to Thing.textc",
    ]
    assert found[1] == [Rename("shipping", "thing", "b", "c"), Rename("shipping", "thing", "texta", "textc")]


def test_nothing_is_asked_of_the_columns_of_an_automatic_table(database: Database, connect: Callable[..., Any]) -> None:
    before = thing("Old", db_table="things")
    with connect(database) as connection:
        assert questions(connection, before, thing("New", db_table="things"), "") == ([], [])


def test_a_name_that_passes_from_one_model_to_another(database: Database, connect: Callable[..., Any]) -> None:
    """What is said of a table after the renames is said by its new name, which another one had before."""
    number = models.IntegerField(null=True)
    before = state(model("First", {"x": number}), model("Second", {"y": number}))
    after = state(model("Other", {"x": number}), model("First", {"z": number}))
    renames = [parse(each) for each in ("shipping.First:Other", "shipping.Second:First", "shipping.first.y:z")]
    with connect(database) as connection:
        story = Story.of(connection, before, after)
        tasks = tasks_for(renames, story.expected, story.provenance, story.schema)
        story.perform(tasks)
        tables = read(connection).tables
    assert [describe(task) for task in tasks] == [
        "rename table shipping_first to shipping_other",
        "rename table shipping_second to shipping_first",
        "rename column shipping_first.y to z",
    ]
    assert sorted(tables["shipping_first"].columns) == ["id", "z"]
    assert sorted(tables["shipping_other"].columns) == ["id", "x"]
