"""Where the database stands in its history: each app a track, and on it stretches of migrations in one state."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import DiagnosedMigration, State
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable

IN_DATABASE = frozenset({State.APPLIED, State.PRESENT, State.PARTIAL, State.CONFLICTING})
"""The states of a migration of which the database holds something."""
ALONE = frozenset({State.PARTIAL, State.MISSING, State.CONFLICTING})
"""The states in which a migration is shown by itself, however many of them come one after the other."""
SHORT = 4
"""So many migrations of one state, one after the other, are shown each by itself."""


@value(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Migrations of one state that come one after the other."""

    state: State
    migrations: tuple[DiagnosedMigration, ...]

    @property
    def is_folded(self) -> bool:
        return len(self.migrations) > SHORT and self.state not in ALONE


@value(frozen=True, kw_only=True, slots=True)
class Track:
    """The migrations of one app, in the order in which `migrate` runs them."""

    app: str
    stretches: tuple[Stretch, ...]

    @property
    def migrations(self) -> tuple[DiagnosedMigration, ...]:
        return tuple(each for stretch in self.stretches for each in stretch.migrations)

    @property
    def is_whole(self) -> bool:
        """Whether every migration is applied."""
        return all(each.state is State.APPLIED for each in self.stretches)

    @property
    def recorded(self) -> DiagnosedMigration | None:
        """The last one that is recorded and has a file: where the records say that the database stands."""
        return next(
            (each for each in reversed(self.migrations) if each.recorded and each.state is not State.ORPHANED), None
        )

    @property
    def reached(self) -> DiagnosedMigration | None:
        """The last one of which the database holds something: where it really stands."""
        return next((each for each in reversed(self.migrations) if each.state in IN_DATABASE), None)


def tracks(migrations: Iterable[DiagnosedMigration]) -> list[Track]:
    """One an app, those first that are not whole; else in the order of their first migrations."""
    by_app: dict[str, list[DiagnosedMigration]] = {}
    for migration in migrations:
        by_app.setdefault(migration.app, []).append(migration)
    found = [
        Track(
            app=app,
            stretches=tuple(
                Stretch(state=state, migrations=tuple(mine)) for state, mine in groupby(every, lambda each: each.state)
            ),
        )
        for app, every in by_app.items()
    ]
    return sorted(found, key=lambda each: each.is_whole)
