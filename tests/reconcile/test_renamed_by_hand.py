"""A column that somebody renamed by hand, and what else is the matter with its table."""

from __future__ import annotations

import django
import pytest

from tests.location.cases import CHECK, ID, LOST_RECORDS, Case, MakeCase, history

UNIQUE = '("code", models.PositiveIntegerField(null=True, unique=True))'
RENAMED = "ALTER TABLE shop_shelf RENAME COLUMN code TO strange;"
HISTORY = history(
    f"""
    migrations.CreateModel("Shelf", [
        {ID}, ("rank", models.IntegerField(default=1)), ("code", models.PositiveIntegerField(null=True)),
    ]),
    migrations.AddIndex("shelf", models.Index(fields=["code", "rank"], name="by_code")),
    migrations.AddConstraint("shelf", check(models.Q(code__gt=7) | models.Q(code=None), "above")),
    """,
    imports=CHECK,
)


def mended(shelf: Case) -> None:
    shelf.reconcile("--on-conflict", "alter")
    assert shelf.verdict() == "in_sync"


def test_an_index_that_was_dropped_as_well_is_told_and_made(case: MakeCase) -> None:
    shelf = case(HISTORY)
    wanted = shelf.dump()
    shelf.run(f"DROP INDEX by_code; {RENAMED}")

    assert sorted(each["problem"] for each in shelf.loud()) == ["different", "missing"]
    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_so_is_a_constraint(case: MakeCase) -> None:
    shelf = case(history(f'migrations.CreateModel("Shelf", [{ID}, {UNIQUE}]),'))
    shelf.run(f"ALTER TABLE shop_shelf DROP CONSTRAINT shop_shelf_code_key; {RENAMED}")

    assert sorted(each["problem"] for each in shelf.loud()) == ["different", "missing"]
    mended(shelf)


def test_what_went_along_with_the_name_is_not_missing(case: MakeCase) -> None:
    shelf = case(HISTORY)
    wanted = shelf.dump()
    shelf.run(RENAMED)

    assert [each["problem"] for each in shelf.loud()] == ["different"]
    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.parametrize("trouble", [RENAMED, "ALTER TABLE shop_shelf DROP COLUMN code;"], ids=["renamed", "dropped"])
def test_another_column_had_the_name_before(case: MakeCase, vendor: str, trouble: str) -> None:
    """What is over the second is not over the first, which is there and has another name by now."""
    is_plain = vendor == "sqlite" and "DROP" in trouble  # SQLite drops no other
    field = '("code", models.IntegerField(null=True))' if is_plain else UNIQUE
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(null=True))]),',
            f'migrations.RenameField("shelf", "code", "number"), migrations.AddField("shelf", {field[1:-1]}),',
        )
    )
    wanted = shelf.dump()
    shelf.run(trouble)

    assert len(shelf.loud()) == 1
    mended(shelf)
    assert shelf.dump() == wanted


def test_a_column_that_is_to_be_not_null_is_missing_beside_it(case: MakeCase) -> None:
    """Rows are counted in the table as it will be."""
    shelf = case(HISTORY)
    drop = "DROP INDEX by_code; ALTER TABLE shop_shelf DROP COLUMN rank;"
    shelf.run(f"INSERT INTO shop_shelf (rank, code) VALUES (1, 8); {drop} {RENAMED}")

    mended(shelf)
    assert shelf.database.execute("SELECT rank, code FROM shop_shelf") == [(1, 8)]


def test_a_column_of_an_earlier_migration_is_missing_beside_it(case: MakeCase) -> None:
    """SQLite makes the table anew for that, with all columns by the names that they are to have."""
    owner = 'models.ForeignKey("shop.Shelf", models.CASCADE, null=True)'
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("note", models.TextField(default="x"))]),',
            f'migrations.AddField("shelf", "owner", {owner}),',
        )
    )
    wanted = shelf.dump()
    shelf.run("ALTER TABLE shop_shelf DROP COLUMN note; ALTER TABLE shop_shelf RENAME COLUMN owner_id TO strange;")

    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django 5.0 brought generated columns")
def test_a_generated_column_reads_it(case: MakeCase) -> None:
    number, twice = "models.IntegerField()", 'models.F("code") * 2'
    generated = f"models.GeneratedField(expression={twice}, output_field={number}, db_persist=True)"
    shelf = case(history(f'migrations.CreateModel("Shelf", [{ID}, ("code", {number}), ("twice", {generated})]),'))
    wanted = shelf.dump()
    shelf.run(f"INSERT INTO shop_shelf (code) VALUES (4); {RENAMED}")

    assert [each["problem"] for each in shelf.loud()] == ["different"]
    mended(shelf)
    assert shelf.dump() == wanted
    assert shelf.database.execute("SELECT code, twice FROM shop_shelf") == [(4, 8)]


def test_its_check_was_altered(case: MakeCase) -> None:
    """The server compares the two by the names of now."""
    shelf = case(HISTORY)
    other = "ALTER TABLE shop_shelf ADD CONSTRAINT above CHECK (code > 9 OR code IS NULL);"
    if shelf.database.vendor == "sqlite":
        table = shelf.database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_shelf'")[0][0]
        other = (
            f"DROP TABLE shop_shelf; {table.replace('> 7', '> 9')}; CREATE INDEX by_code ON shop_shelf (code, rank);"
        )
        assert "> 9" in other
    else:
        other = f"ALTER TABLE shop_shelf DROP CONSTRAINT above; {other}"
    wanted = shelf.dump()
    shelf.run(other, RENAMED)

    assert sorted(each["problem"] for each in shelf.loud()) == ["different", "different"]
    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.parametrize("lost", ["", LOST_RECORDS], ids=["recorded", "lost"])
@pytest.mark.parametrize("field", ["db_index=True", "unique=True"])
def test_it_was_none_and_what_is_over_it_goes_with_it(case: MakeCase, field: str, lost: str) -> None:
    shelf = case(
        history(
            f"""
            migrations.CreateModel("Shelf", [
                {ID}, ("rank", models.IntegerField(default=1)), ("code", models.IntegerField(null=True, {field})),
            ]),
            migrations.AddIndex("shelf", models.Index(fields=["code", "rank"], name="by_code")),
            migrations.AlterUniqueTogether("shelf", {{("rank", "code")}}),
            """,
        )
    )
    wanted = shelf.dump()
    shelf.run(RENAMED, lost)

    assert "shop_shelf.code was renamed to strange" in str(shelf.loud())
    shelf.manage("schemaguard", "reconcile", stdin="replace\ny\n").expect(0)
    assert shelf.verdict() == "in_sync"
    assert shelf.dump() == wanted


def test_two_of_one_type_are_told_apart_by_an_index(case: MakeCase) -> None:
    number = "models.IntegerField(null=True{})"
    shelf = case(
        history(
            f"""
            migrations.CreateModel("Shelf", [
                {ID}, ("rank", {number.format("")}), ("code", {number.format(", db_index=True")}),
            ]),
            """
        )
    )
    wanted = shelf.dump()
    shelf.run(
        "INSERT INTO shop_shelf (code) VALUES (7)", RENAMED, "ALTER TABLE shop_shelf ADD COLUMN number integer NULL"
    )

    assert "shop_shelf.code was renamed to strange" in str(shelf.loud())
    shelf.reconcile("--on-conflict", "alter")
    shelf.run("ALTER TABLE shop_shelf DROP COLUMN number")
    assert shelf.dump() == wanted
    assert shelf.database.execute("SELECT code FROM shop_shelf") == [(7,)]


def test_the_key_of_a_column_that_somebody_renamed_follows_the_table_at_which_it_points(case: MakeCase) -> None:
    """The record of the renaming is false. SQLite says the target in the text of a table that is made anew."""
    shop = case(
        history(
            f'migrations.CreateModel("Tag", [{ID}]),',
            f'migrations.CreateModel("Book", [{ID}, ("tags", models.ManyToManyField("shop.tag"))]),',
            'migrations.RenameModel("Book", "Volume"),',
        ),
        last=2,
    )
    shop.run("INSERT INTO shop_tag (id) VALUES (1)", "INSERT INTO shop_book (id) VALUES (1)")
    shop.run("INSERT INTO shop_book_tags (book_id, tag_id) VALUES (1, 1)")
    shop.manage("migrate", "--fake", "shop", "0003").expect(0)
    shop.run("ALTER TABLE shop_book_tags RENAME COLUMN book_id TO by_hand")

    shop.reconcile("--on-conflict", "alter")
    assert shop.verdict() == "in_sync"
    assert shop.database.execute("SELECT volume_id, tag_id FROM shop_volume_tags") == [(1, 1)]


def test_what_was_known_of_a_table_is_known_when_it_has_its_name_back(case: MakeCase) -> None:
    """Nothing tells that its column was renamed as well, so that one stays a stranger, as it was before."""
    columns = '("code", models.CharField(max_length=9, db_index=True)), ("old", models.CharField(max_length=9))'
    shop = case(
        history(f'migrations.CreateModel("Book", [{ID}, {columns}]),', 'migrations.RemoveField("book", "old"),'), last=1
    )
    shop.run("INSERT INTO shop_book (code, old) VALUES ('a', 'b')", LOST_RECORDS)
    shop.run("ALTER TABLE shop_book RENAME TO put_aside", "ALTER TABLE put_aside RENAME COLUMN old TO by_hand")

    shop.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(1)
    assert shop.database.execute("SELECT code, by_hand FROM shop_book") == [("a", "b")]
