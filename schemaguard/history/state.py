"""Django's ProjectState, listening to itself. The private parts of Django's migration state stand in this module alone.

Every operation, third-party ones included, changes the state through ProjectState's own methods. All of these end in
`reload_model`, `add_model` or `remove_model`. A subclass that notes the calls knows which models an operation touched
and what it renamed. No model class is rendered for that (django/db/migrations/state.py, 4.2 to 6.1).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps as global_apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations import RenameField
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.migrations.migration import Migration

ModelKey = tuple[str, str]
"""(app label, lower-cased model name)"""


@dataclass(slots=True)
class Touched:
    """What happened to the state since the last `take()`."""

    models: dict[ModelKey, None] = field(default_factory=dict)
    renamed_models: dict[ModelKey, ModelKey] = field(default_factory=dict)
    renamed_fields: dict[ModelKey, dict[str, str]] = field(default_factory=dict)
    renamed_indexes: dict[ModelKey, dict[str, str]] = field(default_factory=dict)


class TrackingState(ProjectState):
    """A ProjectState that notes what its own methods touch."""

    _relations: Any

    def __init__(self, models: Any = None, real_apps: Any = None) -> None:
        super().__init__(models, real_apps)
        self.touched = Touched()
        self.former: dict[ModelKey, dict[str, str]] = {}
        """By model, the names that fields had before, and what they are called now: indexes may go on using them."""
        self.renamed_fields: Mapping[str, Collection[str]] = {}
        """Name → the names from which a migration of the whole history gives it to a field."""
        self._names: dict[ModelKey, frozenset[str]] = {}
        self._owners: dict[str, dict[ModelKey, None]] = {}
        self._unscanned: set[ModelKey] = set(self.models)

    def take(self) -> Touched:
        """What was touched since the last call; forgets it."""
        taken, self.touched = self.touched, Touched()
        return taken

    def _touch(self, key: ModelKey) -> None:
        self.touched.models[key] = None
        self._unscanned.add(key)

    def _naming(self, name: str) -> list[ModelKey]:
        """The models with a relation to a field of this name; only what changed since the last call is gone through."""
        for key in self._unscanned:
            for known in self._names.pop(key, ()):
                del self._owners[known][key]
            model_state = dict.get(self.models, key)  # without the copy that LazyState makes of what it is asked for
            if model_state is not None:
                self._names[key] = frozenset(
                    known for field in model_state.fields.values() for known in names_in_relation(field)
                )
                for known in self._names[key]:
                    self._owners.setdefault(known, {})[key] = None
        self._unscanned.clear()
        return list(self._owners.get(name, ()))

    def clone(self) -> TrackingState:
        cloned = TrackingState({key: state.clone() for key, state in self.models.items()}, self.real_apps)
        cloned.former = {key: dict(names) for key, names in self.former.items()}
        cloned.renamed_fields = self.renamed_fields
        return cloned

    def add_model(self, model_state: ModelState) -> None:
        self._touch((model_state.app_label, model_state.name_lower))
        super().add_model(model_state)

    def remove_model(self, app_label: str, model_name: str) -> None:
        self._touch((app_label, model_name))
        super().remove_model(app_label, model_name)

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        self.touched.renamed_models[app_label, old_name.lower()] = (app_label, new_name.lower())
        self.former[app_label, new_name.lower()] = self.former.pop((app_label, old_name.lower()), {})
        super().rename_model(app_label, old_name, new_name)

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        self.touched.renamed_fields.setdefault((app_label, model_name), {})[old_name] = new_name
        former = self.former.setdefault((app_label, model_name), {})
        former.update({name: new_name for name, now in former.items() if now == old_name}, **{old_name: new_name})
        naming = self._naming(old_name)
        for each in naming:
            self._own_relations(self.models[each], old_name)
        if "apps" in self.__dict__ or self._relations is not None:
            super().rename_field(app_label, model_name, old_name, new_name)
            return
        # Django asks every field of every model whether it refers to this one; nearly none of them names it.
        every, key = self.models, (app_label, model_name)
        self._unscanned.update(naming)
        self.models = {each: every[each] for each in (*naming, key)}
        try:
            super().rename_field(app_label, model_name, old_name, new_name)
        finally:
            self.models = every

    def _own_relations(self, model_state: ModelState, name: str) -> None:
        """Copies the relations that name a field. Django would change those of the migrations' own operations."""
        for each, relation in model_state.fields.items():
            if name in names_in_relation(relation):
                model_state.fields[each] = copy.deepcopy(relation)

    def alter_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        if "apps" in self.__dict__ or self._relations is not None:
            super().alter_field(app_label, model_name, name, field, preserve_default)
            return
        # Django asks every field of every model whether it refers to this one, only to know how much to render again.
        if not preserve_default:
            field = field.clone()
            field.default = models.NOT_PROVIDED
        self.models[app_label, model_name].fields[name] = field
        self.reload_model(app_label, model_name)

    def rename_index(self, app_label: str, model_name: str, old_index_name: str, new_index_name: str) -> None:
        self.touched.renamed_indexes.setdefault((app_label, model_name), {})[old_index_name] = new_index_name
        super().rename_index(app_label, model_name, old_index_name, new_index_name)

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self._touch((app_label, model_name))
        super().reload_model(app_label, model_name, delay)

    def reload_models(self, models: Any, delay: bool = True) -> None:
        for key in models:
            self._touch(key)
        super().reload_models(models, delay)


def names_in_relation(field: Any) -> set[str]:
    """The names by which a relation says which field it means (`field_references` of Django's)."""
    remote = field.remote_field
    if remote is None:
        return set()
    names = {getattr(remote, "field_name", None), *(getattr(field, "to_fields", None) or ())}
    return set(filter(None, (*names, *(getattr(remote, "through_fields", None) or ()))))


def renamed_fields(migrations: Iterable[Migration]) -> dict[str, list[str]]:
    """Name → the names from which a migration gives it to a field."""
    found: dict[str, list[str]] = {}
    operations = [operation for migration in migrations for operation in migration.operations]
    for operation in operations:
        operations += getattr(operation, "state_operations", ())
        if isinstance(operation, RenameField):
            found.setdefault(operation.new_name, []).append(operation.old_name)
    return found


class Unresolved(LookupError):
    """A relation to a model that this state does not have (yet)."""


class Resolver:
    """Follows relations between model states: keys, targets and their bound fields, without rendering."""

    def __init__(self, state: ProjectState) -> None:
        self.state = state

    def model(self, key: ModelKey) -> ModelState:
        """The model's state; from the registry for an app without migrations. Raises Unresolved."""
        found: ModelState | None = self.state.models.get(key)
        if found is None:
            try:
                return ModelState.from_model(global_apps.get_model(*key))
            except LookupError:
                raise Unresolved(".".join(key)) from None
        return found

    def key_of(self, relation: Any, owner: ModelState) -> ModelKey:
        """The key of the model that a field's `remote_field.model` means."""
        app_label, name = resolve_relation(relation, owner.app_label, owner.name_lower)
        return app_label, name.lower()

    def concrete(self, model_state: ModelState) -> ModelState:
        """The model whose table a (chain of) proxy stands for."""
        while model_state.options.get("proxy") and (base := self._base(model_state)) is not None:
            model_state = base
        return model_state

    def _base(self, model_state: ModelState) -> ModelState | None:
        for base in model_state.bases:
            if isinstance(base, str):
                return self.model(self.key_of(base, model_state))
            if base is not models.Model and isinstance(base, type) and issubclass(base, models.Model):
                meta = base._meta
                if not meta.abstract:
                    return self.model((meta.app_label, str(meta.model_name)))
        return None

    def primary_key(self, model_state: ModelState) -> tuple[str, Any]:
        """(name, field) of the key; an implicit one is made as Django makes it."""
        model_state = self.concrete(model_state)
        for name, candidate in model_state.fields.items():
            if candidate.primary_key:
                return name, candidate
        parent = self._base(model_state)
        if parent is not None:
            link = models.OneToOneField(
                f"{parent.app_label}.{parent.name}", models.CASCADE, parent_link=True, primary_key=True
            )
            return f"{parent.name_lower}_ptr", link
        return "id", default_key()

    def parent_field(self, model_state: ModelState, name: str) -> tuple[ModelState, str, Any]:
        """(model, name, field): the field of that name in the model or a parent of it. Raises FieldDoesNotExist.

        Django's RenameField changes the relations that name its field, those in the operations of the migrations
        included. So once `migrate` has run in this process, they say from the beginning what they say in the end.
        """
        model_state = self.concrete(model_state)
        found = self._own_field(model_state, name)
        if found is not None:
            return model_state, *found
        parent = self._base(model_state)
        if parent is not None:
            return self.parent_field(parent, name)
        raise FieldDoesNotExist(f"{model_state.app_label}.{model_state.name}.{name}")

    def _own_field(self, model_state: ModelState, name: str) -> tuple[str, Any] | None:
        """Under that name, or under the one that it has before it is renamed to that."""
        names = [name]
        renamed = self.state.renamed_fields if isinstance(self.state, TrackingState) else {}
        for each in names:
            names += [former for former in renamed.get(each, ()) if former not in names]
        for each in names:
            if each in model_state.fields:
                return each, model_state.fields[each]
            pk_name, pk = self.primary_key(model_state)
            if each in (pk_name, "pk"):
                return pk_name, pk
        return None


def default_key() -> models.Field[Any, Any]:
    """The automatic key as a migration's state makes it: DEFAULT_AUTO_FIELD of the settings, whatever the app says.

    Always the same object, so that what was made of it before can be kept.
    """
    from django.conf import settings

    return _default_key(settings.DEFAULT_AUTO_FIELD)


@cache
def _default_key(path: str) -> models.Field[Any, Any]:
    made: models.Field[Any, Any] = import_string(path)(verbose_name="ID", primary_key=True, auto_created=True)
    return made
