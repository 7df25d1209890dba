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
    wanted = shelf.dump()
    shelf.run(
        "ALTER TABLE shop_shelf DROP COLUMN note; ALTER TABLE shop_shelf DROP COLUMN code;"
        "INSERT INTO shop_shelf (rank) VALUES (3);",
        LOST_RECORDS,
    )

    shelf.reconcile()
    shelf.migrate()
    assert shelf.dump() == wanted
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
    wanted = shelf.dump()
    shelf.run("DROP INDEX by_rank; ALTER TABLE shop_shelf DROP COLUMN note;", LOST_RECORDS)

    shelf.reconcile()
    assert shelf.verdict() == "in_sync"
    assert shelf.dump() == wanted


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


ON_SERVERS = ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)]


@pytest.mark.parametrize("flag", ["db_index", "unique"])
@pytest.mark.parametrize("vendor", ON_SERVERS, indirect=True)
def test_a_table_comes_with_what_its_model_gave_up_by_state_alone(case: MakeCase, flag: str) -> None:
    """The database of a clean migrate has it still."""
    field = "models.IntegerField(null=True{})"
    before, after = comes_again(
        case,
        f'migrations.AlterField("shelf", "code", {field.format(f", {flag}=True")}),',
        by_state(f'migrations.AlterField("shelf", "code", {field.format("")})'),
    )
    assert after == before


def test_so_it_does_with_an_index_on_sqlite(case: MakeCase) -> None:
    before, after = comes_again(
        case,
        'migrations.AlterField("shelf", "code", models.IntegerField(null=True, db_index=True)),',
        by_state('migrations.AlterField("shelf", "code", models.IntegerField(null=True))'),
    )
    assert after == before


@pytest.mark.parametrize("vendor", ON_SERVERS, indirect=True)
def test_so_it_does_with_what_was_together(case: MakeCase) -> None:
    before, after = comes_again(
        case,
        'migrations.AlterUniqueTogether("shelf", {("code", "id")}),',
        by_state('migrations.AlterUniqueTogether("shelf", set())'),
    )
    assert after == before


@pytest.mark.parametrize("vendor", ON_SERVERS, indirect=True)
def test_so_it_does_with_the_foreign_key_of_a_field_without_one(case: MakeCase) -> None:
    field = 'models.ForeignKey("shelf", models.CASCADE, null=True{})'
    before, after = comes_again(
        case,
        f'migrations.AddField("shelf", "next", {field.format("")}),',
        by_state(f'migrations.AlterField("shelf", "next", {field.format(", db_constraint=False")})'),
    )
    assert but_for_names(after) == but_for_names(before)


def test_so_it_does_where_another_model_took_it_over(case: MakeCase) -> None:
    """The models moved, and the table has another name by then: the first one is forgotten later."""
    code = '("code", models.IntegerField(null=True))'
    before, after = comes_again(
        case,
        'migrations.AlterField("shelf", "code", models.IntegerField(null=True, db_index=True)),',
        by_state(f'migrations.CreateModel("Rack", [{ID}, {code}], options={{"db_table": "shop_shelf"}})'),
        'migrations.AlterModelTable("rack", None),',
        by_state('migrations.DeleteModel("Shelf")'),
        table="shop_rack",
    )
    assert but_for_names(after) == but_for_names(before)


def test_what_the_models_have_again_comes_once(case: MakeCase) -> None:
    field = "models.IntegerField(null=True{})"
    before, after = comes_again(
        case,
        f'migrations.AlterField("shelf", "code", {field.format(", db_index=True")}),',
        by_state(f'migrations.AlterField("shelf", "code", {field.format("")})'),
        'migrations.AlterModelTable("shelf", "rack"),',
        by_state(f'migrations.AlterField("shelf", "code", {field.format(", db_index=True")})'),
        table="rack",
    )
    assert but_for_names(after) == but_for_names(before)


def test_what_the_models_are_to_have_again_comes_from_no_model_before(case: MakeCase) -> None:
    field = "models.IntegerField(null=True{})"
    before, after = comes_again(
        case,
        f'migrations.AlterField("shelf", "code", {field.format(", db_index=True")}),',
        by_state(f'migrations.AlterField("shelf", "code", {field.format("")})'),
        by_state(f'migrations.AlterField("shelf", "code", {field.format(", db_index=True")})'),
        last=3,
    )
    assert after == before


def test_so_does_what_sql_made_and_the_models_are_to_have(case: MakeCase) -> None:
    before, after = comes_again(
        case,
        'migrations.RunSQL("CREATE INDEX by_hand ON shop_shelf (code)"),',
        by_state('migrations.AddIndex("shelf", models.Index(fields=["code"], name="by_hand"))'),
        last=2,
    )
    assert but_for_quotes(after) == but_for_quotes(before)


def test_so_does_what_sql_made_over_a_field_that_was_renamed(case: MakeCase) -> None:
    before, after = comes_again(
        case,
        'migrations.RunSQL("CREATE INDEX by_hand ON shop_shelf (code)"),',
        'migrations.RenameField("shelf", "code", "number"),',
    )
    assert but_for_quotes(after) == but_for_quotes(before)


def by_state(operation: str) -> str:
    return f"migrations.SeparateDatabaseAndState(state_operations=[{operation}]),"


def comes_again(case: MakeCase, *later: str, table: str = "shop_shelf", last: int | None = None) -> tuple[str, str]:
    """Drops the table that a model made and `later` migrations altered. The dumps before it and after its mend."""
    made = f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(null=True))]),'
    shelf = case(history(made, *later), last=last)
    before = shelf.dump()
    shelf.run(f"DROP TABLE {table}")

    shelf.reconcile()
    assert shelf.verdict() == ("in_sync" if last is None else "pending")
    assert shelf.loud() == []
    return before, shelf.dump()


GIVEN = re.compile(r"\w+_(?:[0-9a-f]{8}\w*|pkey|id_seq)\b")


def but_for_names(dump: str) -> list[str]:
    """The schema without the quotes and the names that Django and the server give."""
    return sorted(GIVEN.sub("(given)", but_for_quotes(dump)).splitlines())


def but_for_quotes(dump: str) -> str:
    return dump.replace('"', "")


MADE_BY_CODE = (
    "migrations.RunPython("
    'lambda apps, editor: editor.connection.cursor().execute("CREATE INDEX by_hand ON shop_shelf (code)")),'
)


@pytest.mark.parametrize(
    ("vendor", "sql"),
    [
        ("postgresql", "DROP INDEX by_hand; CREATE INDEX by_hand ON shop_shelf (code, id)"),
        ("sqlite", "DROP INDEX by_hand; CREATE INDEX by_hand ON shop_shelf (code, id)"),
        pytest.param(
            "mysql",
            "DROP INDEX by_hand ON shop_shelf; CREATE INDEX by_hand ON shop_shelf (code, id)",
            marks=pytest.mark.mysql,
        ),
        pytest.param(
            "mysql",
            "ALTER TABLE shop_shelf DROP INDEX by_hand, ADD INDEX by_hand (code, id)",
            marks=pytest.mark.mysql,
        ),
    ],
    indirect=["vendor"],
)
def test_sql_that_makes_it_anew_does_not_drop_it_first(case: MakeCase, sql: str) -> None:
    """The index of the code is in no history, so that SQL is all that is known of it."""
    before, after = comes_again(case, MADE_BY_CODE, f'migrations.RunSQL("{sql}"),')
    assert but_for_quotes(after) == but_for_quotes(before)
