"""What is run as a migration has it: its operations, and its SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import Op, OtherTimeline


@dataclass(frozen=True, slots=True)
class RunOperation:
    """Django's own operation, as `migrate` would run it."""

    op: Op


@dataclass(frozen=True, slots=True)
class CreateExtension:
    op: Op


@dataclass(frozen=True, slots=True)
class RunSql:
    """Runs SQL of a migration: all of it, or what is left.

    `only` are the statements to run, where the rest has run. `after` is how many of the operation's own statements are
    done, the first ones.
    """

    op: Op
    only: tuple[str, ...] | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class MakeOther:
    """Makes a view, function, trigger or rule by the SQL of its migration. `replaces`: another one is there.

    `query` is what a view selects, as it can be written after FROM.
    """

    timeline: OtherTimeline
    on: str | None
    statements: tuple[str, ...]
    replaces: bool = False
    materialized: bool = False
    query: str | None = None
