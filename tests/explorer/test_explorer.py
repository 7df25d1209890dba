"""A database that `migrate` has made is in sync at each place of its history, and comes home from any without records.

SCHEMAGUARD_HISTORIES is how many are told of each theme, SCHEMAGUARD_SEED where they begin (0). SCHEMAGUARD_SEVERAL
also asks for several alterations at once, without records perhaps. Not all of these are mended (docs/limits.md).
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.explorer.histories import steps
from tests.explorer.themes import THEMES
from tests.explorer.trial import Trial, place

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Server

SEED = int(os.environ.get("SCHEMAGUARD_SEED", "0"))
NUMBERS = range(SEED, SEED + int(os.environ.get("SCHEMAGUARD_HISTORIES", "1")))

ALTERED = (True, False) if os.environ.get("SCHEMAGUARD_SEVERAL") else (True,)


pytestmark = [
    pytest.mark.long,
    pytest.mark.parametrize(
        "vendor", ["sqlite", "postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True
    ),
    pytest.mark.parametrize("theme", THEMES),
    pytest.mark.parametrize("number", NUMBERS),
]


def test_history(theme: str, number: int, server: Server, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    told = steps(theme, number)
    with django_db_blocker.unblock():
        trial = Trial(told, tmp_path, server)
        trial = Trial(told[: trial.is_silent_everywhere()], tmp_path, server)
        if not trial.steps:
            return
        trial.comes_home(len(trial.steps))
        trial.comes_home(place(trial.steps, theme, number))


def test_altered(theme: str, number: int, server: Server, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    told = steps(theme, number)
    with django_db_blocker.unblock():
        trial = Trial(told, tmp_path, server)
        trial = Trial(told[: trial.possible()], tmp_path, server)
        for once in ALTERED if trial.steps else ():
            random = Random(f"altered {theme} {number} {once}")
            replace(trial, folder=tmp_path / str(once)).is_mended(random, once=once)
