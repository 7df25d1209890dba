"""The tasks of a plan, each one thing done to one object: the one vocabulary of `reconcile`, `push` and `adopt`.

They are values alone. `operations.perform` carries them out, and prints them as SQL with the same code.
`operations.order` says which comes before which, `operations.hazards` what they would meet in the rows.

Each has the timeline of its object in the history. A push has a history of one step: what the models say.
Tables are named by their key in a Schema.
"""

from __future__ import annotations

from schemaguard.operations.tasks.columns import (
    AlterColumn,
    DropColumn,
    MakeColumn,
    RenameColumn,
    ReplaceColumn,
    UnmakeColumn,
)
from schemaguard.operations.tasks.constraints import (
    DropConstraint,
    MakeConstraint,
    PromoteIndex,
    RenameConstraint,
    ValidateConstraint,
)
from schemaguard.operations.tasks.rebuild import Part, RebuildTable
from schemaguard.operations.tasks.sequences import NumberColumn, RenameSequence, SetSequence
from schemaguard.operations.tasks.statements import CreateExtension, MakeOther, RunOperation, RunSql
from schemaguard.operations.tasks.tables import AlterTable, DropTable, MakeTable, MoveTable, RenameTable, SetComment

TableTask = MakeTable | RenameTable | MoveTable | DropTable | SetComment | AlterTable | RebuildTable
ColumnTask = MakeColumn | ReplaceColumn | AlterColumn | UnmakeColumn | RenameColumn | DropColumn
ConstraintTask = MakeConstraint | ValidateConstraint | RenameConstraint | PromoteIndex | DropConstraint
SequenceTask = RenameSequence | SetSequence | NumberColumn
StatementTask = RunOperation | CreateExtension | RunSql | MakeOther
RenameTask = RenameTable | RenameColumn
"""What a person, or an answer, says is a rename in a push."""
Task = TableTask | ColumnTask | ConstraintTask | SequenceTask | StatementTask

__all__ = [
    "AlterColumn", "AlterTable", "ColumnTask", "ConstraintTask", "CreateExtension", "DropColumn", "DropConstraint",
    "DropTable", "MakeColumn", "MakeConstraint", "MakeOther", "MakeTable", "MoveTable", "NumberColumn", "Part",
    "PromoteIndex", "RebuildTable", "RenameColumn", "RenameConstraint", "RenameSequence", "RenameTable",
    "RenameTask", "ReplaceColumn", "RunOperation", "RunSql", "SequenceTask", "SetComment", "SetSequence",
    "StatementTask", "TableTask", "Task", "UnmakeColumn", "ValidateConstraint",
]  # fmt: skip
