"""The guard of `migrate`: its plan is held against the database before its first statement.

Everything that costs is imported, asked and walked only where there is something to judge: an empty database costs one
query, and one whose migrations are all recorded costs the loading of the graph.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory

from schemaguard.exceptions import Refused
from schemaguard.reconcile.plan.migrate_plan import MigratePlan, is_empty, look_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from schemaguard.conf import Settings
    from schemaguard.diagnosis.ahead.obstacles import Obstacle, Obstacles
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location
    from schemaguard.reconcile.requests import Outcome, Request

Key = tuple[str, str]
NOT_OURS = ("plan", "check_unapplied", "fake", "prune")
"""Options with which `migrate` runs no migration."""


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
    lock: bool = True
    lock_timeout: float | None = None
    """Seconds; None: as long as it takes."""
    record_progress: bool = True

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
        settings = guard_settings()
        mode = "reconcile" if forced else settings.guard_migrate
        if mode == "off":
            return None
        return cls(
            alias=options.get("database") or DEFAULT_DB_ALIAS,
            mode=mode,
            forced=forced,
            app_label=options.get("app_label"),
            migration_name=options.get("migration_name"),
            fake_initial=bool(options.get("fake_initial")),
            verbosity=options.get("verbosity", 1),
            lock=settings.lock_migrate,
            lock_timeout=settings.migrate_lock_timeout,
            record_progress=settings.record_progress,
        )


@dataclass(frozen=True, slots=True)
class Defaults:
    """Of the settings that concern the guard."""

    guard_migrate: str = "stop"
    lock_migrate: bool = True
    migrate_lock_timeout: float | None = None
    record_progress: bool = True


def guard_settings() -> Settings | Defaults:
    """Where nothing is set, nothing that reads settings is imported either."""
    value = getattr(django_settings, "SCHEMAGUARD", {})
    if value == {}:
        return Defaults()
    from schemaguard.conf import read

    return read(value)


class Guard:
    """One run of the guard. `warn` and `tell` take text for people; `confirm` is asked before a reconcile, if given."""

    def __init__(
        self,
        asked: Asked,
        *,
        warn: Callable[[str], object],
        tell: Callable[[str], object] = lambda _text: None,
        confirm: Callable[[Diagnosis], bool] | None = None,
    ) -> None:
        self.asked = asked
        self.connection = connections[asked.alias]
        self.warn = warn
        self.tell = tell
        self.confirm = confirm
        self._is_empty = False
        self._seen: list[MigratePlan | None] = []

    def has_something_to_run(self) -> bool:
        """Whether `migrate` would run anything, by what is there now. `run` goes by that too, unless told to `forget`.

        An empty database counts as one with something to run.
        """
        migrate_plan = self._looked()
        if migrate_plan is None:
            return self._is_empty
        return self.asked.forced or bool(migrate_plan.migrations) or migrate_plan.inconsistent is not None

    def forget(self) -> None:
        """Has `run` look again: the lock was not held when it was looked before."""
        self._seen.clear()

    def run(self) -> None:
        """Returns where `migrate` may go on. Raises MigrateStopped, with nothing changed, where it would fail half way.

        What keeps the guard itself from judging is a warning: Django goes on as if there were no guard.
        """
        migrate_plan = self._looked()
        if migrate_plan is None:
            return
        if migrate_plan.backwards:
            if self.asked.forced:
                raise MigrateStopped("--reconcile goes with migrating forwards only; nothing was changed")
            return
        if self.asked.forced:
            self._mend(migrate_plan)
            return
        if migrate_plan.inconsistent is None:
            self._warn_of_vanished(migrate_plan)
        if not migrate_plan.migrations and migrate_plan.inconsistent is None:
            return
        found = self._found(migrate_plan)
        if found is None:
            return
        self._warn_of(found.harmless)
        if not found.fatal and migrate_plan.inconsistent is None:
            return
        if self.asked.mode == "reconcile":
            self._mend(migrate_plan)
        elif self.asked.mode == "warn":
            self.warn(self._text(found.fatal, migrate_plan, "warned"))
        else:
            raise self._stopped(found.fatal, migrate_plan)

    # ------------------------------------------------------------------------------------------------------ what it is
    def _looked(self) -> MigratePlan | None:
        """What `migrate` is about to do, by the first look."""
        if not self._seen:
            try:
                self._seen.append(self._read_plan())
            except Exception:  # noqa: BLE001 (Django is about to meet the same, and says it in its own words)
                self._seen.append(None)
        return self._seen[0]

    def _read_plan(self) -> MigratePlan | None:
        """What `migrate` is about to do; None where there is nothing to judge."""
        asked = self.asked
        self._is_empty = is_empty(self.connection)
        if self._is_empty:
            return None
        return look_ahead(self.connection, asked.app_label, asked.migration_name, even_nothing=asked.forced)

    def _found(self, migrate_plan: MigratePlan) -> Obstacles | None:
        """None where the diagnosis cannot be made."""
        from schemaguard.conf import ignored
        from schemaguard.diagnosis.ahead.obstacles import obstacles
        from schemaguard.diagnosis.diagnose import diagnose
        from schemaguard.failures import told
        from schemaguard.reconcile.plan.bookkeeping import numbers_in_the_way

        try:
            with self._undisturbed():
                diagnosis, assessment = diagnose(self.asked.alias, models=False)
                planned = {(each.app_label, each.name) for each in migrate_plan.migrations}
                if migrate_plan.inconsistent is not None:
                    planned |= {
                        key
                        for key in migrate_plan.loader.graph.nodes
                        if key not in migrate_plan.loader.applied_migrations
                    }
                passed_over = ignored(diagnosis, self._settings()).ignored
                faked = self._faked_by_django(migrate_plan, assessment.location)
                found = obstacles(assessment, planned - faked, passed_over)
                numbers = tuple(numbers_in_the_way(diagnosis.findings, migrate_plan.migrations))
                return replace(found, fatal=(*numbers, *found.fatal))
        except Exception as error:  # noqa: BLE001 (a look that fails does not keep migrate from its work)
            why = told(error, self.asked.alias)
            if migrate_plan.inconsistent is None:
                self.warn(f"schemaguard could not look at the database before migrate, which goes on: {why}")
            return None

    def _settings(self) -> Settings:
        from schemaguard.conf import SETTING, read

        return read(getattr(django_settings, SETTING, {}))

    def _undisturbed(self) -> AbstractContextManager[Any]:
        """A failed query must not leave a transaction of the caller's unusable."""
        if self.connection.in_atomic_block:
            return transaction.atomic(using=self.asked.alias)
        return nullcontext()

    def _faked_by_django(self, migrate_plan: MigratePlan, location: Location) -> set[Key]:
        """With --fake-initial: initial migrations that Django finds to be there, by names of tables and columns.

        Those of them that are there in truth it may fake; one that is there in part or in another shape stays.
        """
        if not self.asked.fake_initial:
            return set()
        from schemaguard.diagnosis.model import State

        states = zip(location.graph.plan, location.states.migrations, strict=True)
        whole = {(each.app_label, each.name) for each, state in states if state is State.PRESENT}
        return {
            (each.app_label, each.name)
            for each in migrate_plan.migrations
            if (each.app_label, each.name) in whole and migrate_plan.executor.detect_soft_applied(None, each)[0]
        }

    # --------------------------------------------------------------------------------------------------------- mending
    def _mend(self, migrate_plan: MigratePlan) -> None:
        """Reconciles, and returns where `migrate` can go on. Raises MigrateStopped."""
        from schemaguard.diagnosis.wording import command_line
        from schemaguard.failures import described, scrubbed
        from schemaguard.reconcile.carry_out import reconcile
        from schemaguard.reconcile.requests import Request
        from schemaguard.reconcile.unrecorded import refuse_to_drop
        from schemaguard.report.migrate import refused_text

        named = [] if self.asked.app_label is None else [self.asked.app_label]
        labels = tuple(dict.fromkeys([*named, *(each.app_label for each in migrate_plan.migrations if named)]))
        request = Request(
            alias=self.asked.alias,
            app_labels=labels,
            settings=self._settings(),
            followed=True,
            verbosity=self.asked.verbosity,
            confirm=self.confirm,
        )
        try:
            self._refuse_to_turn_round(migrate_plan, request)
            outcome = reconcile(request)
            self._tell_of(outcome)
            refuse_to_drop(request, outcome.performed)
        except Refused as refused:
            options = f"the options are those of {command_line(self.asked.alias, 'schemaguard reconcile')}"
            raise MigrateStopped(scrubbed(refused_text(refused, options))) from refused
        except MigrateStopped:
            raise
        except Exception as error:
            sentence = described(error, self.asked.alias)
            if sentence is None:
                raise
            raise MigrateStopped(f"migrate was stopped before its first statement: {sentence}") from error
        after = self._read_plan()
        found = self._found(after) if after is not None else None
        if after is not None and found is not None and (found.fatal or after.inconsistent is not None):
            raise self._stopped(found.fatal, after, reconciled=True)

    def _refuse_to_turn_round(self, migrate_plan: MigratePlan, request: Request) -> None:
        """`migrate app 0002` on a database that holds 0003: with the record of 0003 put back it would be unapplied."""
        if self.asked.migration_name is None:
            return
        from schemaguard.diagnosis.wording import command_line
        from schemaguard.reconcile.planning import planned

        plan = planned(request, models=False).plan
        executor = migrate_plan.executor
        recorded = dict(executor.loader.applied_migrations)
        for step in plan.steps:
            recorded.update({key: executor.loader.graph.nodes.get(key) for key in step.records})
        executor.loader.applied_migrations = recorded
        unapplied = [
            migration for migration, backwards in executor.migration_plan(list(migrate_plan.targets)) if backwards
        ]
        if unapplied:
            names = ", ".join(f"{each.app_label}.{each.name}" for each in unapplied)
            raise MigrateStopped(
                f"migrate was stopped before its first statement, and nothing was changed: the database holds {names} "
                f"already; once that is recorded, migrating to {self.asked.migration_name} would take it back. "
                f"To record it alone: {command_line(self.asked.alias, 'schemaguard reconcile', *request.app_labels)}"
            )

    # ------------------------------------------------------------------------------------------------------------ words
    def _stopped(
        self, fatal: Collection[Obstacle], migrate_plan: MigratePlan, *, reconciled: bool = False
    ) -> MigrateStopped:
        kind = MigrateStopped if migrate_plan.inconsistent is None else InconsistentHistory
        return kind(self._text(fatal, migrate_plan, "reconciled" if reconciled else "stopped"))

    def _text(self, fatal: Collection[Obstacle], migrate_plan: MigratePlan, end: str) -> str:
        from schemaguard.report.migrate import stopped_text

        arguments = [each for each in (self.asked.app_label, self.asked.migration_name) if each is not None]
        return stopped_text(fatal, self.asked.alias, end, inconsistent=migrate_plan.inconsistent, arguments=arguments)

    def _warn_of(self, harmless: Collection[Obstacle]) -> None:
        from schemaguard.report.migrate import harmless_text

        for line in harmless_text(harmless, self.asked.alias):
            self.warn(line)

    def _warn_of_vanished(self, migrate_plan: MigratePlan) -> None:
        from schemaguard.diagnosis.wording import command_line
        from schemaguard.report.escape import visible

        for sentence in migrate_plan.vanished:
            mend = command_line(self.asked.alias, "schemaguard reconcile")
            self.warn(visible(f"schemaguard: {sentence}: Django does not run it; {mend}"))

    def _tell_of(self, outcome: Outcome) -> None:
        from schemaguard.failures import scrubbed
        from schemaguard.report.escape import visible
        from schemaguard.report.migrate import performed_text

        for warning in outcome.warnings:
            self.warn(visible(scrubbed(f"schemaguard: {warning}")))
        for line in performed_text(outcome.performed):
            self.tell(line)
