"""The automatic tables of many-to-many fields, as `create_many_to_many_intermediary_model` of Django makes them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models

from schemaguard.history.shapes.expressions import StandIn, through_of
from schemaguard.history.shapes.shape import Shape
from schemaguard.history.shapes.table_names import many_to_many_table, table_key, table_name
from schemaguard.history.state import Resolver, Unresolved, default_key
from schemaguard.schema.objects import Column, Constraint, PrimaryKey

if TYPE_CHECKING:
    from django.db.migrations.state import ModelState

    from schemaguard.history.changes import Key
    from schemaguard.history.shapes.tables import ShapeMaker


class ManyToMany:
    """Makes the Shapes of automatic tables; keeps those between models whose names and keys stay the same."""

    def __init__(self, maker: ShapeMaker) -> None:
        self.maker = maker
        self.connection = maker.connection
        self.backend = maker.backend
        self.columns = maker.columns
        self._links: dict[tuple[str, bool], Any] = {}
        self._kept: dict[tuple[int, str], tuple[Any, tuple[tuple[str, ...], ...], Any, Any, Shape | None]] = {}

    def shape(self, model_state: ModelState, resolver: Resolver, name: str, many: Any) -> Shape | None:
        """The table of a field: the one that was made before, where both models have the names and plain keys of then.

        None where there is none yet, or where the class of the field makes one of its own kind.
        """
        if type(many) is not models.ManyToManyField:
            return self._made(model_state, resolver, name, many)
        try:
            remote = resolver.model(resolver.key_of(many.remote_field.model, model_state))
            (near, near_key), (far, far_key) = (self._end(resolver, each) for each in (model_state, remote))
        except Unresolved:
            return None
        kept = self._kept.get((id(many), name))
        if kept is not None and kept[0] is many and kept[1] == (near, far):
            if kept[2] is near_key and kept[3] is far_key:
                return kept[4]
        made = self._made(model_state, resolver, name, many)
        if not near_key.is_relation and not far_key.is_relation:
            self._kept[id(many), name] = (many, (near, far), near_key, far_key, made)
        return made

    def _end(self, resolver: Resolver, model_state: ModelState) -> tuple[tuple[str, ...], Any]:
        """What an automatic table takes from one of its models: names, and the field of the key."""
        owner = resolver.concrete(model_state)
        name, key = resolver.primary_key(owner)
        own = table = table_name(self.connection, model_state)
        if owner is not model_state:
            table = table_name(self.connection, owner)
        return (model_state.app_label, model_state.name_lower, own, table, name), key

    def _made(self, model_state: ModelState, resolver: Resolver, name: str, many: Any) -> Shape | None:
        """The table between two models, made anew."""
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
            constraints.update(self.maker.of_field(table, role, columns[role], bound, target))
            targets.add(target.key)
        for more in self._more_of_through(model_state, resolver, many):
            columns[more.name] = self.columns.plain(more.name, more)
        pair = tuple(columns[role].name for role in ends)
        constraints["unique_together", ends] = self.maker.together(table, pair, unique=True)
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


def _any_integer(column: Column, integers: frozenset[str]) -> Column:
    """The id of an automatic table takes whatever DEFAULT_AUTO_FIELD said on the day that it was made."""
    if column.type not in integers:
        return column
    return Column(name=column.name, type=column.type, auto=column.auto, also=integers - {column.type})
