"""What a diagnosis is made of: frozen values, in the words of CONTRACT.md."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Any

# Reports are made from a diagnosis alone: they find these words here.
from schemaguard.location.state import OperationState as OperationState
from schemaguard.location.state import State as State
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemaguard.schema.codes import Level, Problem
    from schemaguard.schema.kinds import Kind


class Verdict(str, Enum):
    IN_SYNC = "in_sync"
    PENDING = "pending"
    RECONCILABLE = "reconcilable"
    CONFLICT = "conflict"


class Action(str, Enum):
    """What a step of a plan does to one migration."""

    FAKE = "fake"
    RUN = "run"
    COMPLETE = "complete"
    REDO = "redo"
    ALTER = "alter"
    UNRECORD = "unrecord"
    PRUNE = "prune"


@value(frozen=True, kw_only=True, slots=True)
class DiagnosedOperation:
    index: int
    description: str
    state: OperationState


@value(frozen=True, kw_only=True, slots=True)
class DiagnosedMigration:
    """`file` is relative to the working directory where it lies below it; None for a record with no file."""

    app: str
    name: str
    recorded: bool
    state: State
    file: str | None
    operations: tuple[DiagnosedOperation, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.app, self.name


@value(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is not as it should be, with the cause and what mends it."""

    code: str
    level: Level
    kind: Kind
    problem: Problem
    message: str
    hint: str | None = field(default=None, compare=False)
    table: str | None = None
    name: str | None = None
    columns: tuple[str, ...] | None = None
    app: str | None = None
    migration: str | None = None
    file: str | None = None
    line: int | None = None
    expected: str | None = None
    actual: str | None = None
    breaks: bool = False
    """Whether a person has to choose before anything is done: the verdict is a conflict."""


@value(frozen=True, kw_only=True, slots=True)
class Hazard:
    """What a step would meet in the data, counted on the real rows."""

    kind: str
    table: str
    columns: tuple[str, ...]
    rows: int
    message: str

    def as_value(self) -> dict[str, Any]:
        """As it stands in the JSON document and in the journal."""
        return {
            "kind": self.kind,
            "table": self.table,
            "columns": list(self.columns),
            "rows": self.rows,
            "message": self.message,
        }


@value(frozen=True, kw_only=True, slots=True)
class PlanStep:
    action: Action
    app: str
    name: str
    operations: tuple[int, ...] = ()
    sql: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    evidence: tuple[str, ...] = ()
    """What was looked at, and what it looked like: why this step may be believed."""
    record_sql: tuple[str, ...] = ()
    """What the step writes into django_migrations, to be done by hand together with `sql`: for people alone."""
    summary: str = ""
    """What it does, in a few words: for people alone."""

    def as_value(self) -> dict[str, Any]:
        """As it stands in the JSON document, in `plan` and `performed`, and in the journal."""
        return {
            "action": self.action.value,
            "app": self.app,
            "name": self.name,
            "operations": list(self.operations),
            "sql": list(self.sql),
            "hazards": [each.as_value() for each in self.hazards],
        }


@value(frozen=True, kw_only=True, slots=True)
class DiagnosedColumn:
    """`definition` is that of the database, else the expected one; `key`: it belongs to the primary key."""

    name: str
    definition: str
    key: bool = False


@value(frozen=True, kw_only=True, slots=True)
class Reference:
    """A foreign key. `target` is a table's name; `expected` and `actual` say on which side it is."""

    columns: tuple[str, ...]
    target: str
    expected: bool = True
    actual: bool = True


@value(frozen=True, kw_only=True, slots=True)
class DiagnosedTable:
    """A table that stands (`actual`), or should (`expected`). What is wrong with it, the findings say."""

    name: str
    app: str | None
    expected: bool = True
    actual: bool = True
    columns: tuple[DiagnosedColumn, ...] = ()
    references: tuple[Reference, ...] = ()


@value(frozen=True, kw_only=True, slots=True)
class DatabaseInfo:
    alias: str
    vendor: str
    version: str
    name: str
    name_bytes: int | None = None
    """The backend's: by it the tables of models are found."""
    schema: str | None = None
    """The schema that was looked at, where it was one of many."""


@value(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """Everything that a check found; a report is a rendering of this and nothing else."""

    database: DatabaseInfo
    verdict: Verdict
    digest: Callable[[], str]
    """Makes the fingerprint: a short report never asks for it."""
    migrations: tuple[DiagnosedMigration, ...]
    findings: tuple[Finding, ...]
    plan: tuple[PlanStep, ...] = ()
    plan_hash: str = ""
    unmendable: tuple[str, ...] = ()
    """What the plan owes and no option of `reconcile` makes, a sentence each: it has to be mended by hand first."""
    unseen: tuple[str, ...] = ()
    ignored: tuple[Finding, ...] = ()
    """Set aside by the settings: no part of the report or of the verdict, and nothing that a plan mends."""
    listing: Callable[[], tuple[DiagnosedTable, ...]] = tuple
    """Lists the tables: only a report with a picture asks for them."""

    @property
    def tables(self) -> tuple[DiagnosedTable, ...]:
        """Every table that stands or should stand."""
        return self.listing()

    @property
    def fingerprint(self) -> str:
        """`sha256:` and the digest of what was read of schema and records."""
        return self.digest()

    def hash_of(self, plan: Iterable[PlanStep]) -> str:
        """`sha256:` of a plan and the state that it was made for; hazards, which rows bring, do not count."""
        plain = [{**step.as_value(), "hazards": []} for step in plan]
        text = json.dumps([self.fingerprint, plain], sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def every_finding(self) -> tuple[Finding, ...]:
        return (*self.findings, *self.ignored)

    @property
    def agreed(self) -> bool:
        """Whether there is nothing at all to say: every migration applied, and not one finding."""
        return not self.findings and all(each.state is State.APPLIED for each in self.migrations)
