"""A result that is not what the plan promised is refused, with every reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations import (
    AddIndex,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
)

from schemaguard.diagnosis.model import Action, DiagnosedMigration, Finding, State
from schemaguard.exceptions import Refused
from schemaguard.operations.steps import Step
from schemaguard.operations.tasks import (
    AlterColumn,
    CreateExtension,
    DropColumn,
    DropTable,
    RenameColumn,
    RenameTable,
    ReplaceColumn,
    RunOperation,
    RunSql,
    Task,
)
from schemaguard.reconcile.expected_losses import ExpectedLosses
from schemaguard.reconcile.verify import verify_kept, verify_promises
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Schema
from tests.location.places import location, migrate, plan
from tests.report.diagnoses import diagnosis, finding, migration

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect

KEY = ("shop", "0002_email")
PRUNE = Step(action=Action.PRUNE, key=KEY, removes=(KEY,))
FAKE = Step(action=Action.FAKE, key=KEY, records=(KEY,))
MEND = Step(action=Action.COMPLETE, key=KEY, position=1, tasks=[CreateExtension((1, 0))], records=(KEY,))
GONE = finding(Kind.COLUMN, Problem.MISSING, "column shop_user.email is missing", table="shop_user", name="email")


def email(state: State) -> DiagnosedMigration:
    return migration("shop.0002_email", state)


def problems(step: Step, after: State | None, *findings: Finding, known: Any = (), left: Any = ()) -> str | None:
    """What the refusal tells, without its beginning and end; None where there is none."""
    migrations = () if after is None else (email(after),)
    before, found = diagnosis(findings=tuple(known)), diagnosis(migrations=migrations, findings=findings)
    try:
        verify_promises([step], before, found, left, new_names={})
    except Refused as refusal:
        told = str(refusal)
    else:
        return None
    start, end = "the result is not what the plan promised: ", "; everything was rolled back"
    assert (told[: len(start)], told[-len(end) :]) == (start, end)
    return told[len(start) : -len(end)]


@pytest.mark.parametrize(
    ("step", "after", "told"),
    [
        (PRUNE, None, None),
        (PRUNE, State.APPLIED, None),  # its file is back
        (PRUNE, State.ORPHANED, "the record shop.0002_email is still there"),
        (FAKE, State.APPLIED, None),
        (FAKE, State.PENDING, "shop.0002_email is not recorded"),
        (MEND, State.APPLIED, None),
        (MEND, State.MISSING, "shop.0002_email is missing still"),
        (MEND, None, None),  # a squash has taken its place
    ],
)
def test_what_became_of_a_step(step: Step, after: State | None, told: str | None) -> None:
    assert problems(step, after) == told


def test_what_is_accepted_in_another_shape_may_stay_so() -> None:
    step = Step(action=Action.REDO, key=KEY, position=1, tasks=[CreateExtension((1, 0))])
    assert problems(step, State.CONFLICTING) == "shop.0002_email is conflicting still"
    assert problems(step, State.CONFLICTING, left=[KEY]) is None
    assert problems(step, State.CONFLICTING, left=[("shop", "0001_initial")]) == "shop.0002_email is conflicting still"


def test_an_error_that_was_not_there_before() -> None:
    assert problems(FAKE, State.APPLIED, GONE) == "column shop_user.email is missing"
    assert problems(FAKE, State.APPLIED, GONE, known=[GONE]) is None


def test_five_reasons_are_enough() -> None:
    many = [finding(Kind.TABLE, Problem.MISSING, f"table t{n} is missing", table=f"t{n}") for n in range(6)]
    told = problems(FAKE, State.PENDING, *many)
    assert told == "; ".join(["shop.0002_email is not recorded", *(f"table t{n} is missing" for n in range(4))])


# ------------------------------------------------------------------------------------------------------ what is to stay
def model(name: str) -> CreateModel:
    return CreateModel(name, [("id", models.AutoField(primary_key=True)), ("old", models.IntegerField(null=True))])


BY_HAND = """
    CREATE TABLE strange (id integer PRIMARY KEY, shop_b integer);
    ALTER TABLE shop_a ADD COLUMN shop_b integer;
    CREATE VIEW seen AS SELECT id FROM shop_a;
"""


def without(schema: Schema, *names: str) -> Schema:
    """The schema after these are gone: `table`, `table.column`, or `view name`."""
    tables, others = dict(schema.tables), set(schema.others)
    for each in names:
        table, _, column = each.partition(".")
        if " " in each:
            others.discard(tuple(each.split()))
        elif column:
            columns = {name: shape for name, shape in tables[table].columns.items() if name != column}
            tables[table] = replace(tables[table], columns=columns)
        else:
            del tables[table]
    return replace(schema, tables=tables, others=frozenset(others))


def renamed(schema: Schema, old: str, new: str) -> Schema:
    tables = {name: table for name, table in schema.tables.items() if name != old}
    return replace(schema, tables={**tables, new: replace(schema.tables[old], name=new)})


def kept(
    connect: Connect, database: Database, after: Any, *tasks: Task, run: Any = (), kind: Any = RunOperation
) -> str | None:
    """What the refusal tells: after these tasks, or after these operations were run.

    Two models with a column `old` each; a table, a view, a trigger, and a column with the name of the second table.
    """
    migrations = plan(model("A"), model("B"), list(run))
    with connect(database) as connection:
        migrate(connection, migrations[:2])
        database.script(BY_HAND)
        found = location(connection, migrations, recorded=["0000", "0001"])
        tells = {(Kind.TRIGGER, "tells")}
        found = replace(found, schema=replace(found.schema, others=found.schema.others | tells))
        made = [*tasks, *(kind((2, index)) for index in range(len(run)))]
        step = Step(action=Action.REDO, key=KEY, position=2, tasks=made)
        try:
            verify_kept(ExpectedLosses(found, [step]), found, after(found.schema))
        except Refused as refusal:
            told = str(refusal)
            return told.removeprefix("the result would be without ").removesuffix("; everything was rolled back")
    return None


def column(name: str) -> Column:
    return Column(name=name, type="integer", nullable=True)


LINE: Any = None  # of which nothing is asked here
DROPS_OLD = DropColumn(LINE, "shop_a", "old")
DROPS_SHOP_B = DropColumn(LINE, "shop_a", "shop_b")


@pytest.mark.parametrize(
    ("task", "gone", "told"),
    [
        (DROPS_OLD, ["shop_a.old"], None),
        (DROPS_OLD, ["shop_a.old", "shop_b.old"], "column shop_b.old"),
        (DROPS_OLD, ["shop_a.old", "view seen"], "view seen"),
        (DROPS_SHOP_B, ["shop_a.shop_b", "shop_b"], "table shop_b"),
        (DROPS_SHOP_B, ["shop_a.shop_b", "strange.shop_b"], "column strange.shop_b"),
        (DropTable(LINE, "shop_a"), ["shop_a"], None),
        (DropTable(LINE, "shop_a"), ["shop_a", "strange"], "table strange"),
        (RenameColumn(LINE, "shop_a", "old", "new"), ["shop_a.old"], None),
        (ReplaceColumn(LINE, "shop_a", column("new"), column("old")), ["shop_a.old"], None),
        (AlterColumn(LINE, "shop_a", column("new"), column("old")), ["shop_a.old"], None),
        (AlterColumn(LINE, "shop_a", column("old"), column("old")), ["shop_a.old"],
         "column shop_a.old"),
    ],
)  # fmt: skip
def test_only_what_a_task_drops_may_go(
    connect: Connect, database: Database, task: Any, gone: list[str], told: str | None
) -> None:
    assert kept(connect, database, lambda schema: without(schema, *gone), task) == told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"run": [RenameModel("A", "C")]}, "column shop_a.old"),
        ({"run": [RenameModel("A", "C"), RemoveField("c", "old")]}, None),
        ({"task": RenameTable(LINE, "shop_a", "shop_c")}, "column shop_a.old"),
    ],
)
def test_a_table_that_is_renamed_is_looked_for_under_its_new_name(
    connect: Connect, database: Database, more: dict[str, Any], told: str | None
) -> None:
    def after(schema: Schema) -> Schema:
        return without(renamed(schema, "shop_a", "shop_c"), "shop_c.old")

    tasks = [more["task"]] if "task" in more else []
    assert kept(connect, database, after, *tasks, run=more.get("run", ())) == told


@pytest.mark.parametrize(
    ("run", "gone", "told"),
    [
        (RemoveField("a", "old"), ["shop_a.old"], None),
        (RemoveField("a", "old"), ["shop_a.old", "shop_b.old"], "column shop_b.old"),
        (RemoveField("a", "old"), ["shop_a.old", "shop_b"], "table shop_b"),
        (RenameField("a", "old", "new"), ["shop_a.old"], None),
        (AddIndex("a", models.Index(fields=["old"], name="a_old")), ["shop_a.old"], "column shop_a.old"),
        (DeleteModel("A"), ["shop_a"], None),
        (DeleteModel("A"), ["shop_a", "view seen"], "view seen"),
        (DeleteModel("A"), ["shop_a", "trigger tells"], None),
        (RemoveField("a", "old"), ["shop_a.old", "trigger tells"], "trigger tells"),
        (RunPython(RunPython.noop), ["shop_a", "shop_b.old", "view seen"], None),
        (RunPython(RunPython.noop), ["shop_a.shop_b", "strange"], "column shop_a.shop_b, table strange"),
    ],
)
def test_only_what_an_operation_is_written_to_drop_may_go(
    connect: Connect, database: Database, run: Any, gone: list[str], told: str | None
) -> None:
    assert kept(connect, database, lambda schema: without(schema, *gone), run=[run]) == told


@pytest.mark.parametrize("kind", [RunOperation, RunSql])
def test_a_view_that_sql_drops_may_go(connect: Connect, database: Database, kind: Any) -> None:
    run = [RunSQL("CREATE VIEW seen AS SELECT id FROM shop_a"), RunSQL("DROP VIEW seen")]
    assert kept(connect, database, lambda schema: without(schema, "view seen"), run=run, kind=kind) is None
