"""The columns and tables that fields make, those of third parties too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations.operations import CreateModel
from django.db.models import F
from django.test import override_settings

from tests.history.test_shapes import key, keys, log, model
from tests.history.walks import told, walk

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect


class Typeless(models.Field):
    def db_type(self, connection: Any) -> None:
        return None


def test_a_field_without_a_type_has_no_column(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        found = told(walk(connection, model("Ref", ("a", Typeless()), ("b", models.IntegerField()))))
    assert list(found) == ["shop_ref", "shop_ref.id", "shop_ref.b", "shop_ref primary_key over id"]


def test_nor_has_a_relation_to_one(connect: Connect, database: Database) -> None:
    target = CreateModel("Log", [("id", Typeless(primary_key=True)), ("note", models.TextField())])
    with connect(database) as connection:
        found = told(
            walk(
                connection, target, model("Ref", ("log", key("shop.log")), ("logs", models.ManyToManyField("shop.log")))
            )
        )
    assert list(found) == ["shop_log", "shop_log.note", "shop_ref", "shop_ref.id", "shop_ref primary_key over id"]


@pytest.mark.skipif(not hasattr(models, "GeneratedField"), reason="Django 5.0")
def test_a_key_to_a_generated_column_or_one_with_a_default_takes_its_type_alone(
    connect: Connect, database: Database
) -> None:
    twice = models.GeneratedField(
        expression=F("id") * 2, output_field=models.IntegerField(), db_persist=True, unique=True
    )
    target = CreateModel("Log", [("id", models.IntegerField(primary_key=True, db_default=4)), ("twice", twice)])
    with connect(database) as connection:
        found = keys(connection, target, model("Ref", ("a", key("shop.log")), ("b", key("shop.log", to_field="twice"))))
    assert found[:2] == ["a_id integer NOT NULL", "b_id integer NOT NULL"]


class InOrder(models.ManyToManyField):
    """As django-sortedm2m's: its automatic table has one column more."""

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        through: Any = self.remote_field.through
        models.IntegerField().contribute_to_class(through, "place")


class Demanding(models.ManyToManyField):
    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        self.more = cls.what_the_model_has


class Plain(models.ManyToManyField):
    pass


@pytest.mark.parametrize(("kind", "more"), [(InOrder, ["place integer NOT NULL"]), (Demanding, []), (Plain, [])])
def test_what_a_third_partys_field_adds_to_its_automatic_table(
    connect: Connect, database: Database, kind: Any, more: list[str]
) -> None:
    with connect(database) as connection:
        found = told(walk(connection, log(), model("Ref", ("logs", kind("shop.log")))))
    columns = [steps[0][3:] for name, steps in found.items() if name.startswith("shop_ref_logs.")]
    assert columns == [
        f"id {'integer' if database.vendor == 'sqlite' else 'bigint'} NOT NULL AUTO",
        "ref_id integer NOT NULL",
        "log_id integer NOT NULL",
        *more,
    ]


class Ulid(models.AutoField):
    def db_type(self, connection: Any) -> str:
        return "char(26)"


def test_the_key_of_an_automatic_table_that_is_no_number(connect: Connect, sqlite_database: Database) -> None:
    with connect(sqlite_database) as connection, override_settings(DEFAULT_AUTO_FIELD=f"{__name__}.Ulid"):
        found = walk(connection, log(), model("Ref", ("logs", models.ManyToManyField("shop.log"))))
    table = found.timelines.tables["shop_ref_logs"]
    shape = table.columns["id"].shape
    assert shape is not None
    assert (shape.type, shape.also) == ("char(26)", frozenset())
