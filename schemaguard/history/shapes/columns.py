"""A field's column, as the schema editor would make it, without a model class: fields are bound one at a time."""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING, Any

from django.db.models import NOT_PROVIDED, Field

from schemaguard.history.shapes.expressions import Compiled, StandIn, interpolated
from schemaguard.history.shapes.meta import fields_read
from schemaguard.history.shapes.table_names import table_name
from schemaguard.schema.objects import Check, Column, Expression, IndexPart
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.state import ModelState

    from schemaguard.database.base import Backend
    from schemaguard.history.state import ModelKey, Resolver

INTEGERS = frozenset({"smallint", "integer", "bigint"})
LIKE_OPCLASSES = (("varchar", "varchar_pattern_ops"), ("text", "text_pattern_ops"))
_NUMBERED = ("IDENTITY", "AUTOINCREMENT", "AUTO_INCREMENT", "SERIAL")
_SIMPLE = "django.db.models.fields"
_KEYS = "django.db.models.fields.related"
_OF_A_TYPE = ("max_digits", "decimal_places", "db_collation")
_COLLATE = re.compile(r"""\s+COLLATE\s+(?:(?:"[^"]+"|\w+)\.)?("[^"]+"|`[^`]+`|\w+)""", re.IGNORECASE)


@value(frozen=True, slots=True)
class Target:
    """What a relation points at: the model, its table, the column's name, and the bound field."""

    key: ModelKey
    table: str
    column: str
    field: Any
    kind: Any
    """All of the field that the relation's own column takes after: its class, type and collation."""


Made = tuple[Column, Any, Target | None]


class Columns:
    """Makes columns; keeps what it has bound, since most fields live through many operations unchanged."""

    def __init__(self, connection: BaseDatabaseWrapper, backend: Backend) -> None:
        self.connection = connection
        self.backend = backend
        self.editor: Any = connection.schema_editor()
        self.is_spatial = hasattr(self.editor, "geom_index_type")
        self._bound: dict[tuple[int, str], tuple[Any, Any]] = {}
        self._made: dict[tuple[int, str], tuple[Any, Made]] = {}
        self._simple: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        self._types: dict[tuple[str, str], tuple[str, str | None, bool, bool]] = {}
        self._related: dict[tuple[int, str], tuple[Any, Any, Column]] = {}
        self._targets: dict[tuple[int, str, ModelKey, str], tuple[Any, Target]] = {}

    def bind(self, name: str, field: Any) -> Any:
        """A copy of the field that has a name, an attname and a column; its relation is not resolved."""
        found = self._bound.get((id(field), name))
        if found is not None and found[0] is field:
            return found[1]
        bound = copy(field)  # shallow: clone() would take the field apart and make it anew
        bound.name = None  # Django's autodetector names fields in place
        bound.set_attributes_from_name(name)
        self._bound[id(field), name] = (field, bound)
        return bound

    def plain(self, name: str, field: Any) -> Column:
        """The column of a field that needs no model state around it."""
        bound = self.bind(name, field)
        return self._column(bound, bound.db_parameters(connection=self.connection), None)

    def column(
        self, model_state: ModelState, resolver: Resolver, name: str, field: Any, stand_in: StandIn | None
    ) -> Made | None:
        """(column, bound field, target of its relation), or None for a field without a column. Raises Unresolved."""
        kept = self._made.get((id(field), name))
        if kept is not None and kept[0] is field:
            return kept[1]
        bound = self.bind(name, field)
        if getattr(bound, "column", None) is None or not bound.concrete:
            return None
        if not bound.is_relation or bound.remote_field is None:
            parameters = self._parameters(bound)
            if parameters["type"] is None:
                return None
            made = (self._column(bound, parameters, stand_in), bound, None)
            if not _needs_model(bound):
                self._made[id(field), name] = (field, made)
            return made
        target = self.target(model_state, resolver, bound)
        bound.__dict__["foreign_related_fields"] = (target.field,)
        bound.__dict__["related_fields"] = [(bound, target.field)]
        related = self._related.get((id(field), name))
        if related is not None and related[0] is field and related[1] == target.kind:
            return related[2], bound, target
        parameters = self._parameters(bound, target.field)
        if parameters["type"] is None:
            return None
        also: frozenset[str] = frozenset()
        if not self.backend.retypes_references and parameters["type"] in INTEGERS:
            # Every automatic key is "integer" to SQLite: when it grows, the editor rebuilds no table that points at it,
            # and the foreign key's column keeps its old type until some other operation rebuilds its table.
            also = INTEGERS
        column = self._column(bound, parameters, stand_in, also)
        if not _needs_model(bound):
            self._related[id(field), name] = (field, target.kind, column)
        return column, bound, target

    def is_kept(self, name: str, field: Any) -> bool:
        """Whether the column that was made of that field depends on nothing but the field, its name and its target."""
        return (id(field), name) in self._made or (id(field), name) in self._related

    def target(self, model_state: ModelState, resolver: Resolver, bound: Any) -> Target:
        """Follows a relation to the field that it means, and so on: a key may point at a key, whose type it takes.

        The same object as before where all of it is the same, and its field is no relation. Raises Unresolved.
        """
        key = resolver.key_of(bound.remote_field.model, model_state)
        remote = resolver.concrete(resolver.model(key))
        wanted = bound.remote_field.field_name
        if wanted is None:
            name, field = resolver.primary_key(remote)
            owner = remote
        else:
            owner, name, field = resolver.parent_field(remote, wanted)
        key, table = (owner.app_label, owner.name_lower), table_name(self.connection, owner)
        kept = self._targets.get((id(field), name, key, table))
        if kept is not None and kept[0] is field:
            return kept[1]
        made = self.column(owner, resolver, name, field, None)
        found = self.bind(name, field) if made is None else made[1]
        kind = (type(found), made[0].type, made[0].collation) if made is not None else object()
        target = Target(key, table, found.column, found, kind)
        if (id(field), name) in self._made:
            self._targets[id(field), name, key, table] = (field, target)
        return target

    def _column(
        self, bound: Any, parameters: Mapping[str, Any], stand_in: StandIn | None, also: frozenset[str] = frozenset()
    ) -> Column:
        generated = getattr(bound, "generated", False)
        suffix = bound.db_type_suffix(connection=self.connection) or ""
        kind, collation, auto, always = self._type(str(parameters["type"]), suffix)
        return Column(
            name=bound.column,
            type=kind,
            # The schema editor writes no NOT NULL beside GENERATED (_iter_column_sql).
            nullable=bool(generated) or (bool(bound.null) and not bound.primary_key),
            auto=auto,
            always=always,
            default=self._default(bound, stand_in),
            generated=self._generated(bound, stand_in) if generated else None,
            stored=bool(getattr(bound, "db_persist", True)),
            collation=parameters.get("collation") or collation,
            comment=(getattr(bound, "db_comment", None) or None)
            if self.connection.features.supports_comments
            else None,
            also=also,
        )

    def _parameters(self, bound: Any, target: Any = None) -> Mapping[str, Any]:
        """`db_parameters`, of which the check is not to be used: of Django's own simple fields it may be another's.

        `target`: the field that a relation points at, whose type it takes.
        """
        kind = type(bound)
        typed = target if kind.__module__ == _KEYS else bound
        if type(typed).__module__ != _SIMPLE:
            given: Mapping[str, Any] = bound.db_parameters(connection=self.connection)
            return given
        # Their types follow from these alone (DatabaseWrapper.data_types); there are few of them, and many fields.
        key = (kind, type(typed), typed.max_length, *(getattr(typed, name, None) for name in _OF_A_TYPE))
        found = self._simple.get(key)
        if found is None:
            found = self._simple[key] = bound.db_parameters(connection=self.connection)
        return found

    def _type(self, given: str, suffix: str) -> tuple[str, str | None, bool, bool]:
        """(the type as the catalog spells it, the collation that was said within it, `auto`, `always`)."""
        found = self._types.get((given, suffix))
        if found is None:
            kind, collation = _without_collation(given)
            auto = any(word in f"{suffix} {given}".upper() for word in _NUMBERED)
            always = auto and "GENERATED ALWAYS" in suffix.upper()
            found = self._types[given, suffix] = (self.backend.normal_type(kind), collation, auto, always)
        return found

    def _default(self, bound: Any, stand_in: StandIn | None) -> Expression | None:
        given = getattr(bound, "db_default", NOT_PROVIDED)
        if given is NOT_PROVIDED or (given is None and not hasattr(bound, "_db_default_expression")):
            return None
        if stand_in is None:
            return None
        stand_in.keep()
        name = bound.name

        def compile() -> str:
            editor: Any = self.connection.schema_editor()
            sql, params = editor.db_default_sql(stand_in.model._meta.get_field(name))
            return interpolated(self.connection, sql, params)

        return Compiled(("default", given), frozenset(), compile)

    def _generated(self, bound: Any, stand_in: StandIn | None) -> Expression | None:
        if stand_in is None:
            return None
        stand_in.keep()
        name = bound.name

        def compile() -> str:
            field: Any = stand_in.model._meta.get_field(name)
            sql, params = field.generated_sql(self.connection)
            return interpolated(self.connection, sql, params)

        fields = stand_in.source.fields
        read = [(each, fields[each]) for each in fields_read(bound.expression) if each in fields]
        columns = frozenset(self.bind(each, field).column for each, field in read)
        return Compiled(("generated", bound.expression), columns, compile)

    def like_opclass(self, bound: Any, column: Column) -> str | None:
        """The operator class of the extra index that PostgreSQL's editor adds to text keys, or None."""
        if not self.backend.indexes_for_like or column.type in INTEGERS:
            return None
        declared = bound.db_type(connection=self.connection) or ""
        if "[" in declared or (column.collation and not self._deterministic(column.collation)):
            return None
        return next((opclass for prefix, opclass in LIKE_OPCLASSES if declared.startswith(prefix)), None)

    def spatial_index(self, bound: Any, column: Column) -> IndexPart | None:
        """What PostGIS's editor puts an index on for a geometry (`_create_index_sql`). None where it makes none."""
        if not self.is_spatial or not hasattr(bound, "geom_type"):
            return None
        return self._indexed_part(bound, column)  # pragma: no cover - PostGIS alone

    def _indexed_part(self, bound: Any, column: Column) -> IndexPart | None:  # pragma: no cover - PostGIS alone
        if not bound.spatial_index and (bound.unique or not bound.db_index):
            return None
        if bound.geom_type == "RASTER":
            hull = self.editor.rast_index_template % {"expressions": self.editor.quote_name(column.name)}
            return IndexPart(expression=Expression(hull, frozenset({column.name})))
        flat = bound.dim < 3 or bound.geography
        return IndexPart(column=column.name, opclass=None if flat else self.editor.geom_index_ops_nd.lower())

    def _deterministic(self, collation: str) -> bool:
        """Django 4.2 makes the index whatever the collation says; later versions ask the server."""
        return not hasattr(self.editor, "_is_collation_deterministic") or collation not in self.backend.nondeterministic

    def check(self, bound: Any) -> Check | None:
        """The check that a field brings by itself (PositiveIntegerField, JSONField on SQLite), or None."""
        if not self._brings_check(bound):
            return None
        text = bound.db_check(connection=self.connection)
        if text is None:
            return None
        return Check(expression=Expression(str(text), frozenset({bound.column})), columns=(bound.column,))

    def _brings_check(self, bound: Any) -> bool:
        """False only where Field.db_check would look up nothing, and make a dictionary of the field for that."""
        return (
            type(bound).db_check is not Field.db_check
            or bound.get_internal_type() in self.connection.data_type_check_constraints
        )


def _needs_model(bound: Any) -> bool:
    return getattr(bound, "db_default", NOT_PROVIDED) is not NOT_PROVIDED or bool(getattr(bound, "generated", False))


def on_delete(bound: Any) -> str:
    """What the database itself does on delete: NO ACTION, unless the field says otherwise (DB_CASCADE, Django 6.1)."""
    operation = getattr(bound.remote_field.on_delete, "operation", None)
    return str(operation).upper() if operation else "NO ACTION"


def _without_collation(kind: str) -> tuple[str, str | None]:
    """What `db_type` gives, apart from a COLLATE in it: fields of before `db_collation` said it there."""
    found = _COLLATE.search(kind)
    if found is None:
        return kind, None
    return kind[: found.start()] + kind[found.end() :], found[1].strip('"`')
