"""What a migration to come would die of on MySQL and MariaDB, where it leaves half of itself behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.harness.vendors import is_mariadb
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.mysql.shop import Shop

PINNED = migration(
    """
    migrations.CreateModel("Note", [
        ("id", models.AutoField(primary_key=True)),
        ("place", models.ForeignKey("place.Shelf", models.CASCADE, to_field="code", related_name="+")),
    ]),
    migrations.AddField("book", "second", models.ForeignKey(
        "place.Shelf", models.CASCADE, to_field="code", null=True, related_name="+"
    )),
    migrations.AddField("book", "third", models.ForeignKey("place.Shelf", models.CASCADE, null=True, related_name="+")),
    """,
    after=[("shop", "0001_initial")],
)


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Any:
    with mysql.fresh() as database:
        yield make_shop(tmp_path, database, **{"0002_pinned": PINNED})


DROPPED = [
    "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_place_id}",
    "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_shelf_id}",
]
CAUSES = {
    "another collation": (
        [*DROPPED[:1], "ALTER TABLE place_shelf CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"],
        "place_id is to be compared by {usual}, and place_shelf.code is by utf8mb4_bin",
    ),
    "another character set": (
        [*DROPPED[:1], "ALTER TABLE place_shelf CONVERT TO CHARACTER SET latin1"],
        "place_id is to be compared by {usual}, and place_shelf.code is by latin1_swedish_ci",
    ),
    "an engine without foreign keys": (
        [*DROPPED, "ALTER TABLE place_shelf ENGINE = MyISAM"], "place_shelf is ENGINE MyISAM",
    ),
    "an unsigned key": (
        [*DROPPED[1:], "ALTER TABLE place_shelf MODIFY id int unsigned NOT NULL AUTO_INCREMENT"],
        "third_id is int, and place_shelf.id is int unsigned",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAUSES)
def test_the_guard_stops_before_a_foreign_key_that_cannot_be_made(shop: Shop, name: str) -> None:
    statements, said = CAUSES[name]
    shop.sql(*statements)
    before = shop.dump()

    stopped = shop.project.manage("migrate").expect(1)

    assert said.format(usual=shop.collation) in stopped.err
    assert shop.dump() == before
    shop.project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", "--migrate").expect(0)
    assert shop.findings() == []


def test_nothing_is_said_where_it_can_be_made(shop: Shop) -> None:
    assert shop.findings() == []
    shop.project.manage("migrate").expect(0)
    assert shop.findings() == []


def test_a_table_that_follows_its_own_collation_is_no_obstacle(shop: Shop) -> None:
    """The new column is in the same table: it gets the table's collation, as the column that it points at has."""
    shop.sql("ALTER DATABASE COLLATE utf8mb4_unicode_ci")

    stopped = shop.project.manage("migrate").expect(1).err

    assert "shop_note: place_id is to be compared by utf8mb4_unicode_ci" in stopped
    assert "second_id" not in stopped


LONG = migration(
    """
    migrations.AddField("book", "summary", models.CharField(max_length=700, default="")),
    migrations.AddIndex("book", models.Index(fields=["title", "summary"], name="by_both")),
    """,
    after=[("shop", "0001_initial")],
)


def test_a_key_that_is_too_long_is_told_before(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_long": LONG})

        stopped = shop.project.manage("migrate").expect(1).err

    assert (
        "makes index over title, summary of shop_book: its keys have up to 3200 bytes, and 3072 is the most" in stopped
    )


WIDE = migration(
    """
    migrations.CreateModel("Page", [
        ("id", models.AutoField(primary_key=True)),
        ("name", models.CharField(max_length=760, unique=True)),
    ]),
    """,
    after=[("shop", "0001_initial")],
)


def test_a_key_that_a_character_set_makes_too_long_is_told_before(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_wide": WIDE})
        shop.project.manage("migrate").expect(0)
        shop.sql(
            "ALTER TABLE shop_page CONVERT TO CHARACTER SET utf8mb3",
            "ALTER TABLE shop_page MODIFY name varchar(1000) CHARACTER SET utf8mb3 NOT NULL",
            "ALTER TABLE shop_page ADD KEY by_hand (name, id)",
        )

        said = shop.refuses("--on-conflict", "alter")

    assert "by_hand on shop_page would have keys of up to 4004 bytes under utf8mb4" in said


NAMED = migration(
    """
    migrations.CreateModel("Beast", [
        ("id", models.AutoField(primary_key=True)),
        ("legs", models.PositiveIntegerField()),
    ], options={"db_table": "b" * 60}),
    """,
    after=[("shop", "0001_initial")],
)


def test_the_name_of_a_check_that_is_too_long_is_told_before(tmp_path: Path, mysql: Any) -> None:
    """MySQL names the check by the table. On MariaDB it has no name, and gets a shorter one where it was lost."""
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_named": NAMED})
        name = "b" * 60
        if not is_mariadb(database.execute("SELECT version()")[0][0]):
            assert f"the server calls {name}_chk_1: 66 characters" in shop.project.manage("migrate").expect(1).err
            return
        shop.project.manage("migrate").expect(0)
        shop.sql(f"ALTER TABLE {name} MODIFY legs int unsigned NOT NULL")

        shop.mends()


KEYLESS = {
    "a table by SQL": (
        'migrations.RunSQL("CREATE TABLE shop_log (a int)"),', "makes table shop_log without a primary key",
    ),
    "a key that goes before the next one comes": (
        """
        migrations.RemoveField("page", "id"),
        migrations.AlterField("page", "name", models.CharField(max_length=9, primary_key=True, serialize=False)),
        """,
        "leaves table shop_page without a primary key",
    ),
}  # fmt: skip
WITH_KEYS = {
    "a table with its key": 'migrations.RunSQL("CREATE TABLE shop_log (a int PRIMARY KEY)"),',
    "a key in place of another": 'migrations.RunSQL("ALTER TABLE shop_page DROP PRIMARY KEY, ADD PRIMARY KEY (name)"),',
    "a many-to-many field": 'migrations.AddField("page", "others", models.ManyToManyField("self")),',
}
PAGE = migration(
    """
    migrations.CreateModel("Page", [
        ("id", models.IntegerField(primary_key=True)), ("name", models.CharField(max_length=9)),
    ]),
    """
)


def pages(path: Path, database: Any, operations: str, *, empty: bool = True, **variables: str) -> Any:
    """A project whose sessions have these variables. `empty`: the database is, and is migrated to 0001."""
    sets = ", ".join(f"SESSION {name} = {value}" for name, value in variables.items())
    connection = {**database.settings, "OPTIONS": {"init_command": f"SET {sets}"}}
    later = migration(operations, after=[("shop", "0001_initial")])
    project = make_project(
        path, apps={"shop": {"migrations": {"0001_initial": PAGE, "0002_later": later}}}, database=database,
        settings={"DATABASES": {"default": connection}},
    )  # fmt: skip
    if empty:
        project.manage("migrate", "shop", "0001").expect(0)
    return project


@pytest.fixture
def wants_keys(mysql: Any) -> None:
    """Skips the test on MariaDB."""
    if is_mariadb(mysql.admin.execute("SELECT version()")[0][0]):
        pytest.skip("of MySQL alone")


@pytest.mark.parametrize("name", KEYLESS)
def test_a_table_without_a_key_is_told_before(tmp_path: Path, mysql: Any, wants_keys: None, name: str) -> None:
    operations, said = KEYLESS[name]
    with mysql.fresh() as database:
        project = pages(tmp_path, database, operations, sql_require_primary_key="ON")

        stopped = project.manage("migrate").expect(1).err

    assert f"shop.0002_later {said}, which this server refuses (sql_require_primary_key, error 3750)" in stopped


@pytest.mark.parametrize("name", WITH_KEYS)
def test_tables_that_have_keys_throughout(tmp_path: Path, mysql: Any, wants_keys: None, name: str) -> None:
    with mysql.fresh() as database:
        project = pages(tmp_path, database, WITH_KEYS[name], sql_require_primary_key="ON")
        project.manage("migrate").expect(0)


def test_a_table_gets_its_key_from_the_server(tmp_path: Path, mysql: Any, knows: Callable[[str], bool]) -> None:
    if not knows("sql_generate_invisible_primary_key"):
        pytest.skip("of MySQL 8.0.30 and later")
    with mysql.fresh() as database:
        project = pages(
            tmp_path, database, KEYLESS["a table by SQL"][0],
            sql_require_primary_key="ON", sql_generate_invisible_primary_key="ON",
        )  # fmt: skip
        project.manage("migrate").expect(0)
        project.manage("schemaguard", "check").expect(0)


MORE = 'migrations.AddField("page", "more", models.IntegerField(null=True)),'
VERSIONED = "ALTER TABLE shop_page ADD SYSTEM VERSIONING"
KEPT = "shop_page is system-versioned, and this server keeps its history as it is"


def test_a_table_that_keeps_its_history_is_told_before(tmp_path: Path, mysql: Any, mariadb: None) -> None:
    with mysql.fresh() as database:
        project = pages(tmp_path, database, MORE, system_versioning_alter_history="'ERROR'")
        database.execute(VERSIONED)

        assert KEPT in project.manage("migrate").expect(1).err
        project.manage("schemaguard", "check").expect(1)


def test_a_column_of_such_a_table_is_for_the_one_who_may_alter_it(tmp_path: Path, mysql: Any, mariadb: None) -> None:
    with mysql.fresh() as database:
        project = pages(tmp_path, database, MORE, system_versioning_alter_history="'ERROR'")
        project.manage("migrate").expect(0)
        database.script(f"ALTER TABLE shop_page DROP COLUMN more; {VERSIONED};")

        assert KEPT in project.manage("schemaguard", "reconcile", "--noinput").expect(1).err

        keeping = "'KEEP'"
        allowed = pages(tmp_path / "allowed", database, MORE, empty=False, system_versioning_alter_history=keeping)
        allowed.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
