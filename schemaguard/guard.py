"""The guard of `migrate`: its plan is held against the database before its first statement.

Everything that costs is imported, asked and walked only where there is something to judge: an empty database costs one
query, and one whose migrations are all recorded costs the loading of the graph.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.management.base import CommandError
from django.db import DatabaseError, connections, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.conf import SETTING, read
from schemaguard.exceptions import Refused

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.execution.reconcile import Outcome
    from schemaguard.plan.obstacles import Obstacle, Obstacles

Key = tuple[str, str]
NOT_OURS = ("plan", "check_unapplied", "fake", "prune")
"""Options with which `migrate` runs no migration."""
JOURNAL = "schemaguard_journal"
SHOWN = 6
"""How many objects of one migration, and how many migrations, are named."""


class MigrateStopped(CommandError, DatabaseError):
    """`migrate` was stopped before its first statement. A DatabaseError too: that is what it would have ended in."""


class InconsistentHistory(MigrateStopped, InconsistentMigrationHistory):
    """Stopped where Django itself would have refused; it says what mends it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What `migrate` was asked for. `mode` is one of conf.GUARDS; `forced`: with --reconcile."""

    alias: str
    mode: str
    forced: bool = False
    app_label: str | None = None
    migration_name: str | None = None
    fake_initial: bool = False
    verbosity: int = 1

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Asked | None:
        """From the options of the command; None where the guard has nothing to do. Raises CommandError."""
        forced = bool(options.get("reconcile"))
        others = [name for name in NOT_OURS if options.get(name)]
        if others:
            if forced:
                option = "--check" if others[0] == "check_unapplied" else f"--{others[0]}"
                raise CommandError(
                    f"--reconcile cannot go with {option}; to see what it would do: "
                    "manage.py schemaguard reconcile --dry-run"
                )
            return None
        mode = "reconcile" if forced else read(getattr(django_settings, SETTING, {})).guard_migrate
        if mode == "off":
            return None
        return cls(
            alias=options["database"],
            mode=mode,
            forced=forced,
            app_label=options.get("app_label"),
            migration_name=options.get("migration_name"),
            fake_initial=bool(options.get("fake_initial")),
            verbosity=options.get("verbosity", 1),
        )


class Guard:
    """One run of the guard. `warn` and `tell` take text for people; `confirm` is asked before a reconcile, if given."""

    def __init__(
        self,
        asked: Asked,
        *,
        warn: Callable[[str], object],
        tell: Callable[[str], object] = lambda text: None,
        confirm: Callable[[Diagnosis], bool] | None = None,
    ) -> None:
        self.asked = asked
        self.connection = connections[asked.alias]
        self.warn = warn
        self.tell = tell
        self.confirm = confirm

    def run(self) -> None:
        """Returns where `migrate` may go on. Raises MigrateStopped, with nothing changed, where it would fail half way.

        What keeps the guard itself from judging is a warning: Django goes on as if there were no guard.
        """
        try:
            going = self._going()
        except Exception:  # Django is about to meet the same, and says it in its own words
            return
        if going is None:
            return
        if self.asked.forced:
            self._mend(going)
            return
        found = self._found(going)
        if found is None:
            return
        self._warn_of(found.harmless)
        if not found.fatal and going.inconsistent is None:
            return
        if self.asked.mode == "reconcile":
            self._mend(going)
        elif self.asked.mode == "warn":
            self.warn(self._text(found.fatal, going))
        else:
            raise self._stopped(found.fatal, going)

    # ------------------------------------------------------------------------------------------------------ what it is
    def _going(self) -> Going | None:
        """What `migrate` is about to do; None where there is nothing to judge."""
        if is_empty(self.connection):
            return None
        executor = MigrationExecutor(self.connection)
        inconsistent = None
        try:
            executor.loader.check_consistent_history(self.connection)
        except InconsistentMigrationHistory as error:
            inconsistent = str(error)
        targets = targets_of(executor.loader, self.asked.app_label, self.asked.migration_name)
        if targets is None:
            return None
        plan = executor.migration_plan(targets)
        if any(backwards for _, backwards in plan):
            return None
        migrations = tuple(migration for migration, _ in plan)
        if not migrations and inconsistent is None and not self.asked.forced:
            return None
        return Going(executor=executor, targets=targets, migrations=migrations, inconsistent=inconsistent)

    def _found(self, going: Going) -> Obstacles | None:
        """None where the diagnosis cannot be made."""
        from schemaguard.commands.failures import described
        from schemaguard.diagnosis.diagnose import diagnose
        from schemaguard.plan.obstacles import obstacles

        try:
            with self._undisturbed():
                _, located = diagnose(self.asked.alias, models=False)
            planned = {(each.app_label, each.name) for each in going.migrations}
            if going.inconsistent is not None:
                planned |= {key for key in going.loader.graph.nodes if key not in going.loader.applied_migrations}
            with self._undisturbed():
                planned -= self._faked_by_django(going)
            return obstacles(located, planned)
        except Exception as error:
            why = described(error, self.asked.alias) or f"{type(error).__name__}: {error}"
            if going.inconsistent is None:
                self.warn(f"schemaguard could not look at the database before migrate, which goes on: {why}")
            return None

    def _undisturbed(self) -> AbstractContextManager[Any]:
        """A failed query must not leave a transaction of the caller's unusable."""
        if self.connection.in_atomic_block:
            return transaction.atomic(using=self.asked.alias)
        return nullcontext()

    def _faked_by_django(self, going: Going) -> set[Key]:
        """With --fake-initial: initial migrations that Django finds to be there, by names of tables and columns.

        Those of them that are there in truth it may fake; one that is there in part or in another shape stays.
        """
        if not self.asked.fake_initial:
            return set()
        from schemaguard.diagnosis.diagnose import diagnose
        from schemaguard.diagnosis.model import State

        diagnosis, _ = diagnose(self.asked.alias, models=False)
        whole = {each.key for each in diagnosis.migrations if each.state is State.PRESENT}
        return {
            (each.app_label, each.name)
            for each in going.migrations
            if (each.app_label, each.name) in whole and going.executor.detect_soft_applied(None, each)[0]
        }

    # --------------------------------------------------------------------------------------------------------- mending
    def _mend(self, going: Going) -> None:
        """Reconciles, and returns where `migrate` can go on. Raises MigrateStopped."""
        from schemaguard.commands.failures import described
        from schemaguard.execution.reconcile import Request, reconcile

        labels: tuple[str, ...] = ()
        if self.asked.app_label is not None:
            labels = tuple(dict.fromkeys([self.asked.app_label, *(each.app_label for each in going.migrations)]))
        request = Request(alias=self.asked.alias, app_labels=labels, verbosity=self.asked.verbosity, confirm=self.confirm)
        try:
            self._refuse_to_turn_round(going, labels)
            outcome = reconcile(request)
        except Refused as refused:
            raise MigrateStopped(f"migrate was stopped before its first statement: {refused}") from refused
        except MigrateStopped:
            raise
        except Exception as error:
            line = described(error, self.asked.alias)
            if line is None:
                raise
            raise MigrateStopped(f"migrate was stopped before its first statement: {line}") from error
        self._tell_of(outcome)
        after = self._going()
        if after is None:
            return
        found = self._found(after)
        if found is not None and (found.fatal or after.inconsistent is not None):
            raise self._stopped(found.fatal, after, reconciled=True)

    def _refuse_to_turn_round(self, going: Going, labels: tuple[str, ...]) -> None:
        """`migrate app 0002` on a database that holds 0003: with the record of 0003 put back it would be unapplied."""
        if self.asked.migration_name is None:
            return
        from schemaguard.execution.reconcile import planned
        from schemaguard.plan.build import Options

        _, _, plan = planned(self.asked.alias, Options(), labels, models=False)
        executor = MigrationExecutor(self.connection)
        recorded = dict(executor.loader.applied_migrations)
        for step in plan.steps:
            recorded.update({key: executor.loader.graph.nodes.get(key) for key in step.records})
        executor.loader.applied_migrations = recorded  # type: ignore[assignment]
        unapplied = [migration for migration, backwards in executor.migration_plan(list(going.targets)) if backwards]
        if unapplied:
            names = ", ".join(f"{each.app_label}.{each.name}" for each in unapplied)
            raise MigrateStopped(
                f"migrate was stopped before its first statement, and nothing was changed: the database holds {names} "
                f"already; once that is recorded, migrating to {self.asked.migration_name} would take it back. "
                f"To record it alone: {self._command('schemaguard reconcile', *labels)}"
            )

    # ------------------------------------------------------------------------------------------------------------ words
    def _stopped(self, fatal: Collection[Obstacle], going: Going, *, reconciled: bool = False) -> MigrateStopped:
        kind = MigrateStopped if going.inconsistent is None else InconsistentHistory
        return kind(self._text(fatal, going, reconciled=reconciled))

    def _text(self, fatal: Collection[Obstacle], going: Going, *, reconciled: bool = False) -> str:
        from schemaguard.diagnosis.model import State
        from schemaguard.report.escape import visible

        warns = self.asked.mode == "warn"
        changed = "it was reconciled as far as that goes" if reconciled else "nothing was changed"
        end = "." if warns else f"; stopped before its first statement, {changed}."
        first = f'migrate would fail half way on database "{self.asked.alias}"{end}'
        if going.inconsistent is not None:
            first = f"{going.inconsistent.rstrip('.')}: migrate refuses to start{'' if warns else f', and {changed}'}."
        lines = [first, ""]
        shown = list(fatal)[: 2 * SHOWN]
        for each in shown:
            lines += [visible(f"  {line}") for line in _described(each)]
        if len(fatal) > len(shown):
            lines.append(f"  and {len(fatal) - len(shown)} more migrations")
        if fatal:
            lines.append("")
        if reconciled or any(each.state is State.CONFLICTING for each in fatal):
            lines.append("A person has to choose: " + self._command("schemaguard reconcile", "--dry-run") + " says how.")
        else:
            lines.append("To mend it: " + self._command("schemaguard reconcile"))
            lines.append("To mend it and go on: " + self._command("migrate", *self._arguments(), "--reconcile"))
        return "\n".join(lines)

    def _arguments(self) -> Iterator[str]:
        yield from filter(None, (self.asked.app_label, self.asked.migration_name))

    def _command(self, name: str, *arguments: str) -> str:
        words = [*map(shlex.quote, arguments)]
        if self.asked.alias != "default":
            words.append(f"--database {shlex.quote(self.asked.alias)}")
        return " ".join(["manage.py", name, *words])

    def _warn_of(self, harmless: Collection[Obstacle]) -> None:
        from schemaguard.report.escape import visible

        for each in list(harmless)[:SHOWN]:
            self.warn(visible(
                f"schemaguard: {each.name} is recorded, and {_shortened(each.reasons)}; nothing that migrate runs now "
                f"touches it: {self._command('schemaguard check')}"
            ))  # fmt: skip
        if len(harmless) > SHOWN:
            self.warn(f"schemaguard: and {len(harmless) - SHOWN} more migrations of which something is missing")

    def _tell_of(self, outcome: Outcome) -> None:
        from schemaguard.report.escape import visible
        from schemaguard.report.plan import VERBS

        for warning in outcome.warnings:
            self.warn(visible(f"schemaguard: {warning}"))
        if outcome.performed:
            self.tell("Reconciling with the database:")
        for step in outcome.performed:
            self.tell(visible(f"  {step.app}.{step.name}: {VERBS[step.action.value]}"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Going:
    """What `migrate` is about to run forwards. `inconsistent`: why Django would refuse to start, in its words."""

    executor: MigrationExecutor
    targets: tuple[Any, ...]
    migrations: tuple[Migration, ...]
    inconsistent: str | None = None

    @property
    def loader(self) -> MigrationLoader:
        return self.executor.loader


def is_empty(connection: Any) -> bool:
    """Whether nothing can be in the way: no table, or an empty django_migrations alone. One query, or two."""
    table: str = MigrationRecorder.Migration._meta.db_table
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    if tables - {table, JOURNAL}:
        return False
    if table in tables and MigrationRecorder(connection).migration_qs.exists():
        return False
    # Tables that are named `schema"."table` stand outside of what was asked for.
    return not any('"."' in model._meta.db_table for model in apps.get_models())


def targets_of(loader: MigrationLoader, app_label: str | None, name: str | None) -> tuple[Any, ...] | None:
    """The targets that `migrate` makes of its arguments, as its `handle` does; None where it takes them back to zero.

    Raises what the loader raises on an ambiguous or unknown name.
    """
    leaves = loader.graph.leaf_nodes()
    if app_label is None:
        return tuple(leaves)
    if name is None:
        return tuple(key for key in leaves if key[0] == app_label)
    if name == "zero":
        return None
    target = (app_label, loader.get_migration_by_prefix(app_label, name).name)
    if target not in loader.graph.nodes and target in loader.replacements:
        target = loader.replacements[target].replaces[-1]
    return (target,)


def _described(obstacle: Obstacle) -> Iterator[str]:
    from schemaguard.diagnosis.model import State

    said = {
        State.PRESENT: "is in the database already and not recorded",
        State.PARTIAL: "is in the database by half and not recorded",
        State.CONFLICTING: "is not recorded, and something that it makes is there in another shape",
        State.MISSING: "is recorded, but not all of it is in the database, and migrate goes on from it",
    }
    yield f"{obstacle.name} {said[obstacle.state]}"
    for reason in obstacle.reasons[:SHOWN]:
        yield f"    {reason}"
    if len(obstacle.reasons) > SHOWN:
        yield f"    and {len(obstacle.reasons) - SHOWN} more"


def _shortened(reasons: Collection[str]) -> str:
    first, *more = reasons
    return f"{first} (and {len(more)} more)" if more else first
