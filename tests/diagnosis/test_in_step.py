"""`models_match_state` may ask the autodetector in vain, but where it does not ask there must be nothing to find."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.utils.translation import gettext_lazy

from schemaguard.diagnosis.models_match_state import models_match_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LABELS = frozenset(config.label for config in apps.get_app_configs())
KEYS = sorted((model._meta.app_label, model._meta.model_name) for model in apps.get_models(include_swapped=True))
ATTRIBUTES: dict[str, Any] = {
    "null": lambda value: not value,
    "blank": lambda value: not value,
    "db_index": lambda value: not value,
    "_unique": lambda value: not value,
    "editable": lambda value: not value,
    "max_length": lambda value: (value or 0) + 1,
    "default": lambda value: "another",
    "db_column": lambda value: "another",
    "help_text": lambda value: "another",
    "_verbose_name": lambda value: "another",
    "_related_name": lambda value: "another",
    "_validators": lambda value: [print],
    "choices": lambda value: [("a", "b")],
}


def as_they_are() -> ProjectState:
    state = ProjectState.from_apps(apps)
    state.real_apps = set()
    return state


def finds_something(state: ProjectState) -> bool:
    questioner = MigrationQuestioner(defaults={"ask_initial": False, "ask_rename": False})
    detector: Any = MigrationAutodetector(state.clone(), as_they_are(), questioner)
    return bool(detector._detect_changes())


@pytest.fixture(scope="module")
def others() -> ProjectState:
    return as_they_are()


def with_another(others: ProjectState, key: tuple[str, str], change: Callable[[ModelState], object]) -> ProjectState:
    """The state in which this model, and no other, is another."""
    state = ProjectState({**others.models, key: ModelState.from_model(apps.get_model(*key))})
    change(state.models[key])
    return state


def test_models_are_in_step_with_themselves() -> None:
    assert models_match_state(as_they_are(), LABELS)


def test_most_models_are_seen_to_be_in_step_without_taking_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    state = as_they_are()
    asked = counted(monkeypatch)
    assert models_match_state(state, LABELS)
    assert len(asked) <= len(KEYS) / 2


@pytest.mark.parametrize("key", KEYS, ids=".".join)
def test_a_model_more_or_less_is_seen(key: tuple[str, str]) -> None:
    state = as_they_are()
    del state.models[key]
    assert not models_match_state(state, LABELS)


def changed_fields(others: ProjectState, key: tuple[str, str]) -> Iterator[tuple[str, ProjectState]]:
    """The state with one attribute of one field of this model changed; only what Django itself can take apart."""
    for name, field in others.models[key].fields.items():
        for attribute, other in ATTRIBUTES.items():
            changed: Any = field.clone()
            if not hasattr(changed, attribute):
                continue
            setattr(changed, attribute, other(getattr(changed, attribute)))
            try:
                changed.clone()
            except (KeyError, TypeError, ValueError):
                continue
            yield f"{name}.{attribute}", with_another(others, key, partial(put, name=name, field=changed))


def put(model: ModelState, *, name: str, field: Any) -> None:
    model.fields[name] = field


@pytest.mark.parametrize("key", KEYS, ids=".".join)
def test_no_change_of_a_field_goes_unseen(others: ProjectState, key: tuple[str, str]) -> None:
    unseen = [
        what
        for what, state in changed_fields(others, key)
        if models_match_state(state, LABELS) and finds_something(state)
    ]
    assert unseen == []


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.options.update(ordering=["-id"]),
        lambda model: model.options.update(verbose_name="another"),
        lambda model: model.options.update(permissions=[("ship", "Can ship")]),
        lambda model: model.options.update(db_table="another"),
        lambda model: model.options.update(db_table_comment="another"),
        lambda model: model.options.update(default_related_name="another"),
        lambda model: model.options.update(unique_together={("id", "name")}),
        lambda model: model.options["indexes"].append(models.Index(fields=["id"], name="another")),
        lambda model: model.options["constraints"].append(models.UniqueConstraint(fields=["id"], name="another")),
        lambda model: model.managers.append(("objects", models.Manager())),
        lambda model: model.fields.update(another=models.IntegerField(null=True)),
        lambda model: model.fields.popitem(),
    ],
)
@pytest.mark.parametrize("key", [key for key in KEYS if key[0] == "catalog"], ids=".".join)
def test_no_change_of_a_model_goes_unseen(
    others: ProjectState, key: tuple[str, str], change: Callable[[ModelState], object]
) -> None:
    state = with_another(others, key, change)
    assert not (models_match_state(state, LABELS) and finds_something(state))


PRODUCT = apps.get_model("catalog", "product")


def first_field(kind: type[models.Field]) -> Any:
    return next(field for field in PRODUCT._meta.local_fields if type(field) is kind)


def test_a_field_of_another_class_is_another_field() -> None:
    state, name = as_they_are(), first_field(models.TextField).name
    state.models["catalog", "product"].fields[name] = models.BinaryField()
    assert not models_match_state(state, LABELS)
    assert finds_something(state)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The models that are taken apart."""
    asked: list[Any] = []
    from_model = ModelState.from_model

    def noted(model: Any) -> ModelState:
        asked.append(model)
        return from_model(model)

    monkeypatch.setattr(ModelState, "from_model", noted)
    return asked


@pytest.mark.parametrize("computed", [False, True])
def test_the_very_same_validators_are_seen_without_taking_the_model_apart(
    monkeypatch: pytest.MonkeyPatch, computed: bool
) -> None:
    """Which a field with validators of its own computes from them and keeps is no part of it."""
    field = first_field(models.TextField)
    monkeypatch.setattr(field, "_validators", [print])
    state = as_they_are()
    kept = state.models["catalog", "product"].fields[field.name]
    assert kept._validators == [print]
    if computed:
        assert print in kept.validators
    asked = counted(monkeypatch)
    assert models_match_state(state, LABELS)
    assert PRODUCT not in asked


def test_what_a_field_has_beside_its_arguments_takes_a_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    state = as_they_are()
    state.models["catalog", "product"].fields[first_field(models.TextField).name].noted = 1
    asked = counted(monkeypatch)
    assert models_match_state(state, LABELS)
    assert PRODUCT in asked


@pytest.mark.parametrize(("said", "same"), [("Another", True), ("One more", False)])
def test_a_translated_name_is_the_text_that_makemigrations_wrote(
    monkeypatch: pytest.MonkeyPatch, said: str, same: bool
) -> None:
    monkeypatch.setitem(PRODUCT._meta.original_attrs, "verbose_name", gettext_lazy("Another"))
    state = as_they_are()
    state.models["catalog", "product"].options["verbose_name"] = said
    assert models_match_state(state, LABELS) is same
