"""Whether the models say what their migrations say, told without taking every field apart.

Django's autodetector clones each field of each model and deconstructs it twice. Nearly always all fields are the same,
and that can be seen from outside. Here 'the same' has to be certain. What is not plainly the same is compared as the
autodetector does. At the first difference the autodetector itself says what it is.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.options import DEFAULT_NAMES, normalize_together
from django.utils.functional import Promise, cached_property

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

PLAIN = (str, int, float, bytes, bool, Decimal, date, datetime, time, timedelta, UUID)
# What a field is given when it becomes part of a class: deconstruct() looks at none of these.
OF_THE_CLASS = frozenset(
    {"name", "verbose_name", "attname", "column", "concrete", "model", "creation_counter", "remote_field"}
)
OF_A_KEY = frozenset({"from_fields", "to_fields"})
"""Of a ForeignObject; its subclasses leave them out and tell `remote_field.field_name` instead."""
RELATIONS = (models.ForeignKey, models.OneToOneField, models.ManyToManyField)
TOGETHER = frozenset({"unique_together", "index_together"})
LISTS = frozenset({"indexes", "constraints"})
NO_MATTER = frozenset({"apps", "app_label", "abstract", "swappable"})


def models_match_state(state: ProjectState, migrated: Collection[str]) -> bool:
    """Whether the models of the migrated apps are surely those of the state: the autodetector would find nothing.

    To be called without a translation, as makemigrations does. False means that it has to be asked.
    """
    registered = {
        (model._meta.app_label, str(model._meta.model_name)): model
        for model in apps.get_models(include_swapped=True)
        if model._meta.app_label in migrated
    }
    if registered.keys() != state.models.keys():
        return False
    detector = MigrationAutodetector(state, state)
    return all(
        _plainly_same(state.models[key], model) or _same(state.models[key], ModelState.from_model(model), detector)
        for key, model in registered.items()
    )


# ---------------------------------------------------------------------------------------------------- taking them apart
def _same(expected: ModelState, actual: ModelState, detector: MigrationAutodetector) -> bool:
    """As the autodetector compares two states of a model; stricter where that is simpler."""
    if not _same_options(expected.options, actual.options):
        return False
    if expected.options.get("proxy") or not expected.options.get("managed", True):
        return True  # no migration says more of a model without a table of its own
    return (
        expected.fields.keys() == actual.fields.keys()
        and expected.managers == actual.managers
        and all(
            detector.deep_deconstruct(field) == detector.deep_deconstruct(actual.fields[name])
            for name, field in expected.fields.items()
        )
    )


def _same_options(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    for name in (expected.keys() | actual.keys()) - NO_MATTER:
        one, other = expected.get(name), actual.get(name)
        if name in TOGETHER:
            if _together(one) != _together(other):
                return False
        elif name in LISTS:
            ones, others = list(one or ()), list(other or ())
            if any(each not in others for each in ones) or any(each not in ones for each in others):
                return False
        elif (name in expected) != (name in actual) or one != other:
            return False
    return True


def _together(value: Any) -> set[tuple[str, ...]]:
    return {tuple(names) for names in normalize_together(value or ())}


# --------------------------------------------------------------------------------------------------- seen from outside
def _plainly_same(expected: ModelState, model: type[models.Model]) -> bool:
    meta = model._meta
    fields = {
        field.name: field
        for field in (*meta.local_fields, *meta.local_many_to_many)
        if not isinstance(field, models.OrderWrt)
    }
    return (
        fields.keys() == expected.fields.keys()
        and not expected.managers
        and _has_usual_manager(model)
        and _plain_options(expected.options, model)
        and all(_plain_field(field, fields[name]) for name, field in expected.fields.items())
    )


def _has_usual_manager(model: type[models.Model]) -> bool:
    """Whether a migration says nothing of the model's managers (ModelState.from_model)."""
    return (
        "base_manager_name" not in model._meta.original_attrs
        and model._meta.default_manager is not None
        and model._meta.default_manager.name == "objects"
        and not any(manager.use_in_migrations for manager in model._meta.managers)
    )


def _plain_options(expected: Mapping[str, Any], model: type[models.Model]) -> bool:
    given = model._meta.original_attrs
    if "order_with_respect_to" in given or not expected.keys() - LISTS - NO_MATTER <= given.keys():
        return False
    for name, value in given.items():
        if name in NO_MATTER or name not in DEFAULT_NAMES:
            continue
        if name in TOGETHER:
            if _together(expected.get(name)) != _together(value):
                return False
        elif name not in LISTS and (name not in expected or not _plain_value(expected[name], value)):
            return False
    return all(list(expected.get(name) or ()) == list(getattr(model._meta, name)) for name in LISTS)


def _plain_field(expected: Any, actual: Any) -> bool:
    """Whether two fields of Django's own hold the same in every attribute that they were made with."""
    kind: Any = type(expected)
    if kind is not type(actual) or not kind.__module__.startswith("django."):
        return False
    if expected.remote_field is not None:
        if kind not in RELATIONS or not _plain_relation(expected.remote_field, actual.remote_field):
            return False
    if _all_equal(kind, expected, actual):
        return True
    missing = object()
    given = actual.__dict__
    for name, value in expected.__dict__.items():
        other = given.get(name, missing)
        if value is other or name in OF_THE_CLASS or _plain_value(value, other):
            continue
        if _is_told(cast("Hashable", kind), name):
            return False
    return True


def _all_equal(kind: Any, expected: Any, actual: Any) -> bool:
    """Whether all that may be told is equal, at one go. The autodetector asks no more of these values than `==`.

    Of validators it does: two may be equal that were made with other arguments.
    """
    if expected._validators:
        return False
    told = _told(kind, tuple(expected.__dict__))
    try:
        return bool(told(expected) == told(actual))
    except AttributeError:
        return False


@lru_cache(maxsize=4096)
def _told(kind: Hashable, attributes: tuple[str, ...]) -> attrgetter[Any]:
    return attrgetter(*(name for name in attributes if name not in OF_THE_CLASS and _is_told(kind, name)))


@lru_cache(maxsize=4096)
def _is_told(kind: Hashable, attribute: str) -> bool:
    """Whether deconstruct() may look at an attribute that is not OF_THE_CLASS. A computed one it does not look at."""
    if attribute in OF_A_KEY and kind in RELATIONS:
        return False
    return not isinstance(getattr(kind, attribute, None), cached_property)


def _plain_relation(expected: Any, actual: Any) -> bool:
    to, target = expected.model, getattr(actual.model, "_meta", None)
    if type(to) is not str or target is None or to.lower() != target.label_lower:
        return False
    if isinstance(actual, models.ManyToManyRel):
        through: Any = actual.through
        label = None if through is None or through._meta.auto_created else through._meta.label
        return (
            expected.through == label
            and expected.db_constraint is actual.db_constraint
            and _plain_value(expected.through_fields, actual.through_fields)
        )
    named = actual.field_name
    if target.pk is not None and named == target.pk.name:
        named = None  # as deconstruct() leaves it out
    return (
        expected.on_delete is actual.on_delete
        and expected.parent_link is actual.parent_link
        and expected.field_name == named
    )


def _plain_value(expected: Any, actual: Any) -> bool:
    if expected is actual:
        return True
    kind: Any = type(expected)
    if isinstance(actual, Promise):
        return kind is str and expected != "" and bool(expected == actual)
    if kind is not type(actual):
        return False
    if kind in PLAIN:
        return bool(expected == actual)
    if kind in (list, tuple):
        return len(expected) == len(actual) and all(map(_plain_value, expected, actual))
    return kind is dict and [*expected] == [*actual] and all(map(_plain_value, expected.values(), actual.values()))
