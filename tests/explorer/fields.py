"""The fields that a history adds, and what each may become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.db import models
from django.db.models.functions import Upper

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from django.db.migrations.state import ModelState, ProjectState

APP = "shop"
RELATIONS = (models.ForeignKey, models.ManyToManyField)


def number(random: Random) -> models.Field[Any, Any]:
    kind = random.choice(
        [
            models.IntegerField,
            models.BigIntegerField,
            models.SmallIntegerField,
            models.PositiveIntegerField,
            models.PositiveBigIntegerField,
            models.PositiveSmallIntegerField,
        ]
    )
    return kind(**_given(random, 3))


def fraction(random: Random) -> models.Field[Any, Any]:
    if random.random() < 0.5:
        return models.DecimalField(
            max_digits=random.choice([8, 12]), decimal_places=random.choice([2, 4]), **_given(random, 0)
        )
    return models.FloatField(**_given(random, 1.5))


def text(random: Random) -> models.Field[Any, Any]:
    given = _given(random, "x", "o'k")
    chosen = random.random()
    if chosen < 0.5:
        return models.CharField(max_length=random.choice([9, 20, 40]), **given)
    if chosen < 0.65:
        return models.SlugField(**given)
    if chosen < 0.75:
        return models.EmailField(**given)
    for each in ("unique", "db_index"):  # MySQL has no index over a text
        given.pop(each, None)
    return models.TextField(**given)


def moment(random: Random) -> models.Field[Any, Any]:
    kind: Any = random.choice([models.DateField, models.DateTimeField, models.TimeField])
    made: models.Field[Any, Any] = kind(**{**_given(random, None), "null": True})
    return made


def other(random: Random) -> models.Field[Any, Any]:
    chosen = random.randrange(6)
    if chosen == 0:
        return models.BooleanField(default=random.random() < 0.5)
    if chosen == 1:
        return models.JSONField(default=dict, null=random.random() < 0.5)
    if chosen == 2:
        return models.UUIDField(null=True, unique=random.random() < 0.3, db_index=random.random() < 0.3)
    if chosen == 3:
        return models.BinaryField(null=True)
    if chosen == 4:
        return models.DurationField(null=True, db_index=random.random() < 0.3)
    return models.GenericIPAddressField(null=True, db_index=random.random() < 0.3)


FAMILIES: dict[str, Callable[[Random], models.Field[Any, Any]]] = {
    "number": number,
    "fraction": fraction,
    "text": text,
    "moment": moment,
    "other": other,
}
KINDS = {
    "number": (models.IntegerField,),
    "fraction": (models.DecimalField, models.FloatField),
    "text": (models.CharField, models.TextField),
    "moment": (models.DateField, models.TimeField),
}


def _given(random: Random, default: object, *more: object) -> dict[str, Any]:
    """What any field may be told: null, a default, an index, unique, a column, a comment."""
    given: dict[str, Any] = {}
    if default is None or random.random() < 0.5:
        given["null"] = True
    else:
        given["default"] = default
    chosen = random.random()
    if chosen < 0.2:
        given["unique"] = True
    elif chosen < 0.45:
        given["db_index"] = True
    if random.random() < 0.12:
        given["db_column"] = random.choice(["col_a", "Col B", "order"])
    if random.random() < 0.12:
        given["db_comment"] = random.choice(["what it is", "it's"])
    if default is not None and django.VERSION >= (5, 0) and random.random() < 0.15:
        given["db_default"] = random.choice([default, *more])
    return given


def plain(random: Random, families: tuple[str, ...]) -> models.Field[Any, Any]:
    return FAMILIES[random.choice(families)](random)


def computed(random: Random, model: ModelState) -> models.Field[Any, Any] | None:
    """A generated column over one of the model's."""
    if django.VERSION < (5, 0):
        return None
    over = [(name, field) for name, field in model.fields.items() if isinstance(field, KINDS["number"] + KINDS["text"])]
    over = [(name, field) for name, field in over if not field.primary_key]
    if not over:
        return None
    name, field = random.choice(over)
    is_number = isinstance(field, KINDS["number"])
    return models.GeneratedField(
        expression=models.F(name) + 1 if is_number else Upper(name),
        output_field=models.BigIntegerField() if is_number else models.CharField(max_length=300),
        db_persist=True,
    )


def relation(
    random: Random, state: ProjectState, model: ModelState, *, many: bool = False
) -> models.Field[Any, Any] | None:
    others = [each for each in state.models.values() if each.app_label == APP]
    target = random.choice(others)
    to = "self" if target is model and random.random() < 0.5 else f"{APP}.{target.name}"
    given: dict[str, Any] = {"related_name": random.choice(["+", None, None])}
    if given["related_name"] is None:
        given["related_name"] = f"of_{random.randrange(10**6)}"
    if many:
        if random.random() < 0.15:
            given["db_table"] = f"shop_many_{random.randrange(10**4)}"
        if random.random() < 0.1:
            given["db_constraint"] = False
        return models.ManyToManyField(to, **given)
    kind = models.OneToOneField if random.random() < 0.25 else models.ForeignKey
    if kind is models.ForeignKey:
        if random.random() < 0.2:
            given["db_index"] = False
        if random.random() < 0.1:
            given["unique"] = True
    if random.random() < 0.15:
        given["db_constraint"] = False
    if random.random() < 0.1:
        given["db_column"] = random.choice(["key_a", "Key B"])
    unique = [
        name for name, field in target.fields.items() if field.unique and not field.null and not field.remote_field
    ]
    if unique and random.random() < 0.3:
        given["to_field"] = random.choice(unique)
    return kind(to, models.CASCADE, null=True, **given)


def key(random: Random) -> models.Field[Any, Any]:
    chosen = random.random()
    if chosen < 0.4:
        return models.BigAutoField(primary_key=True)
    if chosen < 0.6:
        return models.AutoField(primary_key=True)
    if chosen < 0.7:
        return models.SmallAutoField(primary_key=True)
    if chosen < 0.8:
        return models.UUIDField(primary_key=True)
    if chosen < 0.9:
        return models.CharField(max_length=random.choice([20, 30]), primary_key=True)
    return random.choice([models.IntegerField, models.BigIntegerField])(primary_key=True)


def altered(random: Random, state: ProjectState, model: ModelState, field: Any) -> models.Field[Any, Any] | None:
    """Another field of the same family; of a key, another key."""
    if field.primary_key:
        if field.remote_field:
            return None
        numbers = isinstance(field, models.IntegerField | models.AutoField)
        for _ in range(9):
            new = key(random)
            if isinstance(new, models.IntegerField | models.AutoField) == numbers:
                return new
        return None
    if isinstance(field, models.ManyToManyField):
        return _many_altered(random, state, model, field)
    if isinstance(field, models.ForeignKey):
        return _relation_altered(random, state, model, field)
    if random.random() < 0.45:
        return _one_thing_altered(random, field)
    for family, kinds in KINDS.items():
        if isinstance(field, kinds):
            return FAMILIES[family](random)
    return None


def _rebuilt(field: Any, **changes: object) -> models.Field[Any, Any]:
    _, _, args, given = field.deconstruct()
    given.update(changes)
    made: models.Field[Any, Any] = type(field)(*args, **{k: v for k, v in given.items() if v is not ...})
    return made


def _one_thing_altered(random: Random, field: Any) -> models.Field[Any, Any] | None:
    if isinstance(field, getattr(models, "GeneratedField", ())):
        return None
    thing = random.choice(["null", "unique", "db_index", "db_comment", "db_column", "db_default", "max_length"])
    if thing == "null":
        if field.null and not field.has_default():
            return None
        return _rebuilt(field, null=not field.null)
    if thing in ("unique", "db_index"):
        if isinstance(field, models.TextField | models.JSONField | models.BinaryField):
            return None
        return _rebuilt(field, **{thing: not getattr(field, thing if thing == "db_index" else "_unique")})
    if thing == "db_comment":
        return _rebuilt(field, db_comment=... if field.db_comment else "told")
    if thing == "db_column":
        return _rebuilt(field, db_column=... if field.db_column else "col_c")
    if thing == "max_length" and isinstance(field, models.CharField):
        return _rebuilt(field, max_length=(field.max_length or 9) + 5)
    return None


def _relation_altered(
    random: Random, state: ProjectState, model: ModelState, field: Any
) -> models.Field[Any, Any] | None:
    chosen = random.random()
    if chosen < 0.2:
        return _rebuilt(field, db_constraint=not field.db_constraint)
    if chosen < 0.4 and not isinstance(field, models.OneToOneField):
        return _rebuilt(field, db_index=not field.db_index)
    if chosen < 0.55:
        _, _, args, given = field.deconstruct()
        for each in ("unique", "db_index"):
            given.pop(each, None)
        return (models.ForeignKey if isinstance(field, models.OneToOneField) else models.OneToOneField)(*args, **given)
    if chosen < 0.65:
        target = state.models.get((APP, str(field.remote_field.model).rpartition(".")[2].lower()))
        keys = [each for each in target.fields.values() if each.primary_key] if target else []
        if keys and isinstance(keys[0], models.IntegerField | models.AutoField):
            return models.BigIntegerField(null=True, db_column=field.db_column, db_index=random.random() < 0.5)
        return None
    return relation(random, state, model)


def _many_altered(random: Random, state: ProjectState, model: ModelState, field: Any) -> models.Field[Any, Any] | None:
    chosen = random.random()
    if chosen < 0.4:
        return _rebuilt(field, db_table=... if field.db_table else f"shop_many_{random.randrange(10**4)}")
    return relation(random, state, model, many=True)
