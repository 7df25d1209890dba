"""The shape of a model's tables, as Django's schema editor would make them, without rendering the model.

Mirrors `table_sql`, `column_sql` and `_model_indexes_sql` of Django. What lives through an operation unchanged is
not made again: a column, what all fields of a model come to, an index or a constraint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import models, router

from schemaguard.history.changes import Key
from schemaguard.history.shapes.columns import Columns, Target, on_delete
from schemaguard.history.shapes.expressions import StandIn
from schemaguard.history.shapes.fields import Fields
from schemaguard.history.shapes.many_to_many import ManyToMany
from schemaguard.history.shapes.options import declared
from schemaguard.history.shapes.shape import NOTHING, Shape, Shapes
from schemaguard.history.shapes.table_names import is_swapped, table_key, table_name
from schemaguard.history.state import ModelKey, Resolver, Unresolved
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Index, IndexPart, PrimaryKey, reads

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.state import ModelState, ProjectState

    from schemaguard.database.base import Backend

_Field = tuple[Any, Column, Any, Mapping[Key, Constraint], Target | None]
"""A field of a model state, its column, itself bound, what it brings beside its column, and what it points at."""

SUFFIXES = {"index": "", "like": "_like", "unique": "_uniq", "unique_together": "_uniq", "index_together": "_idx"}
"""How the name ends that the schema editor gives, by what of a field or of a model asks for the index."""


class ShapeMaker:
    """Makes the Shapes of model states for one database."""

    def __init__(self, connection: BaseDatabaseWrapper, backend: Backend) -> None:
        self.connection = connection
        self.backend = backend
        self.columns = Columns(connection, backend)
        self.quote = connection.ops.quote_name
        self._routed = bool(router.routers)
        self.many_to_many = ManyToMany(self)
        self._field_of: dict[tuple[int, str, str], _Field] = {}
        self._fields_of: dict[ModelKey, Fields] = {}
        self.unread: set[str] = set()
        """The names of indexes and constraints whose class does not tell what it makes, whatever it is given."""
        self.declared: dict[tuple[int, str], tuple[Any, Mapping[str, Column | None], Any]] = {}
        self.parsed: dict[tuple[int, str], tuple[Any, Constraint | None]] = {}
        self._names: dict[tuple[str, tuple[str, ...], str], str] = {}
        self._indexes: dict[tuple[str, tuple[str, ...], bool], Index] = {}

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
                made = self.many_to_many.shape(model_state, resolver, name, many)
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
        stand_in = StandIn(model_state, resolver, name)
        fields = self._fields(model_state, resolver, stand_in)
        of_meta = declared(self, model_state, state, fields, stand_in)
        return Shape(
            name=table_key(name, self.backend.name_bytes),
            columns=fields.columns,
            constraints={**fields.constraints, **of_meta},
            comment=self._comment(model_state),
            targets=fields.targets,
            automatic=fields.automatic,
        )

    def _fields(self, model_state: ModelState, resolver: Resolver, stand_in: StandIn) -> Fields:
        """What the fields come to: what they came to before, where they are the same and point at the same."""
        key, table = (model_state.app_label, model_state.name_lower), stand_in.db_table
        given = model_state.fields
        pk_name, pk_field = resolver.primary_key(model_state)
        automatic = pk_name if pk_name not in given else None
        if automatic is not None:
            given = {pk_name: pk_field, **given}
        is_ordered = bool(model_state.options.get("order_with_respect_to"))
        kept = self._fields_of.get(key)
        if (
            kept is not None
            and kept.begin(given, table, is_ordered=is_ordered)
            and self._point_as_then(kept, model_state, resolver)
        ):
            if len(kept) == len(given):
                return kept
            made, done = kept.and_more(given), len(kept)
        else:
            made, done = Fields(table, given, automatic, is_ordered), 0
        keeps = True
        for name, each in islice(given.items(), done, None):
            found = self._field(model_state, resolver, name, each, stand_in)
            if found is not None:
                made.add(name, *found[1:])
            elif getattr(each, "field_names", None) and each.primary_key:
                made.bound[name] = each
            keeps = keeps and (each.many_to_many or self.columns.is_kept(name, each))
        if is_ordered:
            made.columns["_order"] = self.columns.plain("_order", models.IntegerField())
        if keeps:
            self._fields_of[key] = made
        return made

    def _point_as_then(self, fields: Fields, model_state: ModelState, resolver: Resolver) -> bool:
        return all(target is self.columns.target(model_state, resolver, bound) for bound, target in fields.related)

    def _field(
        self, model_state: ModelState, resolver: Resolver, name: str, field: Any, stand_in: StandIn
    ) -> _Field | None:
        """What a field of a model comes to: what it came to before, where it points at the same as then, or at nothing.

        None for a field without a column. Raises Unresolved.
        """
        key = id(field), name, stand_in.db_table
        kept = self._field_of.get(key)
        if kept is not None and kept[0] is field:
            target = kept[4]
            if target is None or target is self.columns.target(model_state, resolver, kept[2]):
                return kept
        made = self.columns.column(model_state, resolver, name, field, stand_in) if not field.many_to_many else None
        if made is None:
            return None
        column, bound, target = made
        found = (field, column, bound, self.of_field(stand_in.db_table, name, column, bound, target), target)
        if self.columns.is_kept(name, field):
            self._field_of[key] = found
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
            found = self._names[key] = self.backend.editor_name(table, columns, suffix)
        return found

    def together(self, table: str, columns: tuple[str, ...], *, unique: bool) -> Index:
        """What the schema editor makes of an entry of unique_together or index_together."""
        key = table, columns, unique
        if key not in self._indexes:
            name = self.name(table, columns, SUFFIXES["unique_together" if unique else "index_together"])
            parts = tuple(IndexPart(column=column) for column in columns)
            self._indexes[key] = Index(name=name, parts=parts, unique=unique, constraint=unique)
        return self._indexes[key]

    def of_field(self, table: str, name: str, column: Column, bound: Any, target: Any) -> Mapping[Key, Constraint]:
        """What a field brings beside its column: key, unique, index, LIKE index, check, foreign key."""
        found: dict[Key, Constraint] = {}
        columns = (column.name,)
        if bound.primary_key:
            found[("pk",)] = PrimaryKey(columns=columns)
        elif bound.unique:
            parts = (IndexPart(column=column.name),)
            found["unique", name] = Index(
                name=self.name(table, columns, SUFFIXES["unique"]), parts=parts, unique=True, constraint=True
            )
        elif bound.db_index and not hasattr(bound, "geom_type") and self.backend.indexes(bound):
            parts = (IndexPart(column=column.name),)
            found["index", name] = Index(name=self.name(table, columns, SUFFIXES["index"]), parts=parts)
        spatial = self.columns.spatial_index(bound, column)
        if spatial is not None:
            found["index", name] = Index(name=self.name(table, columns, "_id"), parts=(spatial,), method="gist")
        if (bound.db_index or bound.unique) and (opclass := self.columns.like_opclass(bound, column)) is not None:
            found["like", name] = Index(
                name=self.name(table, columns, SUFFIXES["like"]),
                parts=(IndexPart(column=column.name, opclass=opclass),),
            )
        check = self.columns.check(bound)
        if check is not None:
            found["check", name] = check
        if target is not None and bound.db_constraint and self.connection.features.supports_foreign_keys:
            found["foreign_key", name] = self._foreign_key(table, column, bound, target)
        return found

    def _foreign_key(self, table: str, column: Column, bound: Any, target: Any) -> ForeignKey:
        deferrable = self.connection.features.can_defer_constraint_checks
        suffix = _suffix_of_key(target.table, target.column)
        return ForeignKey(
            columns=(column.name,),
            target=table_key(target.table, self.backend.name_bytes),
            target_columns=(target.column,),
            name=self.name(table, (column.name,), suffix),
            deferrable=deferrable,
            deferred=deferrable,
            on_delete=on_delete(bound),
        )


def suffix_of(key: Key, shape: Constraint) -> str | None:
    """How the name ends that Django's editor gives to an index or a foreign key; None where that is not known."""
    if isinstance(shape, ForeignKey):
        return _suffix_of_key(shape.target, shape.target_columns[0])
    return None if is_spatial(key, shape) else SUFFIXES.get(key[0])


def _suffix_of_key(target: str, column: str) -> str:
    return f"_fk_{target}_{column}"


def is_spatial(key: Key, shape: Constraint | None) -> bool:
    """Whether it is the index that a geometry brings."""
    return key[0] == "index" and isinstance(shape, Index) and shape.method == "gist"
