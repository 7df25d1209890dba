"""SQL of the migrations' expressions (predicates, indexed expressions, defaults), compiled by Django, on demand.

Only what is compared is compiled. An expression is resolved against a model. A stand-in is rendered for that, in a
registry of its own. What its relations point at are stubs, because indexes and constraints cannot join.
"""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from django.apps.registry import Apps
from django.db import models
from django.db.models.options import Options
from django.db.models.sql.query import Query

from schemaguard.history.state import Resolver, Unresolved
from schemaguard.schema.objects import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.state import ModelState

_NO_APPS = Apps()
_COPIED = frozenset({"django.db.models.fields", "django.db.models.fields.related"})


class _StandIns(Apps):
    """A registry without apps, so that nothing is kept for it."""

    def clear_cache(self) -> None:
        """Django's own empties at each model what is kept for the project's registry, which then asks all models."""


class _Sketch:
    """In the place of a model class, of which a Query asks `_meta` alone where it looks at plain fields."""

    def __init__(self, options: Any) -> None:
        self._meta = options


class StandIn:
    """A model class that has the columns of a model state, rendered when first asked for.

    The state goes on changing after this moment of the history, so `keep()` takes a copy for whoever asks later.
    """

    def __init__(self, model_state: ModelState, resolver: Resolver, db_table: str) -> None:
        self.source = model_state
        self.db_table = db_table
        self.targets: dict[str, Target | None] = {}
        self._resolver: Resolver | None = resolver
        self._model: type[models.Model] | None = None

    def keep(self) -> StandIn:
        if self._resolver is not None:
            for name, field in self.source.fields.items():
                if field.is_relation and field.remote_field is not None and not field.many_to_many:
                    self.targets[name] = _target(self._resolver, self.source, field)
            self.source = self.source.clone()
            self._resolver = None
        return self

    @property
    def model(self) -> type[models.Model]:
        if self._model is None:
            self.keep()
            self._model = self._render()
        return self._model

    def narrowed(self, names: Collection[str]) -> type[models.Model]:
        """A class with the key and the fields of these names (or attnames) alone, which is rendered the sooner.

        It has no more of generated and composite fields, which read others, than the whole has of itself.
        """
        self.keep()
        fields = self.source.fields
        if names and all(name in fields and _is_plain(fields[name]) for name in names):
            sketch: type[models.Model] = self._sketched(names)
            return sketch
        wanted = {
            name
            for name, field in fields.items()
            if field.primary_key or name in names or (field.is_relation and f"{name}_id" in names)
        }
        if len(wanted) == len(fields) or any(_reads_others(fields[name]) for name in wanted):
            return self.model
        return self._render(wanted)

    def _sketched(self, names: Collection[str]) -> Any:
        """Not even a model, but what a Query looks up in one, where it looks at plain fields alone."""
        options: Any = Options(None, self.source.app_label)
        options.apps = _NO_APPS
        options.object_name, options.model_name = self.source.name, self.source.name_lower
        options.db_table = self.db_table
        sketch = _Sketch(options)
        options.model = options.concrete_model = sketch
        for name in names:
            bound: Any = copy(self.source.fields[name])
            bound.name = None
            bound.set_attributes_from_name(name)
            bound.model = sketch
            options.local_fields.append(bound)
        return sketch

    def _render(self, wanted: Collection[str] | None = None) -> type[models.Model]:
        apps = _StandIns()
        source = self.source
        body: dict[str, Any] = {
            "__module__": "schemaguard.stand_in",
            "Meta": _meta(apps, source.app_label, self.db_table, source.options),
        }
        for name, field in source.fields.items():
            if wanted is not None and name not in wanted:
                continue
            if field.many_to_many or (
                field.is_relation and not hasattr(field, "attname") and field.remote_field is None
            ):
                continue
            made = _unbound(field) if wanted is not None else field.clone()
            if field.is_relation and made.remote_field is not None:
                target = self.targets.get(name)
                if target is None:
                    continue
                made.remote_field.related_name = "+"
                made.remote_field.parent_link = False
                made.remote_field.model = _stub(apps, *target)
            body[name] = made
        return type(str(source.name), (models.Model,), body)


Target = tuple[str, str, str, Any]


def _target(resolver: Resolver, model_state: ModelState, field: Any) -> Target | None:
    """(app label, model name, field name, field) at the end of a chain of keys, as a stub needs it."""
    try:
        remote = resolver.concrete(resolver.model(resolver.key_of(field.remote_field.model, model_state)))
        wanted = getattr(field.remote_field, "field_name", None)
        name, target = resolver.primary_key(remote) if wanted is None else resolver.parent_field(remote, wanted)[1:]
        app_label, model_name = remote.app_label, remote.name
        # A key that is a relation itself, and so on; Django fails on keys that lead nowhere before it comes to this.
        for _ in range(20):  # pragma: no branch - the end of the range only keeps a broken history from hanging
            if not target.is_relation:
                return app_label, model_name, name, target
            remote = resolver.concrete(resolver.model(resolver.key_of(target.remote_field.model, remote)))
            _, target = resolver.primary_key(remote)
    except (Unresolved, LookupError, AttributeError):
        pass
    return None


def _is_plain(field: Any) -> bool:
    return not field.is_relation and not _reads_others(field) and type(field).__module__.startswith("django.")


def _unbound(field: Any) -> Any:
    """A copy for a class in which the order of the fields does not matter: Django so copies those of abstract models.

    clone() takes a field apart and makes it anew: for a foreign key it looks through all models of the project. What
    does more than Django's plain fields when it is put into a class is made anew all the same.
    """
    if type(field).__module__ not in _COPIED:
        return field.clone()
    made = deepcopy(field)
    made.name = None  # Django's autodetector names fields in place
    return made


def _reads_others(field: Any) -> bool:
    return bool(getattr(field, "generated", False) or getattr(field, "field_names", None))


def _meta(apps: Apps, app_label: str, db_table: str, options: dict[str, Any]) -> type:
    body: dict[str, Any] = {"apps": apps, "app_label": app_label, "db_table": db_table}
    if "required_db_vendor" in options:
        body["required_db_vendor"] = options["required_db_vendor"]
    return type("Meta", (), body)


def _stub(apps: Apps, app_label: str, name: str, field_name: str, field: Any) -> type[models.Model]:
    body: dict[str, Any] = {
        "__module__": "schemaguard.stand_in",
        "Meta": _meta(apps, app_label, f"{app_label}_{name.lower()}", {}),
        field_name: _unbound(field),
    }
    return type(f"{name}Stub{len(apps.all_models[app_label])}", (models.Model,), body)


def through_of(stand_in: StandIn, many: Any) -> Any:
    """The automatic model behind a many-to-many field, made by the field's own class between two stand-ins."""
    apps = Apps()
    source = stand_in.source
    target = _stub(apps, source.app_label, "Target", "id", models.BigAutoField(primary_key=True))
    copy = many.clone()
    copy.remote_field.model = target
    copy.remote_field.related_name = "+"
    body = {"__module__": "schemaguard.stand_in", "many": copy, "Meta": _meta(apps, source.app_label, "source", {})}
    model: Any = type("Source", (models.Model,), body)
    return model._meta.get_field("many").remote_field.through


class Compiled(Expression):
    """An Expression that is compiled when its text is first read; two of one source and one shape are equal unread."""

    __slots__ = ("_compile", "_done", "source")

    def __init__(self, source: tuple[Any, ...], columns: frozenset[str], compile: Callable[[], str | None]) -> None:
        super().__init__(None, columns)
        self.source = source
        self._compile = compile
        self._done = False

    @property
    def text(self) -> str | None:
        if not self._done:
            try:
                self._text = self._compile()
            except Exception:  # noqa: BLE001 (a project's own expression may raise anything; it cannot be told then)
                self._text = None
            self._done = True
        return self._text

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Compiled) and self.columns == other.columns:
            try:
                if self.source == other.source:
                    return True
            except Exception:  # noqa: BLE001, S110 (an expression whose __eq__ fails is compared by its text)
                pass
        return super().__eq__(other)

    __hash__ = Expression.__hash__


def compile_expression(connection: BaseDatabaseWrapper, model: type[models.Model], expression: Any) -> str:
    """The SQL of one expression, its parameters quoted into it."""
    query = Query(model=model, alias_cols=False)
    resolved = expression.resolve_expression(query)
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.compile(resolved)
    return interpolated(connection, sql, params)


def interpolated(connection: BaseDatabaseWrapper, sql: str, params: Any) -> str:
    """SQL with its parameters quoted by the schema editor, as Django does it for DDL."""
    editor = connection.schema_editor()
    return str(sql % tuple(editor.quote_value(value) for value in params)) if params else sql
