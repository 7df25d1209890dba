"""What a MODIFY by hand loses of a column that a migration which has not run yet alters as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

MADE = migration(
    """
    migrations.CreateModel("Book", [
        ("id", models.AutoField(primary_key=True)),
        ("number", models.PositiveIntegerField(null=True, db_comment="told")),
    ]),
    """
)
ALTERED = migration(
    'migrations.AlterField("book", "number", models.IntegerField(default=3)),', after=[("shop", "0001")]
)


def test_what_the_migration_takes_away_is_not_made_before(tmp_path: Path, mysql: Any) -> None:
    """The check of a positive number: no model has it any more by then, so that it could not even be spelt."""
    with mysql.fresh() as database:
        project = make_project(
            tmp_path, apps={"shop": {"migrations": {"0001": MADE, "0002": ALTERED}}}, database=database
        )
        project.manage("migrate").expect(0)
        wanted = database.execute("SHOW CREATE TABLE shop_book")
        project.manage("migrate", "shop", "zero").expect(0)
        project.manage("migrate", "shop", "0001").expect(0)
        database.execute("INSERT INTO shop_book (number) VALUES (7)")
        database.execute("ALTER TABLE shop_book MODIFY number int unsigned NULL")

        project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
        project.manage("migrate").expect(0)
        assert "in sync" in project.manage("schemaguard", "check").expect(0).out
        ((_, made),) = database.execute("SHOW CREATE TABLE shop_book")
        assert made.partition(") ENGINE")[0] == wanted[0][1].partition(") ENGINE")[0]
        assert [*database.execute("SELECT number FROM shop_book")] == [(7,)]
