"""The shape of a model's tables as its state says it: columns, keys, and what stands in its Meta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations.operations import CreateModel
from django.db.models import F, Q
from django.db.models.functions import Collate, Lower

from testproject.compat import check_constraint
from tests.history.walks import told, walk

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect

DEFERRED = "DEFERRABLE INITIALLY DEFERRED"
SAME = object()


def model(name: str, *fields: tuple[str, Any], bases: tuple[Any, ...] = (models.Model,), **options: Any) -> CreateModel:
    """A model with a plain automatic key `id` beside these fields."""
    return CreateModel(name, [("id", models.AutoField(primary_key=True)), *fields], options=options, bases=bases)


def log(**options: Any) -> CreateModel:
    text, more = ("note", models.TextField()), ("text", models.TextField())
    return model("Log", text, more, ("number", models.IntegerField()), **options)


def key(to: str, **arguments: Any) -> Any:
    return models.ForeignKey(to, models.CASCADE, db_index=False, **arguments)


class Written(models.Index):
    """An index of a third party, which writes its SQL itself."""

    sql = "CREATE INDEX {name} ON {table} (note) WHERE number > 1"

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> str:
        return self.sql.format(name=self.name, table=model._meta.db_table)


class NotRead(Written):
    sql = "MAKE INDEX {name}"


class Failing(Written):
    sql = "{what the stand-in has not}"


class Limit(models.BaseConstraint):
    def create_sql(self, model: Any, schema_editor: Any) -> str:
        return f"ALTER TABLE {model._meta.db_table} ADD CONSTRAINT {self.name} CHECK (number > 1)"


class NoteLength(models.Func):
    """It does not tell from outside that it reads `note`."""

    def __init__(self) -> None:
        super().__init__()

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        made = models.Func(F("note"), function="LENGTH", output_field=models.IntegerField())
        return made.resolve_expression(*args, **kwargs)


def unique(**arguments: Any) -> models.UniqueConstraint:
    return models.UniqueConstraint(**{"fields": ["note"], "name": "u", **arguments})


def in_meta(connection: Any, **options: Any) -> list[str]:
    """The constraints and indexes of Log with these options, its key left out."""
    found = told(walk(connection, log(**options)))
    return sorted(
        step[3:] for name, steps in found.items() if " over " in name for step in steps[:9] if "PRIM" not in step
    )


@pytest.mark.parametrize(
    ("options", "on_sqlite", "on_postgresql"),
    [
        ({"unique_together": ("note", "text")}, ["UNIQUE (note, text)"], SAME),
        ({"unique_together": [["note", "text"]]}, ["UNIQUE (note, text)"], SAME),
        ({"index_together": {("note", "text")}}, ["INDEX (note, text)"], SAME),
        (
            {
                "indexes": [
                    models.Index(
                        F("note").desc(nulls_first=True),  # PostgreSQL's default
                        F("number").asc(nulls_first=True),
                        F("text").desc(nulls_last=True),
                        Collate("text", "C").desc(),
                        Lower("note"),
                        name="i",
                    )
                ]
            },
            ['i INDEX (note DESC, number NULLS FIRST, text DESC NULLS LAST, text COLLATE "C" DESC, (LOWER("note")))'],
            SAME,
        ),
        # Only PostgreSQL's schema editor heeds classes of operators.
        (
            {"indexes": [models.Index(fields=["note", "-id"], opclasses=["text_pattern_ops", "int4_ops"], name="i")]},
            ["i INDEX (note, id DESC)"],
            ["i INDEX (note text_pattern_ops, id int4_ops DESC)"],
        ),
        (
            {"constraints": [unique(opclasses=["text_pattern_ops"])]},
            ["u UNIQUE (note)"],
            ["u UNIQUE (note text_pattern_ops)"],
        ),
        # A name may be 63 bytes long there.
        (
            {"indexes": [models.Index(fields=["note"], name="i" * 20 + "ü" * 10)]},
            [f"{'i' * 20}{'ü' * 10} INDEX (note)"],
            SAME,
        ),
        # Of what a database has not, Django makes nothing.
        ({"constraints": [unique(include=["text"])]}, [], ["u UNIQUE (note) INCLUDE (text)"]),
        ({"constraints": [unique(deferrable=models.Deferrable.DEFERRED)]}, [], [f"u UNIQUE (note) {DEFERRED}"]),
        ({"constraints": [unique(deferrable=models.Deferrable.IMMEDIATE)]}, [], ["u UNIQUE (note) DEFERRABLE"]),
        ({"constraints": [unique(condition=Q(number=1))]}, ['u UNIQUE (note) WHERE "number" = 1'], SAME),
        (
            {"constraints": [ExclusionConstraint(name="x", expressions=[("number", "=")])]},
            [],
            ["x EXCLUDE USING gist (number WITH =)"],
        ),
        # SQL of an index's or constraint's own kind is read, as far as it can be.
        ({"indexes": [Written(fields=["note"], name="i")]}, ["i INDEX (note) WHERE number > 1"], SAME),
        ({"indexes": [NotRead(fields=["note"], name="i")]}, [], SAME),
        ({"indexes": [Failing(fields=["note"], name="i")]}, [], SAME),
        ({"constraints": [Limit(name="c")]}, ["c CHECK (number > 1)"], SAME),
    ],
)
def test_what_stands_in_meta(
    connect: Connect, database: Database, options: dict[str, Any], on_sqlite: list[str], on_postgresql: Any
) -> None:
    expected = on_sqlite if on_postgresql is SAME or database.vendor == "sqlite" else on_postgresql
    with connect(database) as connection:
        assert in_meta(connection, **options) == expected


def test_nulls_that_are_not_distinct(connect: Connect, database: Database) -> None:
    if not hasattr(unique(), "nulls_distinct"):
        pytest.skip("Django 5.0")
    with connect(database) as connection:
        found = in_meta(connection, constraints=[unique(nulls_distinct=False)])
    assert found == (["u UNIQUE (note) NULLS NOT DISTINCT"] if database.vendor == "postgresql" else [])


@pytest.mark.parametrize(
    ("condition", "columns", "text"),
    [
        (Q(number__gt=1) & ~Q(note="x"), "note, number", """("number" > 1 AND NOT ("note" = 'x'))"""),
        (Q(number__gt=F("id")), "id, number", '"number" > ("id")'),
        (Q(note__in=["x", F("text")]), "note, text", """"note" IN ('x', "text")"""),
        (Q(models.lookups.GreaterThan(Lower("note"), F("text"))), "note, text", 'LOWER("note") > ("text")'),
        (Q(number__gt=NoteLength()), "number", '"number" > (LENGTH("note"))'),
    ],
)
def test_a_check_with_the_columns_that_it_reads(
    connect: Connect, database: Database, condition: Q, columns: str, text: str
) -> None:
    with connect(database) as connection:
        found = told(walk(connection, log(constraints=[check_constraint(condition, "c")])))
        assert {name: steps for name, steps in found.items() if "check" in name} == {
            f"shop_log check over {columns}": [f"0: c CHECK ({text})"]
        }


def keys(connection: Any, *operations: CreateModel) -> list[str]:
    """The foreign keys that point out of Ref, and the types of their columns."""
    found = told(walk(connection, *operations))
    number = len(operations) - 1
    return [
        step.removeprefix(f"{number}: ")
        for name, steps in found.items()
        if name.startswith(("shop_ref foreign_key", "shop_ref.")) and name != "shop_ref.id"
        for step in steps
    ]


class Mixin:
    """A base that is no model."""


class Abstract(models.Model):
    class Meta:
        abstract = True
        app_label = "shop"


def test_a_key_to_a_proxy_points_at_the_table_behind_it(connect: Connect, database: Database) -> None:
    proxy = CreateModel("Proxy", [], bases=(Mixin, Abstract, "shop.log"), options={"proxy": True})
    with connect(database) as connection:
        assert keys(connection, log(), proxy, model("Ref", ("log", key("shop.proxy")))) == [
            "log_id integer NOT NULL",
            f"FOREIGN KEY (log_id) REFERENCES shop_log (id) {DEFERRED}",
        ]


def test_keys_to_a_child_point_at_its_own_key_or_at_a_column_of_its_parent(
    connect: Connect, database: Database
) -> None:
    parent = CreateModel("Log", [("number", models.IntegerField(unique=True))], bases=(Mixin, Abstract))
    child = CreateModel("Child", [], bases=(Mixin, "shop.log"))
    child_key, parents = key("shop.child"), key("shop.child", to_field="number")
    own, through = key("shop.child", to_field="log_ptr"), key("shop.log", to_field="id")
    with connect(database) as connection:
        found = keys(
            connection, parent, child, model("Ref", ("a", child_key), ("b", parents), ("c", own), ("d", through))
        )
    assert found == [
        "a_id bigint NOT NULL",
        "b_id integer NOT NULL",
        "c_id bigint NOT NULL",
        "d_id bigint NOT NULL",
        f"FOREIGN KEY (a_id) REFERENCES shop_child (log_ptr_id) {DEFERRED}",
        f"FOREIGN KEY (b_id) REFERENCES shop_log (number) {DEFERRED}",
        f"FOREIGN KEY (c_id) REFERENCES shop_child (log_ptr_id) {DEFERRED}",
        f"FOREIGN KEY (d_id) REFERENCES shop_log (id) {DEFERRED}",
    ]


def test_a_key_to_a_model_without_migrations_is_that_of_the_registry(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        assert keys(connection, model("Ref", ("kind", key("contenttypes.contenttype")))) == [
            "kind_id integer NOT NULL",
            f"FOREIGN KEY (kind_id) REFERENCES django_content_type (id) {DEFERRED}",
        ]


def test_a_child_of_a_model_of_the_registry(connect: Connect, database: Database) -> None:
    from django.contrib.contenttypes.models import ContentType

    with connect(database) as connection:
        found = told(walk(connection, CreateModel("Kind", [("note", models.TextField())], bases=(ContentType,))))
    assert found["shop_kind foreign_key over contenttype_ptr_id"] == [
        f"0: FOREIGN KEY (contenttype_ptr_id) REFERENCES django_content_type (id) {DEFERRED}"
    ]


def test_a_key_to_a_field_that_is_not_there_is_refused_as_django_would(connect: Connect, database: Database) -> None:
    with connect(database) as connection, pytest.raises(FieldDoesNotExist, match=r"^shop\.Log\.nothing$"):
        walk(connection, log(), model("Ref", ("log", key("shop.log", to_field="nothing"))))


def test_a_model_that_points_at_nothing_has_no_table_yet(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        assert told(walk(connection, model("Ref", ("log", key("nowhere.log"))))) == {}


def test_a_many_to_many_field_that_points_at_nothing_has_no_table_yet(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        found = told(walk(connection, model("Ref", ("logs", models.ManyToManyField("nowhere.log")))))
    assert list(found) == ["shop_ref", "shop_ref.id", "shop_ref primary_key over id"]


@pytest.mark.parametrize(
    "options",
    [
        {"required_db_vendor": "oracle"},
        {"required_db_features": ["has_telepathy"]},
        {"managed": False},
        {"proxy": True},
    ],
)
def test_a_model_that_is_not_for_this_database_has_no_table(
    connect: Connect, database: Database, options: dict[str, Any]
) -> None:
    with connect(database) as connection:
        assert told(walk(connection, log(**options))) == {}


def test_a_table_of_another_schema(connect: Connect, database: Database) -> None:
    with connect(database) as connection:
        found = told(walk(connection, model("Ref", db_table='"one"."two"')))
    assert found['one"."two'] == ['0: one"."two']
