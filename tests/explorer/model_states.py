"""What a state of the models has to say to whoever alters it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import models

from tests.explorer.fields import APP

if TYPE_CHECKING:
    from django.db.migrations.state import ModelState, ProjectState


def computed_from(model: ModelState) -> set[str]:
    """The fields that generated columns read: on SQLite these are not known by another name (docs/limits.md)."""
    computed = [each for each in model.fields.values() if isinstance(each, getattr(models, "GeneratedField", ()))]
    return {word for each in computed for word in re.findall(r"\w+", repr(each.deconstruct()))}


def named(model: ModelState) -> set[str]:
    """The fields that the model's indexes, constraints and generated columns name.

    makemigrations removes these before a field goes, or gets another name.
    """
    listed = [*model.options.get("indexes", ()), *model.options.get("constraints", ())]
    return {word for each in listed for word in re.findall(r"\w+", repr(each.deconstruct()))} | computed_from(model)


def used(model: ModelState) -> set[str]:
    """Those, and the ones that other options name. The state renames the latter by itself."""
    together = model.options.get("unique_together") or ()
    order = [model.options["order_with_respect_to"]] if "order_with_respect_to" in model.options else []
    return {*named(model), *(name for group in together for name in group), *order}


def ours(state: ProjectState) -> list[ModelState]:
    return [each for each in state.models.values() if each.app_label == APP]
