"""The shape of a model's tables, as Django's schema editor would make them, without rendering the model.

A `Shape` is one table: columns by field, constraints by key (see `changes.Key`). A model state has one for itself
(role "") and one for each automatic many-to-many field (role: the field's name). Mirrors `table_sql`, `column_sql`,
`_model_indexes_sql` and `create_many_to_many_intermediary_model` of Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState, ProjectState

from schemaguard.database.base import Backend
from schemaguard.history.changes import Key
from schemaguard.history.object_timeline import reads
from schemaguard.history.shapes.columns import Columns, Target, on_delete
from schemaguard.history.shapes.expressions import StandIn, through_of
from schemaguard.history.shapes.options import declared
from schemaguard.history.shapes.table_names import is_swapped, many_to_many_table, table_key, table_name
from schemaguard.history.state import ModelKey, Resolver, Unresolved, default_key
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Index, IndexPart, PrimaryKey
from schemaguard.schema.values import value


@value(frozen=True, slots=True)
class Shape:
    """One table as a model gives it; `targets` are the models that its foreign keys look at.

    `automatic` is the key that Django adds to a model which declares none.
    """

    name: str
    columns: Mapping[str, Column]
    constraints: Mapping[Key, Constraint]
    comment: str | None = None
    targets: frozenset[ModelKey] = field(default=frozenset(), compare=False)
    automatic: str | None = field(default=None, compare=False)


Shapes = Mapping[str, Shape]
NOTHING: Shapes = {}

_Field = tuple[Any, Column, Any, Mapping[Key, Constraint], Target | None]
"""A field of a model state, its column, itself bound, what it brings beside its column, and what it points at."""


class ShapeMaker:
    """Makes the Shapes of model states for one database."""

    def __init__(self, connection: BaseDatabaseWrapper, backend: Backend) -> None:
        self.connection = connection
        self.backend = backend
        self.columns = Columns(connection, backend)
        self.quote = connection.ops.quote_name
        self._routed = bool(router.routers)
        self._links: dict[tuple[str, bool], Any] = {}
        self._fields: dict[tuple[int, str, str], _Field] = {}
        self.unread: set[str] = set()
        """The names of indexes and constraints whose class does not tell what it makes, whatever it is given."""
        self.declared: dict[tuple[int, str], tuple[Any, Mapping[str, Column | None], Any]] = {}
        self.parsed: dict[tuple[int, str], tuple[Any, Constraint | None]] = {}
        self._names: dict[tuple[str, tuple[str, ...], str], str] = {}
        self._indexes: dict[tuple[str, tuple[str, ...], bool], Index] = {}
        self._automatic: dict[tuple[int, str], tuple[Any, tuple[tuple[str, ...], ...], Any, Any, Shape | None]] = {}

    def shapes(self, state: ProjectState, key: ModelKey) -> Shapes:
        """All tables of one model. Empty for a model that has none in this database."""
        model_state = state.models.get(key)
        if model_state is None:
            return NOTHING
        resolver = Resolver(state)
        try:
            if not self._here(model_state, resolver):
                return NOTHING
            found = {"": self._main(model_state, state, resolver)}
        except Unresolved:
            return NOTHING
        for name, many in model_state.fields.items():
            if (
                many.many_to_many
                and many.remote_field is not None
                and getattr(many.remote_field, "through", None) is None
            ):
                made = self._kept_many_to_many(model_state, resolver, name, many)
                if made is not None:
                    found[name] = made
        return found

    def _here(self, model_state: ModelState, resolver: Resolver) -> bool:
        """Whether migrations make this model's table in this database (Operation.allow_migrate_model)."""
        options = model_state.options
        if options.get("proxy") or not options.get("managed", True) or options.get("abstract"):
            return False
        if is_swapped(model_state):
            return False
        vendor = options.get("required_db_vendor")
        if vendor and not self.backend.is_called(vendor):
            return False
        features = options.get("required_db_features", ())
        if features and not all(getattr(self.connection.features, feature, False) for feature in features):
            return False
        if not self._routed:
            return True
        model = StandIn(model_state, resolver, table_name(self.connection, model_state)).model
        return bool(
            router.allow_migrate(
                self.connection.alias, model_state.app_label, model_name=model_state.name_lower, model=model
            )
        )

    def _main(self, model_state: ModelState, state: ProjectState, resolver: Resolver) -> Shape:
        name = table_name(self.connection, model_state)
        columns: dict[str, Column] = {}
        constraints: dict[Key, Constraint] = {}
        targets: set[ModelKey] = set()
        bound: dict[str, Any] = {}
        stand_in = StandIn(model_state, resolver, name)
        fields = model_state.fields
        pk_name, pk_field = resolver.primary_key(model_state)
        automatic = pk_name if pk_name not in fields else None
        if automatic is not None:
            fields = {pk_name: pk_field, **fields}
        for field_name, declared_field in fields.items():
            made = self._field(model_state, resolver, field_name, declared_field, stand_in)
            if made is None:
                if getattr(declared_field, "field_names", None) and declared_field.primary_key:
                    bound[field_name] = declared_field
                continue
            _, columns[field_name], bound[field_name], brought, target = made
            if brought:
                constraints.update(brought)
            if target is not None:
                targets.add(target.key)
        if model_state.options.get("order_with_respect_to"):
            columns["_order"] = self.columns.plain("_order", models.IntegerField())
        constraints.update(declared(self, model_state, state, name, columns, bound, stand_in))
        return Shape(
            name=table_key(name, self.backend.name_bytes), columns=columns, constraints=constraints,
            comment=self._comment(model_state), targets=frozenset(targets), automatic=automatic,
        )  # fmt: skip

    def _field(
        self, model_state: ModelState, resolver: Resolver, name: str, field: Any, stand_in: StandIn
    ) -> _Field | None:
        """What a field of a model comes to: what it came to before, where it points at the same as then, or at nothing.

        None for a field without a column. Raises Unresolved.
        """
        key = id(field), name, stand_in.db_table
        kept = self._fields.get(key)
        if kept is not None and kept[0] is field:
            target = kept[4]
            if target is None or target is self.columns.target(model_state, resolver, kept[2]):
                return kept
        made = self.columns.column(model_state, resolver, name, field, stand_in) if not field.many_to_many else None
        if made is None:
            return None
        column, bound, target = made
        found = (field, column, bound, self._of_field(stand_in.db_table, name, column, bound, target), target)
        if self.columns.is_kept(name, field):
            self._fields[key] = found
        return found

    def _comment(self, model_state: ModelState) -> str | None:
        supported = self.connection.features.supports_comments
        return (model_state.options.get("db_table_comment") or None) if supported else None

    def next_shapes(self, before: Shapes, state: ProjectState, key: ModelKey) -> Shapes:
        """The tables of a model that had those before: `RemoveField` of its key brings no automatic one.

        SQLite's editor makes the table anew from a model without a key, to which Django gives one.
        """
        after = self.shapes(state, key)
        old, new = before.get(""), after.get("")
        if old is None or new is None or new.automatic is None or old.automatic is not None:
            return after
        if self.backend.remakes_tables:
            return after
        columns = {name: column for name, column in new.columns.items() if name != new.automatic}
        gone = new.columns[new.automatic].name
        constraints = {key: each for key, each in new.constraints.items() if gone not in reads(each)}
        return {**after, "": replace(new, columns=columns, constraints=constraints, automatic=None)}

    def name(self, table: str, columns: tuple[str, ...], suffix: str) -> str:
        """The name that Django's schema editor gives to what has none of its own."""
        key = (table, columns, suffix)
        found = self._names.get(key)
        if found is None:
            editor: Any = self.columns.editor
            found = self._names[key] = str(editor._create_index_name(table, list(columns), suffix=suffix))
        return found

    def together(self, table: str, columns: tuple[str, ...], *, unique: bool) -> Index:
        """What the schema editor makes of an entry of unique_together or index_together."""
        key = table, columns, unique
        if key not in self._indexes:
            name = self.name(table, columns, "_uniq" if unique else "_idx")
            parts = tuple(IndexPart(column=column) for column in columns)
            self._indexes[key] = Index(name=name, parts=parts, unique=unique, constraint=unique)
        return self._indexes[key]

    def _of_field(self, table: str, name: str, column: Column, bound: Any, target: Any) -> Mapping[Key, Constraint]:
        """What a field brings beside its column: key, unique, index, LIKE index, check, foreign key."""
        found: dict[Key, Constraint] = {}
        columns = (column.name,)
        if bound.primary_key:
            found[("pk",)] = PrimaryKey(columns=columns)
        elif bound.unique:
            parts = (IndexPart(column=column.name),)
            found["unique", name] = Index(
                name=self.name(table, columns, "_uniq"), parts=parts, unique=True, constraint=True
            )
        elif bound.db_index and not hasattr(bound, "geom_type") and self.backend.indexes(bound):
            parts = (IndexPart(column=column.name),)
            found["index", name] = Index(name=self.name(table, columns, ""), parts=parts)
        spatial = self.columns.spatial_index(bound, column)
        if spatial is not None:
            found["index", name] = Index(name=self.name(table, columns, "_id"), parts=(spatial,), method="gist")
        if (bound.db_index or bound.unique) and (opclass := self.columns.like_opclass(bound, column)) is not None:
            found["like", name] = Index(
                name=self.name(table, columns, "_like"), parts=(IndexPart(column=column.name, opclass=opclass),)
            )
        check = self.columns.check(bound)
        if check is not None:
            found["check", name] = check
        if target is not None and bound.db_constraint and self.connection.features.supports_foreign_keys:
            found["foreign_key", name] = self._foreign_key(table, column, bound, target)
        return found

    def _foreign_key(self, table: str, column: Column, bound: Any, target: Any) -> ForeignKey:
        deferrable = self.connection.features.can_defer_constraint_checks
        suffix = f"_fk_{target.table}_{target.column}"
        return ForeignKey(
            columns=(column.name,),
            target=table_key(target.table, self.backend.name_bytes),
            target_columns=(target.column,),
            name=self.name(table, (column.name,), suffix),
            deferrable=deferrable,
            deferred=deferrable,
            on_delete=on_delete(bound),
        )

    def _kept_many_to_many(
        self, model_state: ModelState, resolver: Resolver, name: str, many: Any
    ) -> Shape | None:  # fmt: skip
        """The one that was made before, where both models have the names, the tables and the plain keys of then."""
        if type(many) is not models.ManyToManyField:
            return self._many_to_many(model_state, resolver, name, many)
        try:
            remote = resolver.model(resolver.key_of(many.remote_field.model, model_state))
            (near, near_key), (far, far_key) = (self._end(resolver, each) for each in (model_state, remote))
        except Unresolved:
            return None
        kept = self._automatic.get((id(many), name))
        if kept is not None and kept[0] is many and kept[1] == (near, far):
            if kept[2] is near_key and kept[3] is far_key:
                return kept[4]
        made = self._many_to_many(model_state, resolver, name, many)
        if not near_key.is_relation and not far_key.is_relation:
            self._automatic[id(many), name] = (many, (near, far), near_key, far_key, made)
        return made

    def _end(self, resolver: Resolver, model_state: ModelState) -> tuple[tuple[str, ...], Any]:
        """What an automatic table takes from one of its models: names, and the field of the key."""
        owner = resolver.concrete(model_state)
        name, key = resolver.primary_key(owner)
        own = table = table_name(self.connection, model_state)
        if owner is not model_state:
            table = table_name(self.connection, owner)
        return (model_state.app_label, model_state.name_lower, own, table, name), key

    def _many_to_many(self, model_state: ModelState, resolver: Resolver, name: str, many: Any) -> Shape | None:
        """The automatic table between two models. None where its class makes one of its own kind."""
        try:
            remote = resolver.model(resolver.key_of(many.remote_field.model, model_state))
        except Unresolved:
            return None
        raw = table_name(self.connection, model_state)
        table = many_to_many_table(self.connection, raw, name, many)
        ends = (model_state.name_lower, remote.name_lower)
        if ends[0] == ends[1]:
            ends = (f"from_{ends[0]}", f"to_{ends[1]}")
        columns = {"id": self._automatic_id}
        constraints: dict[Key, Constraint] = {("pk",): PrimaryKey(columns=("id",))}
        targets = set()
        for role, end in zip(ends, (model_state, remote), strict=True):
            link = self._link(many, f"{end.app_label}.{end.name}")
            made = self.columns.column(model_state, resolver, role, link, None)
            if made is None:
                return None
            columns[role], bound, target = made
            assert target is not None  # a foreign key has one, or is Unresolved
            constraints.update(self._of_field(table, role, columns[role], bound, target))
            targets.add(target.key)
        for more in self._more_of_through(model_state, resolver, many):
            columns[more.name] = self.columns.plain(more.name, more)
        pair = tuple(columns[role].name for role in ends)
        constraints["unique_together", ends] = self.together(table, pair, unique=True)
        return Shape(
            name=table_key(table, self.backend.name_bytes),
            columns=columns,
            constraints=constraints,
            targets=frozenset(targets),
        )

    def _more_of_through(self, model_state: ModelState, resolver: Resolver, many: Any) -> list[Any]:
        """What a many-to-many field of a third party's class adds to its automatic table (a sort order, say)."""
        if type(many).__module__.startswith("django.") or type(many).contribute_to_class is (
            models.ManyToManyField.contribute_to_class
        ):
            return []
        try:
            through = through_of(StandIn(model_state, resolver, table_name(self.connection, model_state)), many)
        except Exception:  # noqa: BLE001 (a class may want more of its model than the stand-in has)
            return []
        return [field for field in through._meta.local_fields if not field.is_relation and not field.primary_key]

    def _link(self, many: Any, target: str) -> Any:
        """One of the two keys of an automatic table. All tables that point at a model alike have one field."""
        key = target, many.remote_field.db_constraint
        if key not in self._links:
            self._links[key] = models.ForeignKey(target, models.CASCADE, related_name="+", db_constraint=key[1])
        return self._links[key]

    @cached_property
    def _automatic_id(self) -> Column:
        return _any_integer(self.columns.plain("id", default_key()), self.backend.integers)


def is_spatial(key: Key, shape: Constraint | None) -> bool:
    """Whether it is the index that a geometry brings."""
    return key[0] == "index" and isinstance(shape, Index) and shape.method == "gist"


def _any_integer(column: Column, integers: frozenset[str]) -> Column:
    """The id of an automatic table takes whatever DEFAULT_AUTO_FIELD said on the day that it was made."""
    if column.type not in integers:
        return column
    return Column(name=column.name, type=column.type, auto=column.auto, also=integers - {column.type})
