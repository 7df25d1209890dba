"""Migrations to come, a trouble each, and what is to be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def log(**options: Any) -> CreateModel:
    fields: list[tuple[str, models.Field]] = [
        ("id", models.AutoField(primary_key=True)),
        ("note", models.CharField(max_length=40)),
        ("number", models.IntegerField()),
        ("code", models.CharField(max_length=9, unique=True)),
    ]
    return CreateModel("Log", fields, options=options)


def together() -> list[Any]:
    return [log(unique_together={("note", "number")}), AlterUniqueTogether("log", set())]


def index(name: str = "i", *fields: str) -> models.Index:
    return models.Index(fields=list(fields or ("note",)), name=name)


def once(**more: Any) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["number"], name="once", **more)


def positive() -> Any:
    name = "condition" if hasattr(models.CheckConstraint(name="x", **_check()), "condition") else "check"
    condition: dict[str, Any] = {name: models.Q(number__gt=0)}
    return models.CheckConstraint(name="positive", **condition)


def _check() -> dict[str, Any]:
    try:
        models.CheckConstraint(name="x", condition=models.Q(number__gt=0))
    except TypeError:  # Django 4.2
        return {"check": models.Q(number__gt=0)}
    return {"condition": models.Q(number__gt=0)}


def key(**more: Any) -> AddField:
    return AddField("log", "twin", models.ForeignKey("shop.log", models.CASCADE, null=True, **more))


def nothing(apps: Any, schema_editor: Any) -> None:
    """Code without a word of DDL."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """The first operation has run, and the rest is to run. `trouble` is done by hand; `told` is empty where it runs."""

    operations: Callable[[], list[Any]]
    trouble: str = ""
    told: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ("sqlite", "postgresql")
    known: bool | None = False
    """Whether its cause is a finding already; None: by which of two equal indexes is taken for the field's."""
    there: bool = False
    """Whether the removal is taken to have happened: then `migrate` stops for that."""


NO_CONSTRAINT = "shop.0001 drops the constraint {} of shop_log, which is a unique index and no constraint"
STORIES = {
    "a set that is there": Story(operations=together),
    "a set that is there twice": Story(
        operations=together,
        trouble="DROP INDEX IF EXISTS x; CREATE UNIQUE INDEX a ON shop_log (note, number); "
        "CREATE UNIQUE INDEX b ON shop_log (note, number); {drop together}",
        told=("shop.0001 looks for the one unique over (note, number) of shop_log, and there are 2: a, b",),
    ),
    "a set beside which Django finds its own by name": Story(
        operations=together, trouble="CREATE UNIQUE INDEX b ON shop_log (note, number)"
    ),
    "a set of which nothing is there": Story(
        operations=together,
        trouble="{drop together}",
        there=True,
    ),
    "a set that an index keeps": Story(
        operations=together,
        trouble="{drop together}; CREATE UNIQUE INDEX b ON shop_log (note, number)",
        told=(NO_CONSTRAINT.format("b"),),
        vendors=("postgresql",),
        known=True,
    ),
    "a set whose columns are renamed before": Story(
        operations=lambda: [together()[0], [RenameField("log", "note", "text"), together()[1]]],
        trouble="CREATE INDEX b ON shop_log (note, number)",
    ),
    "a set after code": Story(
        operations=lambda: [together()[0], RunPython(nothing), together()[1]],
        trouble="{drop together}",
        there=True,
    ),
    "a unique field": Story(
        operations=lambda: [log(), AlterField("log", "code", models.CharField(max_length=9))],
    ),
    "a unique field beside another unique index": Story(
        operations=lambda: [log(), AlterField("log", "code", models.CharField(max_length=9))],
        trouble="CREATE UNIQUE INDEX b ON shop_log (code)",
        told=(NO_CONSTRAINT.format("b"),),
        vendors=("postgresql",),
        known=None,
    ),
    "a unique field that is removed": Story(
        operations=lambda: [log(), RemoveField("log", "code")],
        trouble="CREATE UNIQUE INDEX b ON shop_log (code)",
        vendors=("postgresql",),
    ),
    "an index that is removed and not there": Story(
        operations=lambda: [log(indexes=[index()]), RemoveIndex("log", "i")],
        trouble="DROP INDEX i",
        there=True,
        vendors=("sqlite",),
    ),
    "an index that is removed and need not be there": Story(
        operations=lambda: [log(indexes=[index()]), RemoveIndex("log", "i")],
        trouble="DROP INDEX i",
        vendors=("postgresql",),
    ),
    "an index that is renamed and not there": Story(
        operations=lambda: [log(indexes=[index()]), RenameIndex("log", new_name="j", old_name="i")],
        trouble="DROP INDEX i; CREATE INDEX k ON shop_log (note)",
        told=("shop.0001 takes index i of shop_log by that name, and there is none",),
        known=True,
    ),
    "an index that is made, renamed and removed": Story(
        operations=lambda: [
            log(),
            [AddIndex("log", index()), RenameIndex("log", new_name="j", old_name="i"), RemoveIndex("log", "j")],
        ],
    ),
    "an index whose name a stranger has": Story(
        operations=lambda: [log(), AddIndex("log", index())],
        trouble="CREATE TABLE other (id integer); CREATE INDEX i ON other (id)",
        told=("index i of shop_log is to be made, and index i on other has its name: rename that first",),
    ),
    "a check that is not there": Story(
        operations=lambda: [log(constraints=[positive()]), RemoveConstraint("log", "positive")],
        trouble="ALTER TABLE shop_log DROP CONSTRAINT positive",
        there=True,
        vendors=("postgresql",),
    ),
    "a unique constraint that is an index": Story(
        operations=lambda: [log(constraints=[once()]), RemoveConstraint("log", "once")],
        trouble="ALTER TABLE shop_log DROP CONSTRAINT once; CREATE UNIQUE INDEX once ON shop_log (number)",
        told=(NO_CONSTRAINT.format("once"),),
        vendors=("postgresql",),
        known=True,
    ),
    "a unique index that is one": Story(
        operations=lambda: [
            log(constraints=[once(condition=models.Q(number__gt=0))]),
            RemoveConstraint("log", "once"),
        ],
    ),
    "a key to another type": Story(
        operations=lambda: [log(), key(to_field="code")],
        trouble="ALTER TABLE shop_log DROP code; ALTER TABLE shop_log ADD code integer UNIQUE",
        told=(
            "shop.0001 makes FOREIGN KEY (twin_id) REFERENCES shop_log (code) DEFERRABLE INITIALLY DEFERRED on "
            "shop_log: twin_id is character varying(9), and shop_log.code is integer",
        ),
        vendors=("postgresql",),
        known=True,
    ),
    "a key to a wider type": Story(
        operations=lambda: [log(), key()],
        trouble="ALTER TABLE shop_log ALTER id TYPE bigint",
        vendors=("postgresql",),
    ),
    "a key to what is no key": Story(
        operations=lambda: [log(), key()],
        trouble="ALTER TABLE shop_log DROP CONSTRAINT shop_log_pkey",
        told=(
            "shop.0001 makes FOREIGN KEY (twin_id) REFERENCES shop_log (id) DEFERRABLE INITIALLY DEFERRED on "
            "shop_log: shop_log.id is neither the primary key nor unique",
        ),
        vendors=("postgresql",),
        known=True,
    ),
    "a key to a table that comes with it": Story(
        operations=lambda: [
            log(),
            [
                CreateModel("Page", [("name", models.CharField(max_length=9, primary_key=True))]),
                AddField("log", "page", models.ForeignKey("shop.page", models.CASCADE, null=True)),
            ],
        ],
    ),
    "a table whose new name is taken": Story(
        operations=lambda: [log(), RenameModel("Log", "Diary")],
        trouble="CREATE TABLE shop_diary (id integer)",
        told=("shop.0001 renames shop_log to shop_diary, which is there already",),
    ),
    "a table whose new name an index has": Story(
        operations=lambda: [log(), RenameModel("Log", "Diary")],
        trouble="CREATE INDEX shop_diary ON shop_log (code, number)",
        told=(
            "shop.0001 renames shop_log to shop_diary, and index shop_diary on shop_log has that name: "
            "rename that first",
        ),
    ),
    "a table to come whose name a sequence has": Story(
        operations=lambda: [log(), CreateModel("Page", [("name", models.CharField(max_length=9, primary_key=True))])],
        trouble="CREATE SEQUENCE shop_page",
        told=("shop.0001 makes table shop_page, and sequence shop_page has that name: rename that first",),
        vendors=("postgresql",),
    ),
    "a check whose name a foreign key has": Story(
        operations=lambda: [log(), AddConstraint("log", positive())],
        trouble="ALTER TABLE shop_log ADD CONSTRAINT positive FOREIGN KEY (number) REFERENCES shop_log (id)",
        told=(
            "check positive of shop_log is to be made, and foreign key positive on shop_log has its name: "
            "rename that first",
        ),
        vendors=("postgresql",),
    ),
    "a column whose new name is taken": Story(
        operations=lambda: [log(), RenameField("log", "note", "remark")],
        trouble="ALTER TABLE shop_log ADD remark bytea",
        told=("shop.0001 renames shop_log.note to remark, which is there already",),
        vendors=("postgresql",),
    ),
    "a table that is called otherwise": Story(
        operations=lambda: [log(), AddField("log", "more", models.IntegerField(null=True))],
        trouble="ALTER TABLE shop_log RENAME TO diary",
        told=("shop.0001 goes on from table shop_log, which is called diary",),
        known=True,
    ),
    "a column that is called otherwise": Story(
        operations=lambda: [log(), AlterField("log", "number", models.BigIntegerField())],
        trouble="ALTER TABLE shop_log RENAME number TO n",
        told=("shop.0001 goes on from column number, which is called n",),
        known=True,
        vendors=("postgresql",),
    ),
}
NO_LOG = "no such table: main.shop_log"
LEFT = "table new__shop_log was left by a migrate that was killed while it made shop_log anew; "
REBUILDS = {
    "a column that may be NULL": (AddField("log", "more", models.IntegerField(null=True)), False),
    "a column with a default": (AddField("log", "more", models.IntegerField(default=1)), True),
    "a unique column": (AddField("log", "more", models.IntegerField(null=True, unique=True)), True),
    "a wider column": (AlterField("log", "note", models.CharField(max_length=80)), True),
    "a column that is renamed": (RenameField("log", "note", "remark"), False),
    "a column that goes": (RemoveField("log", "note"), False),
    "a unique column that goes": (RemoveField("log", "code"), True),
    "an index": (AddIndex("log", index()), False),
    "a check": (AddConstraint("log", positive()), True),
    "a unique constraint": (AddConstraint("log", once()), True),
    "a conditional one": (AddConstraint("log", once(condition=models.Q(number__gt=0))), False),
    "a set": (AlterUniqueTogether("log", {("note", "number")}), False),
}


def _after_log(operation: Any) -> list[Any]:
    return [log(), operation]


STORIES |= {
    f"a table for a rebuild was left: {name}": Story(
        operations=partial(_after_log, operation),
        trouble="CREATE TABLE new__shop_log (id integer)",
        told=(f"{LEFT}shop.0001 makes shop_log anew once more, and fails on it",) if fails else (),
        vendors=("sqlite",),
    )
    for name, (operation, fails) in REBUILDS.items()
}


STORIES |= {
    f"a view reads it: {name}": Story(
        operations=partial(_after_log, operation),
        trouble="CREATE VIEW report AS SELECT id FROM shop_log",
        told=(f"shop.0001 makes shop_log anew, which fails over view report: {NO_LOG}",) if fails else (),
        vendors=("sqlite",),
    )
    for name, (operation, fails) in REBUILDS.items()
}
DROPS_NOTE = "shop.0001 drops shop_log.note, which fails over"
STORIES |= {
    f"a column that goes: {name}": Story(
        operations=partial(_after_log, RemoveField("log", "note")),
        trouble=f"CREATE TABLE other (id integer, note text); CREATE {trouble}",
        told=(f"{DROPS_NOTE} {reader}",) if reader else (),
        vendors=("sqlite",),
    )
    for name, trouble, reader in (
        ("a view of it", "VIEW report AS SELECT Note FROM shop_log", "view report: no such column: Note"),
        ("a view of all", "VIEW report AS SELECT * FROM shop_log", None),
        ("a view of another", "VIEW report AS SELECT o.note FROM other o, shop_log", None),
        ("a view with the word", "VIEW report AS SELECT number AS note FROM shop_log WHERE code = 'note'", None),
        ("a trigger", "TRIGGER seen AFTER INSERT ON shop_log BEGIN DELETE FROM other WHERE note = new.note; END",
         "trigger seen: no such column: new.note"),
        ("a trigger of another", "TRIGGER seen AFTER INSERT ON shop_log BEGIN INSERT INTO other (note) VALUES (1); END",
         None),
        ("a view that is wrong already", "VIEW report AS SELECT 1 FROM gone",
         "view report: no such table: main.gone"),
    )
}  # fmt: skip
STORIES |= {
    f"a table is made anew: {name}": Story(
        operations=partial(_after_log, operation),
        trouble=f"CREATE TABLE other (id integer); CREATE {trouble}",
        told=tuple(f"shop.0001 makes shop_log anew, which fails over {each}" for each in told),
        vendors=("sqlite",),
    )
    for name, operation, trouble, told in (
        ("a view over a view", AddConstraint("log", positive()),
         "VIEW report AS SELECT id FROM shop_log; CREATE VIEW second AS SELECT id FROM report",
         (f"view report: {NO_LOG}", "view second: no such table: main.report")),
        ("a trigger of another table", AddConstraint("log", positive()),
         "TRIGGER seen AFTER INSERT ON other BEGIN DELETE FROM shop_log; END", (f"trigger seen: {NO_LOG}",)),
        ("a trigger of its own", AddConstraint("log", positive()),
         "TRIGGER seen AFTER INSERT ON shop_log BEGIN DELETE FROM shop_log; END", ()),
        ("the word alone", AddConstraint("log", positive()),
         "VIEW report AS SELECT 'shop_log' AS shop_log FROM other", ()),
        ("an index of a field", AlterField("log", "note", models.CharField(max_length=40, db_index=True)),
         "VIEW report AS SELECT id FROM shop_log", (f"view report: {NO_LOG}",)),
        ("a table that goes", DeleteModel("log"), "VIEW report AS SELECT id FROM shop_log", ()),
    )
}  # fmt: skip
