"""Keys and constraints that Django drops, doubles or leaves in its own way."""

from __future__ import annotations

import re

import django
import pytest

from tests.harness import CONDITION
from tests.location.cases import ID, LOST_RECORDS, OWNER, MakeCase, history
from tests.location.odd_histories import DROPS_WITH_CASCADE, KEY_OF_ANOTHER_TYPE

on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


@on_postgresql
@pytest.mark.skipif(not DROPS_WITH_CASCADE, reason="Django does not get through its own history")
def test_a_key_that_is_gone_before_its_next_one_comes(case: MakeCase) -> None:
    task = case(KEY_OF_ANOTHER_TYPE)
    clean = task.dump()
    task.run("DROP TABLE shop_note, shop_task, shop_owner", LOST_RECORDS)
    task.migrate(2)
    task.run("ALTER TABLE shop_task DROP COLUMN id CASCADE")

    assert task.states() == {"0001": "applied", "0002": "applied", "0003": "partial"}
    task.reconcile()

    assert task.dump() == clean


@on_postgresql
def test_what_hung_on_a_column_that_code_dropped_is_not_missing(case: MakeCase) -> None:
    """The code spells the column, and nothing of the unique that goes with it."""
    dropped = history(
        f"""
        {OWNER}
        migrations.CreateModel(
            "Place",
            [{ID}, ("key", models.IntegerField()), ("owner", models.ForeignKey("shop.Owner", models.CASCADE))],
            options={{"unique_together": {{("key", "owner")}}}},
        ),
        """,
        """
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop)],
            state_operations=[
                migrations.AlterUniqueTogether("place", set()),
                migrations.RemoveField("place", "owner"),
            ],
        ),
        """,
        imports="""
        def drop(apps, schema_editor):
            model = apps.get_model("shop", "Place")
            schema_editor.remove_field(model, model._meta.get_field("owner"))
        """,
    )
    assert case(dropped).loud() == []


WITHOUT_ITS_CONSTRAINTS = history(
    f"""
    migrations.CreateModel("Item", [
        {ID},
        ("kind", models.CharField(max_length=9)),
        ("price", models.IntegerField()),
    ], options={{"unique_together": {{("kind", "price")}}}}),
    migrations.RunSQL("ALTER TABLE shop_item ADD CONSTRAINT price_check CHECK (price <> 0)"),
    """,
    """
    migrations.RunSQL("ALTER TABLE shop_item ADD CONSTRAINT kind_check CHECK (kind <> '')"),
    migrations.RenameField("item", "kind", "sort"),
    """,
    """
    migrations.AddField("item", "credit", models.IntegerField(null=True)),
    migrations.AddConstraint("item", models.CheckConstraint(CHECK=models.Q(credit__gt=0), name="credit_check")),
    migrations.AddConstraint("item", models.CheckConstraint(CHECK=models.Q(credit__lt=9), name="low_check")),
    """.replace("CHECK=", f"{CONDITION}="),
    """
    migrations.AlterUniqueTogether("item", {("sort",)}),
    migrations.RemoveField("item", "price"),
    """,
    'migrations.AlterField("item", "sort", models.CharField(max_length=20)),',
)
"""A dump without its constraints, and without records: what tells most of the history is gone."""


@on_postgresql
@pytest.mark.parametrize("nullable", [False, True])
def test_a_dump_without_its_constraints_and_records(case: MakeCase, nullable: bool) -> None:
    item = case(WITHOUT_ITS_CONSTRAINTS, "INSERT INTO shop_item (sort, credit) VALUES ('a', 1)")
    clean = item.dump()
    constraints = item.database.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'shop_item'::regclass AND contype IN ('c', 'u')"
    )
    item.run(*(f"ALTER TABLE shop_item DROP CONSTRAINT {name}" for (name,) in constraints))
    if nullable:
        item.run("ALTER TABLE shop_item ALTER COLUMN sort DROP NOT NULL")
    item.run(LOST_RECORDS)

    item.reconcile(*(["--on-conflict", "alter"] if nullable else []))

    assert len(constraints) == 4
    assert item.dump() == clean
    assert item.database.execute("SELECT sort, credit FROM shop_item") == [("a", 1)]
    assert item.loud() == []


ALTERED_KEY = history(
    f'migrations.CreateModel("Owner", [{ID}]),',
    f"""
    migrations.CreateModel("Item", [{ID}, ("owner", models.ForeignKey("shop.Owner", models.CASCADE))]),
    migrations.AddField("owner", "items", models.ManyToManyField("shop.Item", related_name="+")),
    migrations.AlterField("owner", "id", models.AutoField(primary_key=True)),
    """,
    'migrations.AlterField("owner", "id", models.BigAutoField(primary_key=True)),',
)
FOREIGN_KEYS = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"


@on_postgresql
@pytest.mark.parametrize(("last", "keys"), [(2, 5), (3, 3)])
def test_foreign_keys_that_an_altered_key_doubles(case: MakeCase, last: int, keys: int) -> None:
    """NEMO_user_chemicals': one is made at once, as if it had been dropped, and one at the end of the migration."""
    item = case(ALTERED_KEY, last=last)

    assert item.database.execute(FOREIGN_KEYS) == [(keys,)]
    assert item.loud() == []

    item.run("DELETE FROM django_migrations")
    item.reconcile()
    item.migrate()
    assert item.database.execute(FOREIGN_KEYS) == [(3,)]
    assert item.loud() == []


NO_NUMBERS = 'migrations.AlterField("owner", "id", models.BigIntegerField(primary_key=True)),'


@pytest.mark.parametrize("vendor", ["postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_a_key_that_gives_no_numbers_any_more_is_of_another_type_on_mysql(case: MakeCase) -> None:
    """There AUTO_INCREMENT is a part of what Django calls the type, and the foreign keys are made twice."""
    many = 'migrations.AddField("owner", "others", models.ManyToManyField("shop.Owner")),'
    owner = case(history(f'migrations.CreateModel("Owner", [{ID}]),', f"{many}\n{NO_NUMBERS}"))
    keys = re.findall("shop_owner_others.*FOREIGN KEY", owner.dump())

    assert len(keys) == (4 if owner.database.vendor == "mysql" else 2)
    assert owner.loud() == []


THROUGH = history(
    f"""
    migrations.CreateModel("Group", [{ID}]),
    migrations.CreateModel("Event", [{ID}, ("groups", models.ManyToManyField("shop.Group"))]),
    """,
    f"""
    migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL("ALTER TABLE shop_event_groups RENAME TO shop_eventgroup")],
        state_operations=[
            migrations.CreateModel("EventGroup", [
                {ID},
                ("event", models.ForeignKey("shop.Event", models.CASCADE)),
                ("group", models.ForeignKey("shop.Group", models.CASCADE)),
            ]),
            migrations.AlterField(
                "event", "groups", models.ManyToManyField("shop.Group", through="shop.EventGroup")
            ),
        ],
    ),
    """,
    'migrations.AlterUniqueTogether("eventgroup", {("event", "group")}),',
)
UNIQUES = "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = 'shop_eventgroup'::regclass ORDER BY 1"


@pytest.mark.parametrize("last", [2, 3])
def test_an_automatic_table_that_becomes_a_model_and_is_unique_once_more(
    case: MakeCase, vendor: str, last: int
) -> None:
    """As Django's documentation tells it, and unique_together after that: it has that twice."""
    event = case(THROUGH, last=last)
    assert event.loud() == []
    if vendor == "postgresql" and last == 3:
        uniques = event.database.execute(UNIQUES)
        assert len(uniques) == 2
        event.run(f"ALTER TABLE shop_eventgroup DROP CONSTRAINT {uniques[-1][0]}")
        assert [each["kind"] for each in event.loud()] == ["unique"]
        event.reconcile()
        assert event.database.execute(UNIQUES) == uniques

    event.run("DELETE FROM django_migrations")
    event.reconcile()
    event.migrate()
    assert event.loud() == []


NAMED_TWICE = history(
    f"""
    migrations.CreateModel(
        "Grant",
        [{ID}, ("code", models.CharField(max_length=9, unique=True)), ("one", models.IntegerField()),
         ("two", models.IntegerField())],
        options={{
            "constraints": [
                models.UniqueConstraint(fields=["code"], name="one_code"),
                models.UniqueConstraint(fields=["code"], name="same_code"),
                models.UniqueConstraint(fields=["code"], name="later_code", deferrable=models.Deferrable.DEFERRED),
                models.UniqueConstraint(fields=["one", "two"], name="one_two"),
            ],
            "unique_together": {{("one", "two")}},
        }},
    ),
    """
)


def test_equal_unique_constraints_of_one_table_may_be_one(case: MakeCase) -> None:
    """PostgreSQL makes one of those that stand in one CREATE TABLE: the first that was given a name."""
    grant = case(NAMED_TWICE)
    clean = grant.dump()
    assert grant.loud() == []

    grant.run(LOST_RECORDS)
    assert grant.states() == {"0001": "present"}
    grant.run("DROP TABLE shop_grant")
    grant.reconcile("--migrate")
    assert grant.dump() == clean


@on_postgresql
def test_one_of_equal_unique_constraints_that_is_gone_is_missed(case: MakeCase) -> None:
    grant = case(NAMED_TWICE)
    clean = grant.dump()
    grant.run("ALTER TABLE shop_grant DROP CONSTRAINT one_code")
    assert [each["name"] for each in grant.loud()] == ["one_code"]

    grant.reconcile()
    assert grant.dump() == clean


def test_a_key_made_for_a_target_that_its_field_has_left_follows_with_the_next_alteration(case: MakeCase) -> None:
    """The key waits for the end of 0001, so that the alteration finds none to drop."""
    kept = history(
        f"""
        {OWNER}
        migrations.CreateModel("Holder", [{ID}]),
        migrations.CreateModel("Task", [{ID}, ("owner", models.ForeignKey("shop.Owner", models.CASCADE))]),
        migrations.AlterField("task", "owner", models.ForeignKey("shop.Holder", models.CASCADE)),
        """,
        'migrations.AlterField("task", "owner", models.ForeignKey("shop.Holder", models.CASCADE, null=True)),',
    )
    task = case(kept, last=1)
    assert task.loud() == []
    task.migrate()
    clean = task.dump()
    assert task.loud() == []

    task.run(LOST_RECORDS)
    task.reconcile()
    assert task.dump() == clean
    assert task.verdict() == "in_sync"


def test_an_index_for_like_that_goes_before_it_was_made(case: MakeCase) -> None:
    """Since Django 5.2 it is forgotten, before that it is made at the end all the same."""
    made = history(
        f"""
        migrations.CreateModel("Book", [{ID}, ("code", models.CharField(max_length=9, null=True, unique=True))]),
        migrations.AlterField("book", "code", models.CharField(max_length=9, null=True)),
        """
    )
    book = case(made)
    clean = book.dump()
    assert book.loud() == []

    book.run("DROP TABLE shop_book", LOST_RECORDS)
    book.reconcile("--migrate")
    assert book.dump() == clean


@pytest.mark.skipif(django.VERSION < (5, 2), reason="CompositePrimaryKey")
@pytest.mark.parametrize("other", ["", ", ADD PRIMARY KEY (number, tenant)"])
@on_postgresql
def test_a_key_of_several_columns_comes_back(case: MakeCase, other: str) -> None:
    """Django makes one with its table alone."""
    fields = '("pk", models.CompositePrimaryKey("tenant", "number")), ("tenant", NUMBER), ("number", NUMBER)'
    bill = case(history(f'migrations.CreateModel("Bill", [{fields}]),', imports="NUMBER = models.IntegerField()"))
    clean = bill.dump()
    bill.run("INSERT INTO shop_bill VALUES (1, 2)", f"ALTER TABLE shop_bill DROP CONSTRAINT shop_bill_pkey{other}")

    bill.reconcile("--on-conflict", "alter")

    assert bill.dump() == clean
    assert bill.verdict() == "in_sync"


def test_keys_that_were_doubled_are_one_again_after_the_next_alteration(case: MakeCase) -> None:
    """A key that gets another type in the migration that points at it brings each foreign key twice."""
    clean = case(
        history(
            f'migrations.CreateModel("Task", [{ID}]),',
            """
            migrations.AddField("task", "others", models.ManyToManyField("self")),
            migrations.AlterField("task", "id", models.IntegerField(primary_key=True)),
            """,
            'migrations.RenameModel("Task", "Job"),',
            'migrations.AddField("job", "more", models.IntegerField(null=True)),',
        ),
        last=0,
    )
    for last in range(1, 5):
        clean.migrate(last)
        assert clean.loud() == []
    clean.run(LOST_RECORDS)
    wanted = clean.dump()
    clean.reconcile()
    assert (clean.verdict(), clean.dump()) == ("in_sync", wanted)
