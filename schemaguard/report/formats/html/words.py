"""What the page says in sentences."""

from __future__ import annotations

from schemaguard.diagnosis.model import Action, OperationState, State, Verdict

STATES = {
    State.APPLIED: "recorded, and all of it is in the database",
    State.PENDING: "not recorded, and nothing of it is in the database: migrate runs it",
    State.PRESENT: "not recorded, and all of it is in the database: migrate would fail",
    State.PARTIAL: "not recorded, and some of it is in the database: migrate would fail half way",
    State.MISSING: "recorded, and not all of it is in the database",
    State.CONFLICTING: "something that it makes stands in a shape that no migration gives it",
    State.ORPHANED: "recorded, and there is no such file",
}
OPERATIONS = {
    OperationState.DONE: "done",
    OperationState.ABSENT: "absent",
    OperationState.PARTIAL: "partial",
    OperationState.CONFLICTING: "conflicting",
    OperationState.INVISIBLE: "leaves nothing to see",
}
VERDICTS = {
    Verdict.IN_SYNC: ("In sync", "Models, migrations, records and database agree, and nothing is pending."),
    Verdict.PENDING: ("Pending", "All agree, and some migrations have not run yet. A plain migrate runs them."),
    Verdict.RECONCILABLE: (
        "Reconcilable",
        "Migrations, records and database disagree. A reconcile brings them together without losing data.",
    ),
    Verdict.CONFLICT: (
        "Conflict",
        "Migrations, records and database disagree, and a person has to choose how that is mended.",
    ),
}
ACTIONS = {
    Action.FAKE: "record it: all of it is there",
    Action.RUN: "run it",
    Action.COMPLETE: "run what is left of it",
    Action.REDO: "make again what is missing of it",
    Action.ALTER: "alter what stands in another shape",
    Action.UNRECORD: "delete its record: it never ran",
    Action.PRUNE: "delete its record: it has no file",
}
