"""What a model declares in its Meta: indexes, constraints, unique_together, index_together, a composite key."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, repeat
from operator import is_
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import F, OrderBy
from django.db.models.sql.query import Query

from schemaguard.database.editors import collecting_editors
from schemaguard.history.changes import AddConstraint, Key
from schemaguard.history.lazy_state import LazyState
from schemaguard.history.shapes.expressions import Compiled, StandIn, compile_expression
from schemaguard.history.shapes.meta import fields_read, is_a, is_deferred, together, writes_own_sql
from schemaguard.schema.names import stored
from schemaguard.schema.objects import Check, Column, Constraint, Exclusion, Expression, Index, IndexPart, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.migrations.state import ModelState, ProjectState

    from schemaguard.history.shapes.fields import Fields
    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.history.state import ModelKey


def declared(
    maker: ShapeMaker, model_state: ModelState, state: ProjectState, fields: Fields, stand_in: StandIn
) -> Mapping[Key, Constraint]:
    """Everything of `Meta` that the database sees, by key."""
    columns = fields.by_any_name
    former: Mapping[ModelKey, Mapping[str, str]] = getattr(state, "former", {})  # a TrackingState's
    renamed = former.get((model_state.app_label, model_state.name_lower), {})
    if renamed:  # RenameField leaves them as they are in the indexes of the state
        columns = {**{name: columns[now] for name, now in renamed.items() if now in columns}, **columns}
    return _Declared(maker, state, fields.table, columns, stand_in).all(model_state.options, fields.bound)


class _Noting(dict[str, Column]):
    """Columns by name, with a note of those that were looked for, whether they are there or not."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        super().__init__(columns)
        self.read: dict[str, Column | None] = {}
        self.is_known = True

    def __getitem__(self, name: str) -> Column:
        self.get(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def get(self, name: str, default: Any = None) -> Any:
        self.read[name] = found = super().get(name)
        return default if found is None else found


class _Declared:
    def __init__(
        self, maker: ShapeMaker, state: ProjectState, table: str, columns: Mapping[str, Column], stand_in: StandIn
    ) -> None:
        self.maker = maker
        self.state = state
        self.connection = maker.connection
        self.table = table
        self.columns = columns  # by the field's name and by its attname: Meta may use either
        self.stand_in = stand_in

    def all(self, options: Mapping[str, Any], bound: Mapping[str, Any]) -> Mapping[Key, Constraint]:
        found: dict[Key, Constraint] = {}
        for field in bound.values():
            if field.primary_key and getattr(field, "field_names", None):
                found["pk",] = PrimaryKey(columns=self._names(field.field_names))
        for fields in together(options.get("unique_together")):
            found["unique_together", fields] = self.maker.together(self.table, self._names(fields), unique=True)
        for fields in together(options.get("index_together")):
            found["index_together", fields] = self.maker.together(self.table, self._names(fields), unique=False)
        for index in options.get("indexes") or ():
            made = self._kept(index, self._index)
            if made is not None:
                found["name", index.name] = made
        for constraint in options.get("constraints") or ():
            also = self._kept(constraint, self._constraint)
            if also is not None:
                found["name", constraint.name] = also
        return found

    def _kept(self, source: Any, make: Callable[[Any], Any]) -> Any:
        """What it made the last time, where it would read the same columns again."""
        key = id(source), self.table
        kept = self.maker.declared.get(key)
        if kept is not None and kept[0] is source and all(map(is_, map(self.columns.get, kept[1]), kept[1].values())):
            return kept[2]
        columns, noting = self.columns, _Noting(self.columns)
        self.columns = noting
        try:
            made = make(source)
        finally:
            self.columns = columns
        if noting.is_known:
            self.maker.declared[key] = (source, noting.read, made)
        return made

    def _names(self, fields: Any) -> tuple[str, ...]:
        return tuple(self.columns[name].name for name in fields if name in self.columns)

    # ------------------------------------------------------------------------------------------------------ indexes
    def _index(self, index: Any) -> Index | None:
        features = self.connection.features
        if index.expressions and not features.supports_expression_indexes:
            return None  # pragma: no cover - MariaDB, and MySQL before 8.0.13
        if writes_own_sql(index):
            made: Index | None = self._parsed(index)
            return made
        suffix = getattr(type(index), "suffix", "idx")
        # The other editors write no USING, whatever the class.
        method = "btree" if suffix in ("idx", "", None) or not self.maker.backend.has_index_methods else suffix
        parts = [
            IndexPart(column=self.columns[name].name, descending=order == "DESC")
            for name, order in index.fields_orders
            if name in self.columns
        ]
        parts += [self._part(expression) for expression in index.expressions]
        return Index(
            name=self._cut(index.name),
            parts=self._with_opclasses(parts, index.opclasses),
            method=method,
            condition=self._condition(index),
            include=self._names(index.include) if features.supports_covering_indexes else (),
            named=True,
        )

    def _condition(self, source: Any) -> Expression | None:
        if getattr(source, "condition", None) is None or not self.connection.features.supports_partial_indexes:
            return None

        def compile(model: type[models.Model]) -> str:
            editor = self.connection.schema_editor()
            if is_a(source, "ExclusionConstraint"):
                query = Query(model, alias_cols=False)
                return str(source._get_condition_sql(query.get_compiler(connection=self.connection), editor, query))
            return str(source._get_condition_sql(model, editor))

        return self._lazy(("condition", source.condition), fields_read(source.condition), compile)

    def _lazy(
        self, source: tuple[Any, ...], references: frozenset[str], compile: Callable[[type[models.Model]], str]
    ) -> Compiled:
        stand_in = self.stand_in.keep()

        def text() -> str:
            try:
                return compile(stand_in.narrowed(references))
            except Exception:  # noqa: BLE001 (it reads more than can be seen from outside)
                return compile(stand_in.model)

        columns = {name: self.columns[name] for name in references if name in self.columns}
        shape = tuple(sorted((name, column.name, column.type) for name, column in columns.items()))
        names = frozenset(column.name for column in columns.values())
        return Compiled((*source, shape), names, text)

    def _part(self, given: Any) -> IndexPart:
        """One key of an expression index; the wrappers of IndexExpression are taken off from outside in."""
        descending, nulls_first, opclass, collation = False, None, None, None
        inner: Any = F(given) if isinstance(given, str) else given
        while True:
            if isinstance(inner, OrderBy):
                descending = bool(inner.descending)
                nulls_first = True if inner.nulls_first else False if inner.nulls_last else None
                inner = inner.expression
            elif type(inner).__name__ == "Collate" and hasattr(inner, "collation"):
                collation = inner.collation
                inner = inner.get_source_expressions()[0]
            elif type(inner).__name__ == "OpClass" and "name" in getattr(inner, "extra", {}):
                opclass = inner.extra["name"]
                inner = inner.get_source_expressions()[0]
            else:
                break
        if nulls_first == descending:
            nulls_first = None
        common: dict[str, Any] = {
            "descending": descending,
            "nulls_first": nulls_first,
            "opclass": opclass,
            "collation": collation,
        }
        name = self._column_of(str(getattr(inner, "name", ""))) if type(inner) is F else None
        if name is not None:
            return IndexPart(column=name, **common)

        def compile(model: type[models.Model]) -> str:
            return compile_expression(self.connection, model, inner)

        return IndexPart(expression=self._lazy(("part", inner), fields_read(inner), compile), **common)

    def _column_of(self, reference: str) -> str | None:
        column = self.columns.get(reference)
        return column.name if column is not None else None

    def _parsed(self, source: Any) -> Any:
        """An index or constraint with SQL of its own kind: made by its own `create_sql`, and read back.

        A third party's class may want more of a model than the stand-in has, or write what only its own editor reads.
        """
        if isinstance(self.columns, _Noting):
            self.columns.is_known = False  # nobody knows what its own SQL reads
        key = (id(source), repr(self.columns))
        kept = self.maker.parsed.get(key)
        if kept is None or kept[0] is not source:
            kept = self.maker.parsed[key] = (source, self._read_back(source))
        return kept[1]

    def _read_back(self, source: Any) -> Constraint | None:
        from schemaguard.history.sql import parse

        normal_type = self.maker.backend.normal_type
        for editor in collecting_editors(self.connection):
            for model in (lambda: self.stand_in.model, self._rendered):
                try:
                    statement = str(source.create_sql(model(), editor))
                    changes = parse(statement, dialect=self.maker.backend.dialect, normal_type=normal_type)
                except Exception:  # noqa: BLE001, S112 (a third party's class may raise anything; there are more ways to ask it)
                    continue
                for change in changes:
                    if isinstance(change, AddConstraint):
                        return change.constraint
        self.maker.unread.add(stored(source.name, self.maker.backend.name_bytes))
        return None

    def _rendered(self) -> Any:
        """The model of this moment, and those that it is related to."""
        source = self.stand_in.source
        return LazyState(self.state.models, set(self.state.real_apps)).apps.get_model(source.app_label, source.name)

    # -------------------------------------------------------------------------------------------------- constraints
    def _constraint(self, constraint: Any) -> Constraint | None:
        if is_a(constraint, "ExclusionConstraint"):
            return self._exclusion(constraint)
        if isinstance(constraint, models.UniqueConstraint):
            return self._unique(constraint)
        if isinstance(constraint, models.CheckConstraint):
            return self._check(constraint)
        made: Constraint | None = self._parsed(constraint)
        return made

    def _check(self, constraint: Any) -> Check | None:
        if not self.connection.features.supports_table_check_constraints:
            return None  # pragma: no cover - MySQL before 8.0.16
        condition = getattr(constraint, "condition", None)
        if condition is None:
            condition = constraint.check  # pragma: no cover - its name before Django 5.1
        references = fields_read(condition)

        def compile(model: type[models.Model]) -> str:
            return str(constraint._get_check_sql(model, self.connection.schema_editor()))

        expression = self._lazy(("check", condition), references, compile)
        return Check(
            expression=expression,
            columns=tuple(sorted(expression.columns)),
            name=self._cut(constraint.name),
            named=True,
        )

    def _unique(self, constraint: Any) -> Index | None:
        features = self.connection.features
        if (
            (constraint.condition is not None and not features.supports_partial_indexes)
            or (constraint.expressions and not features.supports_expression_indexes)
            or (constraint.include and not features.supports_covering_indexes)
            or (constraint.deferrable is not None and not features.supports_deferrable_unique_constraints)
        ):
            return None
        nulls_distinct = getattr(constraint, "nulls_distinct", None)
        if nulls_distinct is not None and not features.supports_nulls_distinct_unique_constraints:
            return None
        parts = [IndexPart(column=name) for name in self._names(constraint.fields)]
        parts += [self._part(expression) for expression in constraint.expressions]
        return Index(
            name=self._cut(constraint.name),
            parts=self._with_opclasses(parts, constraint.opclasses),
            unique=True,
            condition=self._condition(constraint),
            include=self._names(constraint.include),
            nulls_distinct=nulls_distinct is not False,
            deferrable=constraint.deferrable is not None,
            deferred=is_deferred(constraint),
            constraint=not (
                constraint.condition or constraint.include or constraint.opclasses or constraint.expressions
            ),
            named=True,
        )

    def _exclusion(self, constraint: Any) -> Exclusion | None:
        if not self.maker.backend.serves_contrib_postgres:
            return None
        pairs = [(self._part(expression), str(operator)) for expression, operator in constraint.expressions]
        return Exclusion(
            name=self._cut(constraint.name),
            parts=tuple(part for part, _ in pairs),
            operators=tuple(operator for _, operator in pairs),
            method=constraint.index_type.lower(),
            condition=self._condition(constraint),
            include=self._names(constraint.include),
            deferrable=constraint.deferrable is not None,
            deferred=is_deferred(constraint),
        )

    def _with_opclasses(self, parts: list[IndexPart], opclasses: Any) -> tuple[IndexPart, ...]:
        if not self.maker.backend.has_index_methods:  # the other schema editors leave them out
            return tuple(parts)
        given = zip(parts, chain(opclasses or (), repeat(None)), strict=False)
        return tuple(part if opclass is None else replace(part, opclass=opclass) for part, opclass in given)

    def _cut(self, name: str) -> str:
        return stored(name, self.maker.backend.name_bytes)
