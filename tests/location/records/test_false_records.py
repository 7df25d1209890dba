"""Which records are false, and which are true however much was changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations.operations import (
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    RemoveField,
    RenameField,
    RunPython,
)

from schemaguard.location.evidence import ANOTHER_NAME, Evidence, Fit, evidence
from schemaguard.location.false_records import false_records
from tests.location.places import location, migrate, plan, states

if TYPE_CHECKING:
    from schemaguard.location.location import Location
    from tests.harness import Database
    from tests.history.test_timeline import Connect


def model(name: str, *fields: str) -> CreateModel:
    columns = [(each, models.IntegerField(null=True)) for each in fields]
    return CreateModel(name, [("id", models.AutoField(primary_key=True)), *columns])


def add(name: str, to: str = "log") -> AddField:
    return AddField(to, name, models.IntegerField(null=True))


def widen(name: str) -> AlterField:
    return AlterField("log", name, models.BigIntegerField(null=True))


def count(apps: Any, _: Any) -> None:
    assert not apps.get_models()[0].objects.count()


def code() -> RunPython:
    return RunPython(count)


def dropped(*names: str) -> str:
    return "".join(f"ALTER TABLE shop_log DROP COLUMN {name};" for name in names)


def narrowed(*names: str) -> str:
    return dropped(*names) + "".join(f"ALTER TABLE shop_log ADD COLUMN {name} integer NULL;" for name in names)


def false(found: Location) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in false_records(found).keys)


MANY = [f"c{number}" for number in range(14)]
BY_HAND: dict[str, tuple[list[Any], str, list[str]]] = {
    "two of three tables of one migration": (
        [[model("Log"), model("Diary"), model("Note")], code()],
        "DROP TABLE shop_diary; DROP TABLE shop_note",
        ["missing", "applied"],
    ),
    "a table of one migration, and the only one of another": (
        [[model("Log"), model("Diary")], code(), model("Note"), code()],
        "DROP TABLE shop_diary; DROP TABLE shop_note",
        ["missing", "applied", "missing", "applied"],
    ),
    "thirteen of fourteen columns": (
        [model("Log"), [add(name) for name in MANY], code()],
        dropped(*MANY[1:]),
        ["applied", "missing", "applied"],
    ),
    "three columns, and a type": (
        [model("Log", "number"), [add(name) for name in MANY[:4]], widen("number"), code()],
        dropped(*MANY[1:4]) + narrowed("number"),
        ["applied", "missing", "missing", "applied"],
    ),
    "two types, and a column went between": (
        [model("Log", "gone", "one", "two"), widen("one"), RemoveField("log", "gone"), widen("two"), code()],
        narrowed("one", "two"),
        ["applied", "missing", "applied", "missing", "applied"],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_records_are_true_of_what_is_there_in_part_and_of_what_comes_before_it(
    connect: Connect, database: Database, name: str
) -> None:
    """Their code ran: without their records it would run again."""
    operations, script, expected = BY_HAND[name]
    with connect(database) as connection:
        migrate(connection, plan(*operations))
        database.script(script)
        found = location(connection, plan(*operations))
        assert states(found) == expected
        assert false(found) == []


def test_the_end_is_false_and_not_what_comes_before_something_that_is_there(
    connect: Connect, database: Database
) -> None:
    index = AddIndex("log", models.Index(fields=["number"], name="log_number"))
    operations = [
        model("Log", "number"),
        [model("One"), model("Two")],
        index,
        [model("Three"), model("Four"), code()],
        code(),
    ]
    with connect(database) as connection:
        migrate(connection, plan(*operations))
        database.script("".join(f"DROP TABLE shop_{name};" for name in ("one", "two", "three", "four")))
        found = location(connection, plan(*operations))
        assert states(found) == ["applied", "missing", "applied", "missing", "applied"]
        assert false(found) == ["shop.0003", "shop.0004"]


@pytest.mark.parametrize("other", ["blog", "zoo"])
def test_a_row_of_false_records_goes_on_in_another_app(connect: Connect, database: Database, other: str) -> None:
    """Wherever that app comes in the plan: its last true record is no reason to believe its next."""
    shop = plan(model("Log", "gone"), add("name"), RemoveField("log", "gone"))
    more = _of(other, plan(model("Page"), add("name", "page"), code()))
    more[1].dependencies.append(("shop", "0002"))
    with connect(database) as connection:
        migrate(connection, [shop[0], more[0]])
        found = location(connection, [*shop, *more])
        assert false(found) == sorted([f"{other}.0001", f"{other}.0002", "shop.0001", "shop.0002"])


def test_what_is_true_in_one_app_leaves_what_is_false_in_another(connect: Connect, database: Database) -> None:
    index = AddIndex("log", models.Index(fields=["other"], name="log_other"))
    shop = plan(model("Log", "one", "two", "other"), widen("one"), index, widen("two"))
    blog = _of("blog", plan(model("Page", "gone"), add("name", "page"), RemoveField("page", "gone"), code()))
    with connect(database) as connection:
        migrate(connection, [*shop, blog[0]])
        database.script(narrowed("one", "two"))
        found = location(connection, [*shop, *blog])
        assert false(found) == ["blog.0001", "blog.0002", "blog.0003"]


def test_a_name_that_its_step_does_not_give_counts_as_several_differences(connect: Connect, database: Database) -> None:
    history = plan(model("Log", "one"), RenameField("log", "one", "two"))
    with connect(database) as connection:
        migrate(connection, history)
        found = location(connection, history)
    (column,) = (each for each in found.history.timelines.tables["shop_log"].every_column if len(each.steps) == 3)

    assert evidence(column, found._matched) == [
        Evidence(Fit.BROUGHT), Evidence(Fit.ALTERED, ANOTHER_NAME), Evidence(Fit.FITS),
    ]  # fmt: skip


def _of(label: str, migrations: list[Any]) -> list[Any]:
    """The same migrations in another app."""
    for each in migrations:
        each.app_label = label
        each.dependencies = [(label, name) for _, name in each.dependencies]
    return migrations
