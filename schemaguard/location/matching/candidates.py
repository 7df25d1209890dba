"""Which live constraints can be meant by a step of the history at all, by name or by what they are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.compare import Comparer, Difference, Match
from schemaguard.schema.objects import Check, Constraint, reads
from schemaguard.schema.renaming import renamed_over

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from schemaguard.history.object_timeline import ConstraintTimeline, Op, TableTimeline
    from schemaguard.location.matching.placements import MatchResult


class LiveConstraints:
    """The live constraints of a table, in dictionaries by which a step of the history finds its candidates."""

    def __init__(self, live: Sequence[Constraint], table: TableTimeline, matched: MatchResult) -> None:
        self.live = live
        self.table = table
        self.matched = matched
        self.all: dict[type, list[int]] = {}
        self.named: dict[tuple[type, str], list[int]] = {}
        self.over: dict[tuple[type, Hashable], list[int]] = {}
        for number, actual in enumerate(live):
            kind, columns = type(actual), actual.columns
            self.all.setdefault(kind, []).append(number)
            if actual.name is not None:
                self.named.setdefault((kind, actual.name), []).append(number)
            # A check is written over a set of columns, in no order.
            self.over.setdefault((kind, frozenset(columns) if kind is Check else columns), []).append(number)

    def timeline(
        self, constraint: ConstraintTimeline, comparer: Comparer
    ) -> dict[int, dict[int, tuple[Difference, ...]]]:
        """How each live constraint, in order, differs from each step; only those that can be meant at all."""
        found: dict[int, dict[int, tuple[Difference, ...]]] = {}
        for index, step in enumerate(constraint.steps):
            shape = step.shape
            if shape is not None and not reads(shape) <= comparer.table.columns.keys():
                for number in self._rests(shape, comparer) if comparer.answers.keeps_rests else ():
                    found.setdefault(number, {})[index] = (Difference("rest", Match.DIFFERENT),)
                shape = self._half_renamed(shape, step.at, comparer, is_new=constraint.steps[index - 1].shape is None)
            if shape is None:
                continue
            for number in self.meant(shape, reads(shape)):
                found.setdefault(number, {})[index] = comparer.compare(shape, self.live[number])
        return {number: found[number] for number in sorted(found)} if len(found) > 1 else found

    def _rests(self, shape: Constraint, comparer: Comparer) -> Iterator[int]:
        """What is left of an index whose columns have been dropped in part."""
        left = tuple(name for name in shape.columns if name in comparer.table.columns)
        return (number for number in self.bearing(shape) if left and self.live[number].columns == left)

    def _half_renamed(self, shape: Constraint, at: Op, comparer: Comparer, *, is_new: bool) -> Constraint | None:
        """A step's shape over the names of now, where some of its columns have been renamed and others have not.

        One operation may rename two columns of a constraint, statement by statement: a model that has a many-to-many
        field to itself is renamed. None where all of them stand under names of another step, which says the same: not
        where the constraint `is_new` at the very operation that renames them. Example: on MySQL the index of a foreign
        key outlives the key, and is from then on that of the field.
        """
        needs = reads(shape)
        now: dict[str, str] = {}
        for column in self.table.every_column:
            number = column.last_step(lambda op: op <= at)
            its, place = column.steps[number].shape, self.matched.places[column]
            if its is not None and its.name in needs and place.actual is not None:
                now[its.name] = comparer.names.get(place.actual.name, place.actual.name)
                before = column.steps[number - 1].shape if column.steps[number].op == at else None
                is_new = is_new and before is not None and before.name != its.name
        new = {name: other for name, other in now.items() if name != other}
        if now.keys() != needs or not needs.isdisjoint(new.values()) or (len(new) == len(needs) and not is_new):
            return None
        for name, other in new.items():
            shape = renamed_over(shape, name, other)
        return shape

    def bearing(self, shape: Constraint) -> list[int]:
        return self.named.get((type(shape), shape.name or ""), [])

    def meant(self, shape: Constraint, needs: frozenset[str]) -> list[int]:
        """Those that can be this shape at all, by its name or, where it has none of its own, by what it is over."""
        kind = type(shape)
        if not needs:
            over = self.all.get(kind, [])
        elif kind is Check:
            over = [n for columns in {needs, frozenset(shape.columns)} for n in self.over.get((kind, columns), [])]
        else:
            over = self.over.get((kind, shape.columns), [])
        if not shape.named:
            return over
        bare = [number for number in over if self.live[number].name is None]
        return [*self.bearing(shape), *bare]


class BespokeConstraints:
    """The constraints and indexes of a table that have names of the project's own."""

    def __init__(
        self, timeline: TableTimeline, lookup: LiveConstraints, comparer: Comparer, recorded: Mapping[Op, bool]
    ) -> None:
        self.named = {
            (type(each.shape), each.shape.name): each
            for each in timeline.every_constraint
            if each.shape is not None and each.shape.named
        }
        self.lookup = lookup
        self.comparer = comparer
        self.recorded = recorded

    def are_rather(self, constraint: ConstraintTimeline, actual: Constraint) -> bool:
        """Whether a live one of the same definition, under a strange name, is one of these and not `constraint`.

        Either it has the name of one of them, of another definition. Or the records say that `constraint` was removed,
        and one of them that is missing may have been renamed.
        """
        bearer = self.named.get((type(actual), actual.name or ""))
        if bearer is not None:
            return bearer is not constraint
        op = constraint.steps[-1].op
        if constraint.shape is not None or op is None or not self.recorded.get(op, False):
            return False
        return any(
            self._is_missing(each) and is_same(each.shape, actual, self.comparer) for each in self.named.values()
        )

    def _is_missing(self, constraint: ConstraintTimeline) -> bool:
        shape, op = constraint.shape, constraint.steps[-1].op
        owed = op is not None and self.recorded.get(op, False)
        return owed and shape is not None and not self.lookup.bearing(shape)


def is_same(shape: Constraint | None, actual: Constraint, comparer: Comparer) -> bool:
    """Whether a live one is the same but for the name."""
    if shape is None or type(shape) is not type(actual) or not reads(shape) <= comparer.table.columns.keys():
        return False
    return not comparer.compare(shape, actual)
