"""A field of each kind becomes one of each other kind: the history says what Django's editor makes of that.

SCHEMAGUARD_HISTORIES is how many dozens of pairs are tried, SCHEMAGUARD_SEED where they begin (0).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations import AlterField, CreateModel

from tests.explorer.test_explorer import NUMBERS
from tests.explorer.trial import Trial

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Server

PAIRS = 12
KEY = {"to": "shop.owner", "on_delete": models.CASCADE, "null": True, "related_name": "+"}
KINDS: list[tuple[Any, dict[str, Any]]] = [
    (models.IntegerField, {"default": 1}),
    (models.IntegerField, {"null": True, "db_index": True}),
    (models.IntegerField, {"null": True, "unique": True, "db_index": True}),
    (models.IntegerField, {"null": True, "db_column": "other", "db_index": True}),
    (models.BigIntegerField, {"null": True}),
    (models.PositiveIntegerField, {"default": 1}),
    (models.PositiveSmallIntegerField, {"null": True, "unique": True}),
    (models.DecimalField, {"max_digits": 9, "decimal_places": 2, "default": 0}),
    (models.FloatField, {"null": True}),
    (models.BooleanField, {"default": False}),
    (models.CharField, {"max_length": 20, "default": "x", "db_comment": "told"}),
    (models.CharField, {"max_length": 30, "null": True, "db_index": True}),
    (models.CharField, {"max_length": 300, "default": "x"}),
    (models.SlugField, {"default": "x"}),
    (models.EmailField, {"null": True, "unique": True}),
    (models.TextField, {"null": True}),
    (models.TextField, {"default": "x"}),
    (models.UUIDField, {"null": True, "unique": True}),
    (models.JSONField, {"default": dict}),
    (models.DateField, {"null": True}),
    (models.DateTimeField, {"null": True, "db_index": True}),
    (models.DurationField, {"null": True}),
    (models.BinaryField, {"null": True}),
    (models.GenericIPAddressField, {"null": True}),
    (models.ForeignKey, KEY),
    (models.ForeignKey, {**KEY, "db_constraint": False}),
    (models.ForeignKey, {**KEY, "db_index": False}),
    (models.ForeignKey, {**KEY, "db_column": "owned"}),
    (models.ForeignKey, {**KEY, "to": "shop.named"}),
    (models.OneToOneField, KEY),
]


def made(kind: tuple[Any, dict[str, Any]]) -> models.Field[Any, Any]:
    """A field, for one operation alone."""
    field, given = kind
    return field(**given)  # type: ignore[no-any-return]


@pytest.mark.long
@pytest.mark.parametrize(
    "vendor", ["sqlite", "postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True
)
@pytest.mark.parametrize("number", NUMBERS)
def test_pairs(number: int, server: Server, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    pairs = Random(f"pairs {number}").sample(list(permutations(KINDS, 2)), PAIRS)
    owners: list[Any] = [
        CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))]),
        CreateModel("Named", [("code", models.CharField(max_length=20, primary_key=True))]),
    ]
    names = [f"Thing{number}" for number in range(PAIRS)]
    things = [
        CreateModel(name, [("id", models.BigAutoField(primary_key=True)), ("field", made(old))])
        for name, (old, _) in zip(names, pairs, strict=True)
    ]
    altered: list[Any] = [[AlterField(name, "field", made(new))] for name, (_, new) in zip(names, pairs, strict=True)]
    with django_db_blocker.unblock():
        trial = Trial([[*owners, *things], *altered], tmp_path / "all", server)
        while (refused := trial.possible()) < len(trial.steps):  # this server casts no such value
            steps = [each for place, each in enumerate(trial.steps) if place != refused]
            trial = replace(trial, steps=steps, folder=tmp_path / f"without {refused}")
        assert trial.is_silent_everywhere() > PAIRS // 3
        trial.comes_home(len(trial.steps))
