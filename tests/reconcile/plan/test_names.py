"""What stands under a name that the migrations give to another thing: an index, a view in place of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.location.cases import ID, LOST_RECORDS, history
from tests.shop import dump, everything, mended, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.location.cases import MakeCase

SHELF = migration(
    """
    migrations.CreateModel(
        "Shelf",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("row", models.IntegerField()),
            ("place", models.IntegerField()),
        ],
        options={"unique_together": {("row", "place")}},
    ),
    """
)
INDEX = migration(
    'migrations.AddIndex("shelf", models.Index(fields=["row", "place"], name="shelf_idx")),',
    after=[("shop", "0001_shelf")],
)
LOOSE = migration('migrations.AlterUniqueTogether("shelf", set()),', after=[("shop", "0002_index")])
OTHER = migration('migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),')
RENAME = {
    "postgresql": "ALTER INDEX shelf_idx RENAME TO by_hand",
    "sqlite": 'DROP INDEX shelf_idx; CREATE INDEX by_hand ON shop_shelf ("row", place)',
}


@pytest.fixture
def shelf(tmp_path: Path, database: Database) -> Project:
    history = {"0001_shelf": SHELF, "0002_index": INDEX, "0003_loose": LOOSE}
    apps = {"shop": {"migrations": history}, "other": {"migrations": {"0001_other": OTHER}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)
    database.execute('INSERT INTO shop_shelf ("row", place) VALUES (1, 2)')
    return project


def checked(project: Project) -> tuple[str, dict[str, str], list[tuple[str, str, str, str | None]]]:
    """(verdict, states of the shop's migrations, errors and warnings about things)."""
    report: Any = project.manage("schemaguard", "check", "--format", "json").json
    states = {each["name"][:4]: each["state"] for each in report["migrations"] if each["app"] == "shop"}
    found = [
        (each["problem"], each["kind"], each["name"], each["hint"])
        for each in report["findings"]
        if each["kind"] not in ("migration", "model") and each["level"] in ("error", "warning")
    ]
    return report["verdict"], states, found


@pytest.mark.parametrize(("recorded", "state"), [(True, "missing"), (False, "partial")])
def test_an_index_that_was_renamed_is_no_conflict(shelf: Project, vendor: str, recorded: bool, state: str) -> None:
    clean = dump(shelf.database)
    shelf.database.script(RENAME[vendor])
    if not recorded:
        shelf.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    verdict, states, found = checked(shelf)
    assert verdict == "reconcilable"
    assert states["0002"] == state
    assert found == [("different", "index", "shelf_idx", "manage.py schemaguard reconcile")]
    mended(shelf, clean)


def test_an_index_that_has_the_name_of_another_is_that_other_in_another_shape(shelf: Project) -> None:
    """It is over the columns of unique_together, which a later migration took away."""
    clean = dump(shelf.database)
    shelf.database.script('DROP INDEX shelf_idx; CREATE UNIQUE INDEX shelf_idx ON shop_shelf ("row", place)')
    verdict, states, found = checked(shelf)
    assert verdict == "conflict"
    assert states == {"0001": "applied", "0002": "conflicting", "0003": "applied"}
    assert [each[:3] for each in found] == [("different", "index", "shelf_idx")]
    mended(shelf, clean, "--on-conflict", "alter")


VIEW = 'CREATE VIEW shop_shelf AS SELECT 1 AS id, 1 AS "row", 2 AS place'
IN_THE_WAY = [
    ("DROP TABLE shop_shelf; " + VIEW, "shop_shelf"),
    ("ALTER TABLE shop_shelf RENAME TO shelves; CREATE VIEW shop_shelf AS SELECT * FROM shelves", "shelves"),
]
MENDS_VIEW = "rename or drop the view shop_shelf, then manage.py schemaguard reconcile"


@pytest.mark.parametrize(("trouble", "name"), IN_THE_WAY, ids=["lost", "renamed"])
@pytest.mark.parametrize("how", ["stop", "alter"])
def test_a_view_is_no_table(shelf: Project, trouble: str, name: str, how: str) -> None:
    clean = dump(shelf.database)
    shelf.database.script(trouble)
    verdict, states, found = checked(shelf)
    assert verdict == "conflict"
    assert states["0001"] == "conflicting"
    assert found == [("different", "table", name, MENDS_VIEW)]
    assert refused(shelf, "--on-conflict", how) == (
        "a view has the name of the table shop_shelf: rename or drop it first; nothing was changed"
    )
    shelf.database.execute("DROP VIEW shop_shelf")
    mended(shelf, clean, "--on-conflict", "alter")


@pytest.mark.parametrize("how", ["stop", "alter", "accept"])
def test_a_view_in_the_way_of_a_table_to_come(shelf: Project, how: str) -> None:
    clean = dump(shelf.database)
    shelf.database.script("DROP TABLE shop_shelf; DELETE FROM django_migrations WHERE app = 'shop'; " + VIEW)
    verdict, states, found = checked(shelf)
    assert verdict == "conflict"
    assert states == {"0001": "conflicting", "0002": "pending", "0003": "pending"}
    assert found == [("different", "table", "shop_shelf", MENDS_VIEW)]
    before = everything(shelf.database)
    assert "shop_shelf is a view" in shelf.manage("migrate").expect(1).err
    assert everything(shelf.database) == before
    assert "a view has the name" in refused(shelf, "--on-conflict", how)
    shelf.database.execute("DROP VIEW shop_shelf")
    shelf.manage("migrate").expect(0)
    assert dump(shelf.database) == clean


def test_a_view_in_an_empty_database(tmp_path: Path, database: Database) -> None:
    apps = {"shop": {"migrations": {"0001_shelf": SHELF}}}
    project = make_project(tmp_path, apps=apps, database=database)
    database.execute(VIEW)
    assert "shop_shelf is a view" in project.manage("migrate").expect(1).err
    assert "a view has the name" in refused(project)


def test_a_view_that_a_migration_puts_in_the_place_of_a_table(tmp_path: Path, database: Database) -> None:
    """Old names live on as views, and a table may take the place of a view again."""
    steps = {
        "0001_shelf": SHELF,
        "0002_view": migration(
            f"""
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunSQL(["DROP TABLE shop_shelf", {VIEW!r}])],
                state_operations=[migrations.DeleteModel("Shelf")],
            ),
            """,
            after=[("shop", "0001_shelf")],
        ),
        "0003_table": migration(
            """
            migrations.RunSQL("DROP VIEW shop_shelf"),
            migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True, serialize=False))]),
            """,
            after=[("shop", "0002_view")],
        ),
    }
    project = make_project(tmp_path, apps={"shop": {"migrations": steps}}, database=database)
    project.manage("migrate", "shop", "0002").expect(0)
    assert checked(project) == ("pending", {"0001": "applied", "0002": "applied", "0003": "pending"}, [])
    project.manage("migrate").expect(0)
    assert checked(project) == ("in_sync", dict.fromkeys(("0001", "0002", "0003"), "applied"), [])


NAMED = migration(
    """
    migrations.AddConstraint("shelf", models.UniqueConstraint(fields=["row", "place"], name="shelf_once")),
    migrations.AlterUniqueTogether("shelf", set()),
    """,
    after=[("shop", "0001_shelf")],
)


@pytest.mark.parametrize("vendor", ["postgresql"])
@pytest.mark.parametrize(("recorded", "named"), [(True, "different"), (False, None)])
def test_a_unique_that_was_renamed_is_not_that_which_it_replaced(
    tmp_path: Path, database: Database, recorded: bool, named: str | None
) -> None:
    """Without the record of the second migration it may as well be the first one's, under another name."""
    history = {"0001_shelf": SHELF, "0002_named": NAMED}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    database.execute("ALTER TABLE shop_shelf RENAME CONSTRAINT shelf_once TO by_hand")
    if not recorded:
        database.execute("DELETE FROM django_migrations WHERE name = '0002_named'")
    verdict, states, found = checked(project)
    if not recorded:
        assert (verdict, states["0002"], found) == ("pending", "pending", [])
        project.manage("migrate").expect(0)
        assert dump(database) == clean
        return
    assert (verdict, states["0002"]) == ("reconcilable", "missing")
    assert [each[:3] for each in found] == [(named, "unique", "shelf_once")]
    mended(project, clean)


TAKEN = [
    ("CREATE TABLE notes (id integer); {drop}; CREATE INDEX shelf_idx ON notes (id)", "notes"),
    ("ALTER TABLE shop_shelf RENAME TO backup; ALTER TABLE backup ADD COLUMN since integer", "backup"),
]


@pytest.mark.parametrize(("trouble", "holder"), TAKEN, ids=["index", "backup"])
def test_a_name_that_something_else_has(shelf: Project, trouble: str, holder: str) -> None:
    """A plan that is known to fail is no plan."""
    shelf.database.script(trouble.format(drop="DROP INDEX shelf_idx"))
    assert checked(shelf)[0] == "conflict"
    told = (
        f"index shelf_idx of shop_shelf is to be made, and index shelf_idx on {holder} has its name: rename that first"
    )
    assert told in shelf.manage("schemaguard", "check").expect(1).out
    assert refused(shelf, "--on-conflict", "alter") == f"{told}; nothing was changed"
    shelf.database.execute("DROP INDEX shelf_idx")
    reconcile(shelf)
    assert checked(shelf)[:2] == ("in_sync", dict.fromkeys(("0001", "0002", "0003"), "applied"))


def test_a_name_that_a_pending_migration_needs(shelf: Project) -> None:
    """Its table was kept under another name, and its record is gone: it is to run, and would fail half way."""
    shelf.database.script("ALTER TABLE shop_shelf RENAME TO backup; ALTER TABLE backup ADD COLUMN since integer")
    shelf.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    told = "index shelf_idx of shop_shelf is to be made, and index shelf_idx on backup has its name: rename that first"
    assert checked(shelf)[:2] == ("conflict", dict.fromkeys(("0001", "0002", "0003"), "pending"))
    assert told in shelf.manage("schemaguard", "check").out
    assert refused(shelf) == f"{told}; nothing was changed"
    before = everything(shelf.database)
    stopped = shelf.manage("migrate").expect(1)
    assert "  shop.0002_index is to run, and the database is not as it needs it\n" in stopped.err
    assert told in stopped.err
    assert everything(shelf.database) == before
    assert told in shelf.manage("migrate", "--reconcile").expect(1).err
    assert everything(shelf.database) == before
    shelf.database.execute("DROP INDEX shelf_idx")
    assert checked(shelf)[0] == "pending"
    shelf.manage("migrate").expect(0)
    assert checked(shelf)[0] == "in_sync"


def test_a_name_that_the_history_moves_out_of_the_way(shelf: Project) -> None:
    """It is the history's own until a pending migration has made another thing under its name."""
    moves = """
    migrations.RenameIndex("shelf", new_name="old_idx", old_name="shelf_idx"),
    migrations.AddIndex("shelf", models.Index(fields=["place"], name="shelf_idx")),
    """
    shelf.write("shop/migrations/0004_moves.py", migration(moves, after=[("shop", "0003_loose")]))
    assert checked(shelf)[0] == "pending"
    shelf.manage("migrate").expect(0)
    assert checked(shelf)[0] == "in_sync"


def test_a_name_that_code_may_set_free(shelf: Project) -> None:
    """Nobody knows what it does, so nobody is kept from running it."""
    frees = """
    migrations.RunPython(free),
    migrations.AddIndex("shelf", models.Index(fields=["place"], name="place_idx")),
    """
    free = """
def free(apps, schema_editor):
    schema_editor.execute("DROP INDEX place_idx")
"""
    shelf.write("shop/migrations/0004_frees.py", migration(frees, after=[("shop", "0003_loose")], imports=free))
    shelf.database.script("CREATE TABLE notes (id integer); CREATE INDEX place_idx ON notes (id)")
    assert checked(shelf)[0] == "pending"
    shelf.manage("migrate").expect(0)
    assert checked(shelf)[0] == "in_sync"


def test_a_name_is_taken_that_a_later_migration_gives_to_a_table_made_anew(case: MakeCase) -> None:
    """Its records are lost: what the migrations that have run put on the table comes with it."""
    shelf = case(
        history(
            f'migrations.CreateModel("Owner", [{ID}]), migrations.CreateModel("Shelf", [{ID}]),',
            """
            migrations.AddField("shelf", "code", models.IntegerField(null=True)),
            migrations.AddIndex("shelf", models.Index(fields=["code"], name="by_code")),
            migrations.AddField("owner", "code", models.IntegerField(null=True)),
            """,
            'migrations.AddField("owner", "rank", models.IntegerField(null=True)),',
        )
    )
    shelf.run("ALTER TABLE shop_shelf RENAME TO backup; ALTER TABLE backup ADD COLUMN since integer", LOST_RECORDS)
    before = shelf.dump()

    result = shelf.manage("schemaguard", "reconcile", "--noinput")
    assert result.code == 1, str(result)
    assert "index by_code on backup has its name: rename that first" in result.err
    assert shelf.dump() == before
