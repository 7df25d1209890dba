"""What is missing is made again as it was, beside what has a name by now, and before what alters it."""

from __future__ import annotations

import re

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history


def test_an_operation_that_altered_it_is_run_after_it(case: MakeCase) -> None:
    """Of that operation nothing can be seen while the column is missing."""
    shelf = case(
        history(
            f"""
            migrations.CreateModel("Shelf", [{ID}, ("note", models.CharField(max_length=20, null=True))]),
            migrations.AlterField("shelf", "note", models.TextField(null=True)),
            migrations.AddField("shelf", "rank", models.IntegerField(null=True)),
            """,
            'migrations.AddField("shelf", "code", models.IntegerField(null=True)),',
        )
    )
    wanted = sorted(shelf.dump())
    shelf.run(
        "ALTER TABLE shop_shelf DROP COLUMN note; ALTER TABLE shop_shelf DROP COLUMN code;"
        "INSERT INTO shop_shelf (rank) VALUES (3);",
        LOST_RECORDS,
    )

    shelf.reconcile()
    shelf.migrate()
    assert sorted(shelf.dump()) == wanted
    assert shelf.database.execute("SELECT rank, note FROM shop_shelf") == [(3, None)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_sequence_keeps_a_name_where_another_has_the_old_one(case: MakeCase) -> None:
    """A table that was put aside has its sequence still, by the name that is asked for."""
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}]),',
            'migrations.RenameField("shelf", "id", "code"),',
        )
    )
    shelf.run("ALTER TABLE shop_shelf RENAME TO backup")
    shelf.run("ALTER TABLE backup ADD COLUMN since integer")

    shelf.reconcile()
    assert shelf.verdict() == "in_sync"
    shelf.run("INSERT INTO shop_shelf DEFAULT VALUES")


@pytest.mark.parametrize("vendor", ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_a_unique_that_came_with_its_column_has_the_name_that_the_server_gave(case: MakeCase, vendor: str) -> None:
    """Django's own name is taken by a later migration, over a column that is called so by then."""
    field = "models.IntegerField(null=True{})"
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("code", {field.format(", unique=True")})]),',
            'migrations.RenameField("shelf", "code", "number"),',
            f"""
            migrations.AddField("shelf", "code", {field.format("")}),
            migrations.AlterField("shelf", "code", {field.format(", unique=True")}),
            """,
        )
    )
    wanted = shelf.dump()
    shelf.manage("migrate", "shop", "0001", "--verbosity", "0").expect(0)
    dropped = "DROP INDEX code" if vendor == "mysql" else "DROP CONSTRAINT shop_shelf_code_key"
    shelf.run(f"ALTER TABLE shop_shelf {dropped}")

    shelf.reconcile()
    shelf.migrate()
    assert shelf.dump() == wanted


@pytest.mark.parametrize("vendor", ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_what_waits_for_the_end_of_its_migration_has_a_name_of_then(case: MakeCase) -> None:
    """Its table, its column and what it points at may be called otherwise by then, and otherwise again later."""
    key, on_delete = f'"Rack", [{ID}]', "models.CASCADE"
    shelf = case(
        history(
            f"""
            migrations.CreateModel({key}),
            migrations.CreateModel("Shelf", [
                {ID}, ("slug", models.SlugField()), ("code", models.IntegerField()), ("rank", models.IntegerField()),
                ("rack", models.ForeignKey("shop.rack", {on_delete})),
            ], options={{"unique_together": {{("code", "rank")}}}}),
            migrations.RenameModel("Rack", "Stand"),
            migrations.RenameField("shelf", "slug", "label"),
            migrations.AlterModelTable("shelf", "places"),
            """,
            'migrations.AlterModelTable("shelf", None),',
        )
    )
    wanted = shelf.dump()
    label, pair, points = (
        next(re.finditer(rf"\bplaces_{name}\w*", wanted))[0] for name in ("label", "code_rank", "rack_id_")
    )
    if shelf.database.vendor == "mysql":
        shelf.run(f"ALTER TABLE shop_shelf DROP FOREIGN KEY {points}; ALTER TABLE shop_shelf DROP INDEX {points}")
        shelf.run(f"ALTER TABLE shop_shelf DROP INDEX {label}; ALTER TABLE shop_shelf DROP INDEX {pair}")
    else:
        shelf.run(f"ALTER TABLE shop_shelf DROP CONSTRAINT {points}; ALTER TABLE shop_shelf DROP CONSTRAINT {pair}")
        shelf.run(f"DROP INDEX {label}")

    shelf.reconcile()
    assert shelf.dump() == wanted


def test_an_index_is_made_over_the_column_that_its_migration_has_renamed_meanwhile(case: MakeCase) -> None:
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("rank", models.IntegerField(null=True))]),',
            """
            migrations.AddIndex("shelf", models.Index(fields=["-rank"], name="by_rank")),
            migrations.AlterField("shelf", "rank", models.IntegerField(null=True, db_column="place")),
            migrations.AddField("shelf", "note", models.TextField(null=True)),
            """,
        )
    )
    wanted = sorted(shelf.dump())
    shelf.run("DROP INDEX by_rank; ALTER TABLE shop_shelf DROP COLUMN note;", LOST_RECORDS)

    shelf.reconcile()
    assert shelf.verdict() == "in_sync"
    assert sorted(shelf.dump()) == wanted


@pytest.mark.parametrize("vendor", ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_so_has_a_check_that_django_named(case: MakeCase) -> None:
    """AlterField makes its name of those that table and column have at that moment."""
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(null=True))]),',
            'migrations.AlterField("shelf", "code", models.PositiveIntegerField(null=True)),',
            'migrations.RenameField("shelf", "code", "number"), migrations.RenameModel("Shelf", "Rack"),',
        )
    )
    wanted = shelf.dump()
    (name,) = re.findall(r"shop_shelf_(?:code|number)_\w{8}_check", wanted)
    shelf.run(f"ALTER TABLE shop_rack DROP CONSTRAINT {name}")

    shelf.reconcile()
    assert shelf.dump() == wanted


@pytest.mark.parametrize(
    ("vendor", "flag"),
    [("postgresql", "db_index"), ("postgresql", "unique"), ("sqlite", "db_index")],
    indirect=["vendor"],
)
def test_a_table_comes_with_what_its_model_gave_up_by_state_alone(case: MakeCase, flag: str) -> None:
    """The models moved to another app without it: the database of a clean migrate has it still."""
    field = "models.IntegerField(null=True{})"
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("code", {field.format("")})]),',
            f'migrations.AlterField("shelf", "code", {field.format(f", {flag}=True")}),',
            f"""
            migrations.SeparateDatabaseAndState(state_operations=[
                migrations.AlterField("shelf", "code", {field.format("")}),
            ]),
            """,
        )
    )
    wanted = sorted(shelf.dump())
    shelf.run("DROP TABLE shop_shelf")

    shelf.reconcile()
    assert shelf.verdict() == "in_sync"
    assert sorted(shelf.dump()) == wanted
