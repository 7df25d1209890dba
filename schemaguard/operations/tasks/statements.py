"""What is run as a migration has it: its operations, and its SQL."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The SQL of a migration, of which nothing is there that it makes, and that no model describes.

    `only` are the statements to run where the rest has run; without them it is the whole operation.
    """

    op: Op
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MakeOther:
    """A view, function, trigger or rule by the statements of its migration. `replaces` where another one is there.

    `query` is what a view selects, as it may stand in FROM.
    """

    timeline: OtherTimeline
    on: str | None
    statements: tuple[str, ...]
    replaces: bool = False
    materialized: bool = False
    query: str | None = None
