"""Expressions of a model's Meta are compiled against a stand-in for the model: what comes of it, and what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import models
from django.db.migrations import CreateModel
from django.db.models import F, Func, Index, Q

from schemaguard.schema.objects import Expression, IndexPart
from tests.history.walks import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = UUID("6f6b7b0e-0f5c-4a3c-9d5a-2b1f6d1c7e11")


class Slug(models.CharField):
    """A project's own field."""


class Broken(Func):
    function = "LOWER"

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("not without a view")


class Elementwise(Func):
    """An expression that cannot be told from another by `==`."""

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare element by element")

    __hash__ = Func.__hash__


class SortedManyToManyField(models.ManyToManyField):
    """As django-sortedm2m has it: the automatic table says in which order the others come."""

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        through: Any = self.remote_field.through
        models.PositiveIntegerField().contribute_to_class(through, "sort_value")


class OfItsModelField(models.ManyToManyField):
    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, cls.order_field, **kwargs)


def model(
    name: str, /, *, key: models.Field | None = None, options: dict[str, Any] | None = None, **fields: Any
) -> Any:
    key = key or models.BigAutoField(primary_key=True)
    return CreateModel(name, [("id", key), *fields.items()], options=options or {})


def to(target: str, **attributes: Any) -> Any:
    return models.ForeignKey(target, models.CASCADE, **attributes)


def first_of(target: str) -> Any:
    return models.OneToOneField(target, models.CASCADE, primary_key=True)


@pytest.mark.parametrize(
    ("fields", "condition", "expected"),
    [
        ({"name": models.CharField(max_length=9)}, Q(name="it's"), "\"name\" = 'it''s'"),
        ({"name": Slug(max_length=9), "more": models.IntegerField()}, Q(name="x"), "\"name\" = 'x'"),
        ({"parent": to("self", null=True)}, Q(parent__isnull=False), '"parent_id" IS NOT NULL'),
        (
            {"parent": to("self", null=True), "more": models.IntegerField()},
            Q(parent_id__gt=3, more__lt=F("parent_id")),
            '("more" < ("parent_id") AND "parent_id" > 3)',
        ),
    ],
    ids=[
        "a plain field",
        "a class of the project",
        "a relation beside nothing else",
        "a relation beside another field",
    ],
)
def test_a_condition_reads_fields_of_every_kind(
    connect: Any, database: Any, fields: dict[str, Any], condition: Q, expected: str
) -> None:
    index = Index(fields=["id"], name="i", condition=condition)

    with connect(database) as connection:
        history = walk(connection, [model("Page", options={"indexes": [index]}, **fields)])
        made: Any = history.timelines.tables["shop_page"].constraints["name", "i"].shape
        assert made.condition.text == expected


@pytest.mark.parametrize(
    ("vendor", "expected"), [("sqlite", f"'{KEY.hex}'"), ("postgresql", f"'{KEY.hex}'::uuid")], indirect=["vendor"]
)
def test_a_condition_takes_a_key_for_what_it_is_at_the_end_of_the_relations(
    connect: Any, database: Any, expected: str
) -> None:
    index = Index(fields=["id"], name="i", condition=Q(profile_id=KEY))

    with connect(database) as connection:
        history = walk(
            connection,
            [
                model("User", key=models.UUIDField(primary_key=True)),
                CreateModel("Person", [("user", first_of("shop.User"))]),
                CreateModel("Profile", [("person", first_of("shop.Person"))]),
                model("Badge", options={"indexes": [index]}, profile=to("shop.Profile")),
            ],
        )
        made: Any = history.timelines.tables["shop_badge"].constraints["name", "i"].shape
        # One driver writes the hyphens of a UUID, another does not.
        assert made.condition.text.replace("-", "") == f'"profile_id" = {expected}'


def test_an_expression_that_does_not_compile_cannot_be_told(connect: Any, database: Any) -> None:
    index = Index(Broken("name"), name="i")

    with connect(database) as connection:
        history = walk(connection, [model("Page", options={"indexes": [index]}, name=models.TextField())])
        made: Any = history.timelines.tables["shop_page"].constraints["name", "i"].shape
        assert made.parts == (IndexPart(expression=Expression(None)),)
        assert made.columns == ()


@pytest.mark.parametrize(("function", "same"), [("LOWER", True), ("UPPER", False)])
def test_expressions_that_do_not_compare_are_compared_by_what_they_compile_to(
    connect: Any, database: Any, function: str, same: bool
) -> None:
    def page(each: str) -> Sequence[Any]:
        index = Index(Elementwise("name", function=each), name="i")
        return [model("Page", options={"indexes": [index]}, name=models.TextField())]

    with connect(database) as connection:
        expected, actual = (walk(connection, page(each)).shapes for each in ("LOWER", function))
        assert (expected == actual) is same


def test_a_router_sees_the_model_as_far_as_its_relations_are_known(connect: Any, database: Any, settings: Any) -> None:
    seen: dict[Any, Any] = {}

    class Router:
        def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
            seen[model_name] = hints.get("model")
            return model_name != "secret"

    settings.DATABASE_ROUTERS = [Router()]
    with connect(database) as connection:
        history = walk(
            connection,
            [
                model("Page", options={"required_db_vendor": connection.vendor}, name=models.TextField()),
                model("Secret"),
                model("Note", missing=to("other.Missing"), name=models.TextField()),
            ],
        )

    assert [*history.timelines.tables] == ["shop_page"]
    assert seen["page"]._meta.db_table == "shop_page"
    assert seen["page"]._meta.required_db_vendor == database.vendor
    assert [field.name for field in seen["note"]._meta.local_fields] == ["id", "name"]


@pytest.mark.parametrize(
    ("field", "columns"),
    [
        (models.ManyToManyField, ["id", "page_id", "tag_id"]),
        (SortedManyToManyField, ["id", "page_id", "tag_id", "sort_value"]),
        # What such a class would add cannot be told without the model that it asks.
        (OfItsModelField, ["id", "page_id", "tag_id"]),
    ],
)
def test_an_automatic_table_has_what_the_class_of_its_field_adds(
    connect: Any, database: Any, field: Any, columns: list[str]
) -> None:
    with connect(database) as connection:
        history = walk(connection, [model("Tag"), model("Page", tags=field("shop.Tag"))])

    assert [*history.timelines.tables["shop_page_tags"].columns] == columns


@pytest.mark.filterwarnings("error")
def test_two_relations_to_one_model(connect: Any, database: Any) -> None:
    """Each is rendered with a stub of its target, and no two stubs bear one name."""
    index = Index(fields=["id"], name="i", condition=Q(first__gt=F("second")))

    with connect(database) as connection:
        pages = [
            model("Owner"),
            model("Page", options={"indexes": [index]}, first=to("shop.Owner"), second=to("shop.Owner")),
        ]
        made: Any = walk(connection, pages).timelines.tables["shop_page"].constraints["name", "i"].shape
        assert made.condition.text == '"first_id" > ("second_id")'
