"""What the code of a RunPython may have done: in doubt is what it spells beside DDL, and nothing more."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from py_compile import compile
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations import AddField, AlterModelTable, CreateModel, RunPython, RunSQL

from schemaguard.history.opaque import ALTERS_TABLE, DROPS_COLUMN, TELLING, may_tell
from tests.harness import Database, Project, make_project
from tests.history.walks import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemaguard.schema.objects import Column

INITIAL = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Page", [
            ("id", models.BigAutoField(primary_key=True)),
            ("path", models.CharField(max_length=255)),
            ("title", models.CharField(max_length=255, db_index=True)),
            ("language", models.CharField(max_length=5)),
        ], options={"unique_together": {("language", "title")}}),
    ]
"""
BY_SQL = """
from django.db import migrations

TABLE = "shop_page"

def _alter(schema_editor):
    schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN path TYPE varchar(300)")

def forwards(apps, schema_editor):
    _alter(schema_editor)

def backwards(apps, schema_editor):
    schema_editor.execute("ALTER TABLE shop_page ALTER COLUMN title TYPE varchar(300)")

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
"""
BY_EDITOR = """
from django.db import migrations

def forwards(apps, schema_editor):
    Page = apps.get_model("shop", "Page")
    schema_editor.alter_unique_together(Page, {("language", "title")}, set())

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards)]
"""
INDEX = "(SELECT indexname FROM pg_indexes WHERE tablename = 'shop_page' AND indexname LIKE '%_title_%' \
AND indexname NOT LIKE '%_like' AND indexdef NOT LIKE '%UNIQUE%')"


def found(tmp_path: Path, database: Database, second: str, trouble: str) -> list[tuple[Any, ...]]:
    """(problem, kind, columns) of every finding after the trouble, on a migrated database."""
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL, "0002_code": second}}}, database=database
    )
    project.manage("migrate").expect(0)
    assert findings(project) == []
    database.execute(trouble)
    return findings(project)


def findings(project: Project) -> list[tuple[Any, ...]]:
    report = project.manage("schemaguard", "check", "--format", "json").json
    return [
        (each["problem"], each["kind"], each["columns"])
        for each in report["findings"]
        if each["problem"] != "unmigrated"  # the project has no models.py
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("ALTER path TYPE varchar(260)", [("different", "column", ["path"])]),  # the code makes it 300
        ("ALTER path DROP NOT NULL", [("different", "column", ["path"])]),  # of NULL it does not speak
        ("ALTER title TYPE varchar(300)", [("different", "column", ["title"])]),  # that is the way back
        ("ALTER path TYPE varchar(300)", []),
    ],
)
def test_sql_in_code_may_only_have_given_what_it_spells(
    tmp_path: Path, postgres_database: Database, change: str, expected: list[Any]
) -> None:
    assert found(tmp_path, postgres_database, BY_SQL, f"ALTER TABLE shop_page {change}") == expected


def test_an_editors_call_may_only_have_dropped_what_it_is_for(tmp_path: Path, postgres_database: Database) -> None:
    drop = f"DO $$ BEGIN EXECUTE 'DROP INDEX ' || {INDEX}; END $$"

    assert found(tmp_path, postgres_database, BY_EDITOR, drop) == [("missing", "index", ["title"])]


PAGE = CreateModel(
    "Page",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("path", models.CharField(max_length=255)),
        ("title", models.CharField(max_length=255)),
    ],
    options={"indexes": [models.Index(fields=["title"], name="page_title_idx")]},
)
WIDEN = "DO $$ BEGIN PERFORM 1; ALTER TABLE {} ALTER COLUMN path TYPE varchar(300); END $$"


def alter(apps: Any, schema_editor: Any) -> None:
    Page = apps.get_model("shop", "Page")
    schema_editor.alter_field(Page, Page._meta.get_field("path"), models.TextField())


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.remove_field(apps.get_model("shop", "Page"), "path")


def wider(column: Column) -> Column:
    return replace(column, type="character varying(300)")


def of_type(type_: str) -> Callable[[Column], Column]:
    return lambda column: replace(column, type=type_)


@pytest.fixture
def in_doubt(connect: Any, postgres_database: Database) -> Callable[..., bool]:
    """Whether a column of the page is in doubt as what `actual` makes of it; None for one that is gone."""

    def ask(*migrations: Any, actual: Callable[[Column], Column] | None, column: str = "path") -> bool:
        with connect(postgres_database) as connection:
            history = walk(connection, *migrations)
            (table,) = history.timelines.every_table
            line = table.columns[column]
            assert line.shape is not None
            return history.in_doubt(line, None if actual is None else actual(line.shape))

    return ask


@pytest.mark.parametrize(
    ("name", "expected"), [("shop_page", True), ("old_pages", True), ("pages", True), ("shop_pages", False)]
)
def test_code_may_call_a_table_by_any_of_its_names(in_doubt: Any, name: str, expected: bool) -> None:
    renames = [AlterModelTable("Page", "old_pages"), AlterModelTable("Page", "pages")]

    assert in_doubt([PAGE], renames, [RunSQL(WIDEN.format(name))], actual=wider) is expected


@pytest.mark.parametrize(("before", "expected"), [(True, False), (False, True)])
def test_code_did_nothing_to_what_was_made_after_it(in_doubt: Any, before: bool, expected: bool) -> None:
    code = RunSQL(WIDEN.format("shop_page").replace("path", "summary"))
    field = AddField("page", "summary", models.CharField(max_length=9, null=True))

    operations = [code, field] if before else [field, code]
    assert in_doubt([PAGE], operations, actual=wider, column="summary") is expected


@pytest.mark.parametrize(
    ("code", "actual", "expected"),
    [
        (alter, of_type("text"), True),
        (alter, of_type("jsonb"), True),  # what a field's type will be, the code need not tell
        (alter, None, False),
        (drop, None, True),
        (drop, of_type("text"), False),
    ],
)
def test_an_editors_call_may_have_altered_or_dropped(in_doubt: Any, code: Any, actual: Any, expected: bool) -> None:
    assert in_doubt([PAGE], [RunPython(code)], actual=actual) is expected


@pytest.mark.parametrize(("name", "expected"), [("PAGE_TITLE_IDX", True), ("another", False)])
def test_code_may_call_an_index_by_its_name_and_leave_its_table_out(
    connect: Any, postgres_database: Database, name: str, expected: bool
) -> None:
    code = RunSQL(f"DO $$ BEGIN PERFORM 1; DROP INDEX IF EXISTS {name}; END $$")

    with connect(postgres_database) as connection:
        history = walk(connection, [PAGE], [code])
        line = history.timelines.tables["shop_page"].constraints["name", "page_title_idx"]
        assert history.in_doubt(line, None) is expected


@pytest.mark.parametrize(
    ("source", "expected"), [("as it is", True), ("compiled", False), ("gone", False), ("not Python", False)]
)
def test_code_without_a_source_casts_no_doubt(
    in_doubt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, expected: bool
) -> None:
    path = tmp_path / "code.py"
    path.write_text("def drop(apps, schema_editor):\n    schema_editor.remove_field('page', 'path')\n")
    if source == "compiled":
        path = Path(str(compile(str(path), str(tmp_path / "code.pyc"), doraise=True)))
    spec = spec_from_file_location("code_of_a_migration", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, spec.name, module)
    if source == "gone":
        path.unlink()
    if source == "not Python":
        path.write_text("remove_field(")

    assert in_doubt([PAGE], [RunPython(module.drop)], actual=None) is expected


@pytest.mark.parametrize(
    "text",
    [
        "editor.remove_field(Page, field)",
        "alter table page\n  drop column path",
        "editor.alter_field(Page, old, new)",
        "ALTER TABLE page ALTER COLUMN path SET NOT NULL",
        "ALTER TABLE page MODIFY COLUMN path text",
        "ALTER TABLE page MODIFY path text",
        "alter table page add note text, change `path` way text",
        "ALTER TABLE page ALTER path TYPE text",
        "ALTER TABLE page DROP path",
        "ENABLE ROW LEVEL SECURITY",
        "SET LOGGED",
        "set unlogged",
        "create or replace function f()",
        "CREATE VIEW v AS SELECT 1",
        "OR REPLACE TRIGGER t",
        "Drop Type mood",
        "ALTER DOMAIN d",
        "ENABLE TRIGGER t",
        "DISABLE RULE r",
        "TRUNCATE page CASCADE",
        "editor.alter_unique_together(Page, old, new)",
        "editor._delete_unique_sql(Page, name)",
        "editor.alter_index_together(Page, old, new)",
        "editor.remove_index(Page, index)",
        "MY_delete_index_sql(Page, name)",
        "DROP INDEX page_path",
        "editor._delete_fk_sql(Page, name)",
        "drop foreign key page_fk",
        "editor._delete_check_sql(Page, name)",
        "editor.remove_constraint(Page, constraint)",
        "editor._delete_composed_index(Page)",
        "editor._delete_primary_key_sql(Page, name)",
        "DROP CONSTRAINT page_check",
    ],
)
def test_what_is_telling_begins_with_a_word_that_is_looked_for_first(text: str) -> None:
    assert any(pattern.search(text) for pattern in TELLING)
    assert may_tell(text)


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE page ADD CONSTRAINT page_check CHECK (path <> '')",
        "ALTER TABLE page RENAME TO leaf",
        "ALTER TABLE page ALTER COLUMN path SET NOT NULL; DROP VIEW leaves",
        "ALTER TABLE page DROP CONSTRAINT page_check",
        "ALTER TABLE page DROP PRIMARY KEY",
        "# to change a table is to alter it, and to drop what it has",
    ],
)
def test_no_column_is_dropped(text: str) -> None:
    assert DROPS_COLUMN.search(text) is None


def test_what_says_nothing_of_a_schema_is_not_searched() -> None:
    assert not may_tell(
        "from django.db import migrations\n\ndef forwards(apps, schema_editor):\n    Page.objects.all()\n"
    )


@pytest.mark.parametrize("text", ["# users who have logged in", "logged = True", "the row level of a security check"])
def test_no_table_is_altered(text: str) -> None:
    assert ALTERS_TABLE.search(text) is None
