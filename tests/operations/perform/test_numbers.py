"""The numbers of keys: lost, behind or at their end, they are told and given back, those of the records first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest

from tests.harness import Database, Project, Server, make_project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
UNITS = migration(
    """
    migrations.CreateModel("Unit", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("name", models.TextField()),
    ]),
    migrations.CreateModel("Part", [("id", models.SmallAutoField(primary_key=True, serialize=False))]),
    """
)
LABEL = migration(
    'migrations.CreateModel("Label", [("id", models.BigAutoField(primary_key=True, serialize=False))]),',
    after=[("shop", "0001_units")],
)
ROWS = "INSERT INTO shop_unit (id, name) VALUES (1, 'a'), (7, 'b'); INSERT INTO shop_part (id) VALUES (3)"
MODELS = """
from django.db import models


class Unit(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.TextField()


class Part(models.Model):
    id = models.SmallAutoField(primary_key=True)


class Label(models.Model):
    id = models.BigAutoField(primary_key=True)
"""
INSTALLED = {
    "INSTALLED_APPS": ["schemaguard", "django.contrib.contenttypes", "django.contrib.auth", "shop"],
}


def project_of(tmp_path: Path, database: Database) -> Project:
    history = {"0001_units": UNITS, "0002_label": LABEL}
    apps = {"shop": {"models": MODELS, "migrations": history}}
    return make_project(tmp_path, apps=apps, settings=INSTALLED, database=database)


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Project]:
    """Its last migration has not run."""

    def build(database: Database) -> None:
        project = project_of(tmp_path, database)
        project.manage("migrate", "auth").expect(0)
        project.manage("migrate", "shop", "0001").expect(0)

    with server.fresh(server.template("numbers", build)) as database:
        yield project_of(tmp_path, database)


def check(shop: Project, code: int) -> Any:
    return shop.manage("schemaguard", "check", "--format", "json").expect(code).json


def found(shop: Project, code: int) -> list[tuple[str, str]]:
    return [(each["code"], each["message"]) for each in check(shop, code)["findings"]]


def mended(shop: Project) -> None:
    shop.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert found(shop, 0) == []


LOST = [
    "ALTER TABLE shop_unit ALTER id DROP IDENTITY",
    # A serial of an older Django: the sequence is there still, and belongs to the column.
    "ALTER TABLE shop_unit ALTER id DROP IDENTITY; CREATE SEQUENCE shop_unit_id_seq OWNED BY shop_unit.id",
]


@pytest.mark.parametrize("trouble", LOST)
def test_a_key_that_lost_its_numbers_gets_them_back_after_the_rows(shop: Project, trouble: str) -> None:
    shop.database.script(ROWS + "; DELETE FROM shop_part; " + trouble)

    report = check(shop, 1)
    assert (report["verdict"], [each["message"] for each in report["findings"]]) == (
        "reconcilable",
        [
            "shop_unit.id is bigint NOT NULL; shop.0001_units makes it bigint NOT NULL AUTO "
            "(another automatic numbering)"
        ],
    )
    mended(shop)

    assert shop.database.execute("INSERT INTO shop_unit (name) VALUES ('c') RETURNING id") == [(8,)]


def test_an_unrecorded_key_that_lost_its_numbers_is_completed(shop: Project) -> None:
    shop.database.script(
        "ALTER TABLE shop_unit ALTER id DROP IDENTITY; DELETE FROM django_migrations WHERE app = 'shop'"
    )

    states = {each["name"]: each["state"] for each in check(shop, 1)["migrations"] if each["app"] == "shop"}
    assert states == {"0001_units": "partial", "0002_label": "pending"}
    told = (
        "SG101",
        "shop.0001_units is in the database in part, and not recorded, so that migrate would fail: table shop_unit is "
        "there; table shop_part is there; column shop_unit.id has lost its automatic numbering",
    )
    assert told in found(shop, 1)
    mended(shop)

    assert shop.database.execute("INSERT INTO shop_unit (name) VALUES ('c') RETURNING id") == [(1,)]


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (
            "SELECT setval('django_migrations_id_seq', 1, false)",
            "sequence django_migrations_id_seq stands at 0, but django_migrations.id goes up to {}: "
            "the next INSERT fails",
        ),
        (
            "ALTER TABLE django_migrations ALTER id DROP IDENTITY",
            "django_migrations.id has lost its automatic numbering: the next INSERT fails",
        ),
    ],
)
def test_the_records_own_numbers_are_mended_before_anything_is_recorded(
    shop: Project, trouble: str, message: str
) -> None:
    ((rows,),) = shop.database.execute("SELECT max(id) FROM django_migrations")
    message = message.format(rows)
    shop.database.script(trouble)

    assert found(shop, 1) == [("SG402", message)]
    stopped = shop.manage("migrate").expect(1)
    assert f"  migrations.django_migrations gives no new number\n    {message}\n" in stopped.err
    assert "To mend it: manage.py schemaguard reconcile\n" in stopped.err

    done = shop.manage("schemaguard", "reconcile", "--noinput", "--migrate", "--format", "json").expect(0).json
    assert [(each["action"], each["app"], each["name"]) for each in done["performed"]] == [
        ("alter", "migrations", "django_migrations"),
        ("run", "shop", "0002_label"),
    ]
    assert done["verdict"] == "in_sync"


def test_the_journals_own_numbers_are_mended_before_its_next_entry(shop: Project) -> None:
    shop.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)
    shop.database.script("SELECT setval('schemaguard_journal_id_seq', 1, false)")

    assert [code for code, _ in found(shop, 1)] == ["SG402"]
    mended(shop)

    assert shop.database.execute("SELECT max(id) FROM schemaguard_journal") == [(2,)]


def test_migrate_does_not_come_to_stumble_over_the_content_types_that_follow_it(shop: Project) -> None:
    shop.database.script("SELECT setval('django_content_type_id_seq', 1, false)")

    assert [code for code, _ in found(shop, 1)] == ["SG402"]
    stopped = shop.manage("migrate").expect(1)
    assert "  contenttypes.django_content_type gives no new number\n" in stopped.err
    shop.manage("migrate", "--reconcile", "--noinput").expect(0)

    assert found(shop, 0) == []
    assert shop.database.execute("SELECT count(*) FROM django_content_type WHERE model = 'label'") == [(1,)]


def test_a_sequence_that_no_column_owns_is_set_after_all_that_take_from_it(shop: Project) -> None:
    shop.database.script(
        ROWS + "; CREATE SEQUENCE numbers;"
        "ALTER TABLE shop_unit ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('numbers');"
        "ALTER TABLE shop_part ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('numbers')"
    )

    assert sorted(message for _, message in found(shop, 0)) == [
        "sequence numbers stands at 0, but shop_part.id goes up to 3: the next INSERT fails",
        "sequence numbers stands at 0, but shop_unit.id goes up to 7: the next INSERT fails",
    ]
    mended(shop)

    assert shop.database.execute("INSERT INTO shop_part DEFAULT VALUES RETURNING id") == [(8,)]


def test_numbers_between_those_of_a_sequence_are_for_others(shop: Project) -> None:
    """Two servers that write to each other: one gives 1, 11, 21, the other 2, 12, 22."""
    shop.database.script(
        "ALTER TABLE shop_unit ALTER id SET INCREMENT BY 10; INSERT INTO shop_unit (name) VALUES ('a');"
        "INSERT INTO shop_unit (id, name) VALUES (42, 'theirs')"
    )
    assert found(shop, 0) == []

    shop.database.script("INSERT INTO shop_unit (id, name) VALUES (31, 'ours')")
    assert [code for code, _ in found(shop, 0)] == ["SG401"]
    mended(shop)

    assert shop.database.execute("INSERT INTO shop_unit (name) VALUES ('c') RETURNING id") == [(51,)]


def test_a_sequence_that_has_no_number_left_is_told_and_left_to_a_person(shop: Project) -> None:
    shop.database.script("SELECT setval('shop_part_id_seq', 32767)")

    told = [
        (
            "SG403",
            "sequence shop_part_id_seq stands at 32767, and its last number is 32767: "
            "INSERTs into shop_part run out of numbers",
        )
    ]
    shop.database.script("INSERT INTO shop_part (id) VALUES (32767)")
    assert found(shop, 0) == told
    shop.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert found(shop, 0) == told


def test_a_cycle_that_began_again_is_not_behind(shop: Project) -> None:
    shop.database.script(
        "ALTER TABLE shop_part ALTER id SET CYCLE; SELECT setval('shop_part_id_seq', 5);"
        "INSERT INTO shop_part (id) VALUES (32767)"
    )

    assert found(shop, 0) == []


DEFAULTS = ["nextval('ticket_number'::regclass)", "nextval('ticket_number'::regclass) + 5"]


@pytest.mark.skipif(django.VERSION < (5, 0), reason="db_default came with Django 5.0")
@pytest.mark.parametrize("default", DEFAULTS)
def test_a_default_of_an_own_sequence_is_a_default(tmp_path: Path, database: Database, default: str) -> None:
    history = {
        "0001_ticket": migration(
            f"""
            migrations.RunSQL("CREATE SEQUENCE ticket_number"),
            migrations.CreateModel("Ticket", [
                ("id", models.BigAutoField(primary_key=True)),
                ("number", models.IntegerField(unique=True, db_default=RawSQL("{default}", []))),
            ]),
            """,
            imports="from django.db.models.expressions import RawSQL",
        )
    }
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    database.script("INSERT INTO shop_ticket DEFAULT VALUES")
    assert check(project, 0)["verdict"] == "in_sync"

    database.script("ALTER TABLE shop_ticket ALTER number DROP DEFAULT")
    assert "SG204" in [each["code"] for each in check(project, 1)["findings"]]
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert check(project, 0)["verdict"] == "in_sync"
