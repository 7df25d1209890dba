"""The migration graph on disk and the records in the database, as one plan to walk.

Django's loader leaves either a squash or what it replaces in its graph, by the records. The records may be what is
wrong, so both readings can be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader

from schemaguard.history.bits import ancestors_of, bits_of, with_ancestors
from schemaguard.history.broken import importing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from django.db.migrations.migration import Migration

    from schemaguard.history.noted import Noted, Notes
    from schemaguard.history.object_timeline import ObjectTimeline

Key = tuple[str, str]


@dataclass
class Graph:
    """`plan` is what `migrate` would run on an empty database, in order.

    `ancestors[m]` has a bit for the position of each migration that m depends on, directly or through others.

    `recorded[i]` holds for a squash too where all that it replaces is recorded. `orphans` are the records without a
    file; a record that a squash on disk names in `replaces` is none.
    """

    loader: _Loader
    plan: tuple[Migration, ...]
    ancestors: tuple[int, ...]
    recorded: tuple[bool, ...]
    records: frozenset[Key]
    orphans: tuple[Key, ...]
    notes: Notes = field(default_factory=dict)
    """How far `migrate` got in migrations that cannot be rolled back, by their keys."""
    answers: Mapping[Key, bool] = field(default_factory=dict)
    """Whether migrations ran, as a person said of those of which nobody else can tell."""
    noted: dict[int, Noted] = field(init=False)
    """The same by position, where the migration is not recorded: a record says that all of it ran."""
    plan_index: dict[Key, int] = field(init=False)

    def __post_init__(self) -> None:
        self.plan_index = {(migration.app_label, migration.name): m for m, migration in enumerate(self.plan)}
        positions = {self.plan_index[key]: noted for key, noted in self.notes.items() if key in self.plan_index}
        self.noted = {m: noted for m, noted in positions.items() if not self.recorded[m]}

    @cached_property
    def stopped(self) -> frozenset[int]:
        """The migrations in which a run may have been interrupted, as it has noted itself.

        Without notes: all that they depend on is recorded, and nothing after them, be it in their app or what depends
        on them. Each app may have one, since `migrate` can be told to run one app. None where there are no records:
        these were lost.
        """
        if self.noted:
            return frozenset([max(self.noted)])
        held = [m for m, is_recorded in enumerate(self.recorded) if is_recorded]
        recorded, needed = bits_of(held), ancestors_of(held, self.ancestors)
        ends = {self.plan[m].app_label: m for m in held}
        return frozenset(
            m
            for m, migration in enumerate(self.plan)
            if held
            and m > ends.get(migration.app_label, -1)
            and not self.ancestors[m] & ~recorded
            and not needed >> m & 1
        )

    @cached_property
    def parents(self) -> list[tuple[int, ...]]:
        """The positions of the migrations that each directly depends on: its ancestors but for their own ancestors."""
        found = []
        for left in self.ancestors:
            parents = []
            while left:
                parents.append(left.bit_length() - 1)
                left &= ~(self.ancestors[parents[-1]] | 1 << parents[-1])
            found.append(tuple(parents))
        return found

    def app_of(self, timeline: ObjectTimeline[Any]) -> str | None:
        """The app whose migration was the last to do something to a thing."""
        return next((self.plan[step.op[0]].app_label for step in reversed(timeline.steps) if step.op is not None), None)


class Disk(MigrationLoader):
    """The migrations of all apps as their files say, imported once for all readings of them. No graph yet.

    Raises BadMigrationError, and MigrationsBroken where a migration's module raises when it is imported.
    """

    def __init__(self) -> None:
        super().__init__(None, load=False, ignore_no_migrations=True)
        with importing():
            self.load_disk()


class _Loader(MigrationLoader):
    """Django's loader, told what is recorded instead of asking the database, and told which squashes to unfold."""

    def __init__(self, disk: Disk, records: Collection[Key], unfolded: Collection[Key]) -> None:
        self.disk = disk
        self._records = records
        self._unfolded = frozenset(unfolded)
        super().__init__(None, ignore_no_migrations=True)

    def build_graph(self) -> None:
        self.disk_migrations = self.disk.disk_migrations
        self.unmigrated_apps, self.migrated_apps = self.disk.unmigrated_apps, self.disk.migrated_apps
        self.replacements = {}
        applied = dict.fromkeys(self._records)
        self.applied_migrations = applied  # type: ignore[assignment]
        self.graph = MigrationGraph()
        assert self.disk_migrations is not None
        for key, migration in self.disk_migrations.items():
            self.graph.add_node(key, migration)
            if migration.replaces:
                self.replacements[key] = migration
        for key, migration in self.disk_migrations.items():
            self.add_internal_dependencies(key, migration)
        for key, migration in self.disk_migrations.items():
            self.add_external_dependencies(key, migration)
        for key in self._in_order():
            self._replace(key)
        self.graph.validate_consistency()
        self.graph.ensure_not_cyclic()

    def _in_order(self) -> list[Key]:
        """Squashes of squashes after what they squash (Django 6.0 allows them)."""
        found: dict[Key, None] = {}

        def visit(key: Key) -> None:
            if key in found:
                return
            for replaced in self.replacements[key].replaces:
                if tuple(replaced) in self.replacements:
                    visit((replaced[0], replaced[1]))
            found[key] = None

        for key in self.replacements:
            visit(key)
        return list(found)

    def _replace(self, key: Key) -> None:
        migration = self.replacements[key]
        replaced = [(app, name) for app, name in migration.replaces]
        on_disk = [each for each in replaced if each in self.graph.nodes]
        if key in self._unfolded and on_disk:
            self.graph.remove_replacement_node(key, replaced)
        else:
            self.graph.remove_replaced_nodes(key, replaced)


def load(
    disk: Disk, records: Collection[Key], unfolded: Collection[Key] = (), notes: Notes | None = None,
    answers: Mapping[Key, bool] | None = None,
) -> Graph:  # fmt: skip
    """Puts all migrations in order.

    `records` are the rows of django_migrations; `unfolded` names squashes to read as what they replace; `notes` and
    `answers` are those of the graph. Raises what Django's loader raises for a graph: NodeNotFoundError,
    CircularDependencyError.
    """
    loader = _Loader(disk, records, unfolded)
    plan: list[Migration] = []
    seen: set[Key] = set()
    for target in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(target):
            if key not in seen:
                seen.add(key)
                plan.append(loader.graph.nodes[key])
    positions = {(migration.app_label, migration.name): i for i, migration in enumerate(plan)}
    ancestors: list[int] = []
    for migration in plan:
        parents = loader.graph.node_map[migration.app_label, migration.name].parents
        ancestors.append(with_ancestors((positions[parent.key] for parent in parents), ancestors))
    orphans = _orphans(loader, records)
    rewritten = {app for app, _ in orphans} - {app for app, _ in set(positions) & set(records)}
    recorded = tuple(_is_recorded(loader, key, records, rewritten) for key in positions)
    return Graph(
        loader, tuple(plan), tuple(ancestors), recorded, frozenset(records), orphans, notes or {}, answers or {}
    )


def replaced_by(loader: MigrationLoader, key: Key) -> list[Key]:
    """All that a squash replaces, squashes among them taken apart. Empty for a migration that is no squash."""
    migration = (loader.disk_migrations or {}).get(key)
    found: list[Key] = []
    for app, name in migration.replaces if migration is not None else ():
        found += replaced_by(loader, (app, name)) or [(app, name)]
    return found


def half_recorded(disk: Mapping[Key, Migration], records: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """(squash, sentence) for each that Django can neither run nor take apart.

    Some of what it replaces is recorded, so that Django wants to run the rest of that one by one; and of the rest not
    all is on disk any more.
    """
    for key, migration in disk.items():
        replaced = [(app, name) for app, name in migration.replaces]
        recorded = [each for each in replaced if each in records]
        gone = [each for each in replaced if each not in records and each not in disk]
        if recorded and gone:
            only, lost = (", ".join(map(".".join, each)) for each in (recorded, gone))
            yield key, f"{'.'.join(key)} replaces {lost}, without a record or a file, and {only}, recorded"


def _is_recorded(loader: MigrationLoader, key: Key, records: Collection[Key], rewritten: Collection[str]) -> bool:
    """As Django sees it: a squash is applied when all that it replaces is, whatever its own record says.

    Not in an app of which no file is recorded, and what is recorded has no file: its history was made anew, and that
    its squash replaces migrations of another app proves nothing.
    """
    replaced = replaced_by(loader, key)
    if not replaced:
        return key in records
    return key[0] not in rewritten and all(each in records for each in replaced)


def _orphans(loader: MigrationLoader, records: Collection[Key]) -> tuple[Key, ...]:
    disk = loader.disk_migrations or {}
    known = set(disk)
    for migration in disk.values():
        known.update((app, name) for app, name in migration.replaces)
    return tuple(sorted(record for record in records if record not in known))


def to_unfold(graph: Graph) -> frozenset[Key]:
    """The squashes of which some, but not all, replaced migrations are recorded: Django then runs the replaced ones."""
    disk = graph.loader.disk_migrations or {}
    found = set()
    for key in graph.loader.replacements:
        replaced = replaced_by(graph.loader, key)
        done = [each in graph.records for each in replaced]
        if any(done) and not all(done) and all(each in disk for each in replaced):
            found.add(key)
    return frozenset(found)
