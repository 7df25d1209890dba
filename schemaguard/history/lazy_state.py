"""A project state that renders the models that somebody asks for, and what Django's editor needs of related ones.

Django renders every model of a state at once, and each of them once more where it looks at one that changed
(`StateApps` of django/db/migrations/state.py, 4.2 to 6.1). For one index on one table that is work for the whole
project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.apps import apps as global_apps
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation

from schemaguard.history.state import ModelKey, TrackingState

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation

Named = Callable[[ModelState], tuple[str, ...]]
"""Tells which tables a model has."""


class OutsideSlice(LookupError):
    """An operation looked at a model of which it was thought to know nothing."""


class SharedModels(dict[ModelKey, ModelState]):
    """Model states that other project states may have too: whoever takes one out gets a copy, which replaces it.

    `changed` are the models that may have changed since the set was last emptied. Where `only` is given, there are no
    other models, and to ask for one raises OutsideSlice.
    """

    def __init__(self, models: Mapping[ModelKey, ModelState], only: frozenset[ModelKey] | None = None) -> None:
        super().__init__(models)
        self.own: set[ModelKey] = set()
        self.changed: set[ModelKey] = set()
        self.only = only

    def __getitem__(self, key: ModelKey) -> ModelState:
        self._look_at(key)
        if key not in self.own and key in self:
            super().__setitem__(key, super().__getitem__(key).clone())
            self.own.add(key)
        self.changed.add(key)
        return super().__getitem__(key)

    def __setitem__(self, key: ModelKey, model_state: ModelState) -> None:
        self._look_at(key)
        super().__setitem__(key, model_state)
        self.own.add(key)
        self.changed.add(key)

    def __delitem__(self, key: ModelKey) -> None:
        super().__delitem__(key)
        self.changed.add(key)

    def get(self, key: ModelKey, default: Any = None) -> Any:
        self._look_at(key)
        if key not in self:
            return default
        return self[key]

    def pop(self, key: ModelKey, *default: Any) -> Any:
        self._look_at(key)
        self.changed.add(key)
        return super().pop(key, *default)

    def values(self) -> Any:
        return [self[key] for key in self]

    def items(self) -> Any:
        return [(key, self[key]) for key in self]

    def _look_at(self, key: ModelKey) -> None:
        if self.only is not None and key not in self.only:
            raise OutsideSlice(".".join(key))


class LazyState(TrackingState):
    """A state whose `apps` render a model when it is asked for, and whose clones share what did not change."""

    models: SharedModels

    def __init__(
        self, models: Mapping[ModelKey, ModelState], real_apps: set[str], named: Named = lambda _: (),
        only: frozenset[ModelKey] | None = None,
    ) -> None:  # fmt: skip
        super().__init__({}, real_apps)
        self.models = SharedModels(models, only)
        self._unscanned = set(models)
        self._named = named
        self._tables: dict[ModelKey, tuple[str, ...]] = {}
        self._models_of: dict[str, tuple[ModelKey, ...]] = {}
        self.models.changed.update(models)

    def apply(self, app_label: str, operation: Operation) -> None:
        """Moves over one operation. Raises what its `state_forwards` raises."""
        self.__dict__.pop("apps", None)
        operation.state_forwards(app_label, self)

    def put(self, models: Mapping[ModelKey, ModelState], gone: frozenset[ModelKey]) -> None:
        """Takes these models in the place of all those of `gone`."""
        self.__dict__.pop("apps", None)
        for key in gone:
            self.models.pop(key, None)
        for key, model_state in models.items():
            self.models[key] = model_state
        self.models.own.clear()
        self._unscanned.update(models, gone)

    def clone(self) -> LazyState:
        """Shares all model states with this one; the first of the two that changes one has a copy of its own."""
        self._note_tables()
        cloned = LazyState({}, self.real_apps, self._named, self.models.only)
        cloned.models = SharedModels(dict.copy(self.models), self.models.only)
        cloned.former = {key: dict(names) for key, names in self.former.items()}
        cloned._unscanned = set(self.models)
        cloned._tables, cloned._models_of = dict(self._tables), dict(self._models_of)
        self.models.own.clear()
        return cloned

    def whole(self) -> ProjectState:
        """Django's own kind, which renders every model at once: for code that may look at any of them."""
        self.models.own.clear()
        return ProjectState(dict.copy(self.models), set(self.real_apps))

    def models_of(self, table: str) -> tuple[ModelKey, ...]:
        """The models that have this table, as their own or as that of a many-to-many field."""
        self._note_tables()
        return self._models_of.get(table, ())

    def _note_tables(self) -> None:
        for key in sorted(self.models.changed):
            for table in self._tables.pop(key, ()):
                self._models_of[table] = tuple(other for other in self._models_of[table] if other != key)
            model_state = dict.get(self.models, key)
            if model_state is not None:
                self._tables[key] = self._named(model_state)
                for table in self._tables[key]:
                    self._models_of[table] = tuple(sorted({*self._models_of.get(table, ()), key}))
        self.models.changed.clear()

    @cached_property
    def apps(self) -> LazyApps:
        self.models.own.clear()
        return LazyApps(dict.copy(self.models), self.real_apps)


class LazyApps(StateApps):
    """A registry that renders a model when it is asked for, with its bases and the models that its fields point at.

    The models that point at it are rendered when somebody asks for reverse relations.
    """

    def __init__(self, states: Mapping[ModelKey, ModelState], real_apps: set[str]) -> None:
        self.states: Mapping[ModelKey, ModelState] = {}
        self.asked: dict[ModelKey, None] = {}
        self._pointed_at: set[ModelKey] = set()
        self._forward_only = False
        self._looked_back = False
        super().__init__([], {})
        self.states = states
        self._real_apps = real_apps

    def clear_cache(self) -> None:
        """Django does this for each model that is rendered, and goes through all of them; `_render_all` does it."""

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> Any:
        if model_name is None:
            app_label, model_name = app_label.split(".")
        key = app_label, model_name.lower()
        if key not in self.asked and self._state(key) is not None:
            self.asked[key] = None
            self._render_all([key])
        return super().get_model(app_label, model_name, require_ready)

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> Any:
        """Those that are rendered, and all that point at one that was asked for: so Django finds reverse relations."""
        if self._forward_only:
            self._looked_back = True
            return []
        while missing := [key for key in self.asked if key not in self._pointed_at]:
            self._pointed_at.update(missing)
            self._render_all(list(self._pointing_at(missing)))
        found = StateApps.get_models.__wrapped__(self, include_auto_created, include_swapped)  # type: ignore[attr-defined]
        return sorted(found, key=lambda model: (model._meta.app_label, model._meta.model_name))

    @contextmanager
    def forward_only(self) -> Iterator[None]:
        """Within the block no model has reverse relations, which would have to be rendered.

        Django looks for them where it meets a lookup of a foreign key: `owner__isnull` in the condition of an index.
        No condition of an index or a constraint may use one.
        """
        self._forward_only, self._looked_back = True, False
        try:
            yield
        finally:
            self._forward_only = False
            for models in self.all_models.values() if self._looked_back else ():
                for model in models.values():
                    meta: Any = model._meta
                    if "fields_map" in vars(meta):
                        meta._expire_cache(forward=False)

    def _state(self, key: ModelKey) -> ModelState | None:
        found = self.states.get(key)
        if found is None and key[0] in self._real_apps and not self._is_rendered(key):
            try:
                return ModelState.from_model(global_apps.get_model(*key), exclude_rels=True)
            except LookupError:
                return None
        return found

    def _is_rendered(self, key: ModelKey) -> bool:
        return key[1] in self.all_models[key[0]]

    def _render_all(self, keys: list[ModelKey]) -> None:
        """Renders these with what they point at, and of that whatever its own key points at. Raises ValueError."""
        queue = [(key, True) for key in reversed(keys)]
        seen: dict[ModelKey, None] = {}
        while queue:
            key, whole = queue.pop()
            model_state = self._state(key)
            if not self._is_rendered(key):
                if model_state is None:
                    continue
                model_state.render(self)
            seen[key] = None
            for target in _targets(model_state, whole) if model_state is not None else ():
                if target not in seen:
                    queue.append((target, False))
                if not self._is_rendered(target) and self._state(target) is None:
                    raise ValueError(f"{'.'.join(key)} points at {'.'.join(target)}, and there is no such model")
        for key in seen:
            meta: Any = self.all_models[key[0]][key[1]]._meta
            meta._expire_cache()

    def _pointing_at(self, keys: list[ModelKey]) -> Iterator[ModelKey]:
        """The models with a field that points at one of these; and at such a model, where that field is its key."""
        wanted, moved = set(keys), True
        pointing = [(key, each) for key, state in self.states.items() for each in _pointers(state)]
        found: dict[ModelKey, None] = {}
        while moved:
            moved = False
            for key, (target, is_key) in pointing:
                if target in wanted:
                    found[key] = None
                    if is_key and key not in wanted:
                        wanted.add(key)
                        moved = True
        yield from found


def _targets(model_state: ModelState, whole: bool) -> Iterator[ModelKey]:
    """The models that its fields point at; without `whole`, those that other models' columns may take a type from."""
    for target, is_key in _pointers(model_state):
        if whole or is_key:
            yield target


def _pointers(model_state: ModelState) -> Iterator[tuple[ModelKey, bool]]:
    """(model, whether the field is a key that others may point at) for each relation of a model."""
    for field in model_state.fields.values():
        remote = field.remote_field
        for model in (getattr(remote, "model", None), getattr(remote, "through", None)) if remote else ():
            if model:
                app_label, name = resolve_relation(model, model_state.app_label, model_state.name_lower)
                yield (app_label, name.lower()), bool(field.primary_key or getattr(field, "_unique", False))
    for base in model_state.bases:
        if isinstance(base, str):
            app_label, name = base.split(".", 1)
            yield (app_label, name.lower()), True
