"""One thing of each kind, broken on its own: mended, and the dump of a clean migrate at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, Server, make_project, migration
from tests.shop import actions, edit, mended, reconcile, refused
from tests.shop import dump as dumped

if TYPE_CHECKING:
    from pathlib import Path

TABLES = migration(
    """
    migrations.CreateModel(
        "Tool",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=20)),
            ("place", models.IntegerField(unique=True)),
            ("size", models.PositiveIntegerField(default=0)),
            ("late", models.IntegerField(null=True)),
        ],
        options={"unique_together": {("name", "size")}, "db_table_comment": "what hangs on the wall"},
    ),
    migrations.CreateModel(
        "Old", [("id", models.BigAutoField(primary_key=True)), ("tool", models.ForeignKey("shop.tool", models.CASCADE))]
    ),
    migrations.AddIndex("tool", models.Index(fields=["place"], name="place_idx")),
    migrations.AddIndex("tool", models.Index(fields=["late"], name="late_idx")),
    migrations.AddConstraint("tool", models.UniqueConstraint(fields=["place", "size"], name="place_uniq")),
    """
)
WEIGHT = migration(
    """
    migrations.AddField("tool", "weight", models.IntegerField(default=7), preserve_default=False),
    migrations.RemoveIndex("tool", "late_idx"),
    migrations.RemoveField("tool", "late"),
    migrations.DeleteModel("Old"),
    """,
    after=[("shop", "0001_tables")],
)
EXTENSION = migration(
    'BtreeGistExtension(), migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm"),',
    after=[("shop", "0002_weight")],
    imports="from django.contrib.postgres.operations import BtreeGistExtension",
)
ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def tool_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {vendor: tmp_path_factory.mktemp(f"tools-{vendor}") for vendor in ("sqlite", "postgresql")}


@pytest.fixture
def tool_template(server: Server, vendor: str, tool_files: dict[str, Path]) -> Database:
    def build(database: Database) -> None:
        history = {"0001_tables": TABLES, "0002_weight": WEIGHT}
        if vendor == "postgresql":
            history["0003_extension"] = EXTENSION
        make_project(tool_files[vendor], apps={"shop": {"migrations": history}}, database=database)
        Project(path=tool_files[vendor], database=database).manage("migrate").expect(0)
        database.script("INSERT INTO shop_tool (name, place, size, weight) VALUES ('axe', 1, 2, 3)")

    return server.template("execution tools", build)


@pytest.fixture
def tools(server: Server, tool_template: Database, tool_files: dict[str, Path]) -> Any:
    with server.fresh(tool_template) as database:
        yield Project(path=tool_files[database.vendor], database=database)


@pytest.fixture
def clean_tools(tool_template: Database) -> Any:
    return dumped(tool_template)


TABLES_MENDED = [("redo", "0001_tables")]
WEIGHT_MENDED = [("redo", "0002_weight")]
TROUBLES = [
    ("CREATE TABLE shop_old (id bigint PRIMARY KEY, tool_id bigint)", WEIGHT_MENDED),
    ("ALTER TABLE shop_tool ADD COLUMN late integer", WEIGHT_MENDED),
    ("DROP INDEX place_idx", TABLES_MENDED),
]
TROUBLES_OF_POSTGRESQL = [
    ("ALTER INDEX place_idx RENAME TO other_idx", TABLES_MENDED),
    ("ALTER TABLE shop_tool RENAME CONSTRAINT place_uniq TO other_uniq", TABLES_MENDED),
    ("COMMENT ON TABLE shop_tool IS 'what hung there'", TABLES_MENDED),
    ("ALTER TABLE shop_tool DROP CONSTRAINT shop_tool_size_check", TABLES_MENDED),
    ("ALTER TABLE shop_tool DROP CONSTRAINT shop_tool_place_key", TABLES_MENDED),
    ("DROP EXTENSION btree_gist", [("redo", "0003_extension")]),
    ("DROP EXTENSION btree_gist, pg_trgm", [("redo", "0003_extension")]),
]


@pytest.mark.parametrize(("trouble", "performed"), TROUBLES)
def test_it_is_as_it_was(tools: Project, clean_tools: Any, trouble: str, performed: list[tuple[str, str]]) -> None:
    tools.database.script(trouble)
    assert actions(mended(tools, clean_tools)["performed"]) == performed


@ON_POSTGRESQL
@pytest.mark.parametrize(("trouble", "performed"), TROUBLES_OF_POSTGRESQL)
def test_on_postgresql(tools: Project, clean_tools: Any, trouble: str, performed: list[tuple[str, str]]) -> None:
    tools.database.script(trouble)
    assert actions(mended(tools, clean_tools)["performed"]) == performed


@ON_SQLITE
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('CONSTRAINT "place_uniq"', 'CONSTRAINT "other_uniq"'),
        ("place_uniq", "other_uniq"),
        (' CHECK ("size" >= 0)', ""),
    ],
)
def test_on_sqlite(tools: Project, clean_tools: Any, old: str, new: str) -> None:
    edit(tools.database, "shop_tool", old, new)
    assert actions(mended(tools, clean_tools)["performed"]) == TABLES_MENDED


@ON_SQLITE
def test_an_index_of_sqlite_under_another_name(tools: Project, clean_tools: Any) -> None:
    tools.database.script("DROP INDEX place_idx; CREATE INDEX other_idx ON shop_tool (place)")
    assert actions(mended(tools, clean_tools)["performed"]) == TABLES_MENDED


def test_a_table_that_should_be_gone_and_has_rows_is_dropped_where_that_is_allowed(
    tools: Project, clean_tools: Any
) -> None:
    tools.database.script(
        "CREATE TABLE shop_old (id bigint PRIMARY KEY, tool_id bigint); INSERT INTO shop_old VALUES (1, 1)"
    )
    assert refused(tools) == (
        "1 row of shop_old is dropped with the table (for example id 1; "
        'SELECT * FROM "shop_old"); nothing was changed; --accept-data-loss allows it'
    )
    assert actions(mended(tools, clean_tools, "--accept-data-loss", dropped=["shop_old"])["performed"]) == (
        WEIGHT_MENDED
    )


def test_a_column_made_again_holds_the_default_of_its_day(tools: Project, clean_tools: Any) -> None:
    tools.database.script("ALTER TABLE shop_tool DROP COLUMN weight")
    assert actions(mended(tools, clean_tools)["performed"]) == WEIGHT_MENDED
    assert tools.database.execute("SELECT name, weight FROM shop_tool") == [("axe", 7)]


def test_what_is_unique_together(tools: Project, clean_tools: Any, vendor: str) -> None:
    if vendor == "sqlite":
        statement, of_index = "DROP INDEX", "SELECT name FROM sqlite_master WHERE name LIKE 'shop_tool_name_size_%'"
    else:
        statement, of_index = (
            "ALTER TABLE shop_tool DROP CONSTRAINT",
            "SELECT conname FROM pg_constraint WHERE conname LIKE 'shop_tool_name_size_%'",
        )
    ((name,),) = tools.database.execute(of_index)
    tools.database.script(f"{statement} {name}")
    assert actions(mended(tools, clean_tools)["performed"]) == TABLES_MENDED


@ON_POSTGRESQL
def test_a_primary_key_gets_the_name_that_django_gives(tools: Project) -> None:
    tools.database.script("ALTER TABLE shop_tool DROP CONSTRAINT shop_tool_pkey")
    assert actions(reconcile(tools, "--format", "json").json["performed"]) == TABLES_MENDED
    ((name, definition),) = tools.database.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'p' AND conrelid = 'shop_tool'::regclass"
    )
    assert (name.startswith("shop_tool_id_"), name.endswith("_pk"), definition) == (True, True, "PRIMARY KEY (id)")
