"""Operations, indexes and migrations with a will of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.utils import load_backend

from tests.location.cases import ID, LOST_RECORDS, OWNER, Case, MakeCase, history

on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

# Of a migration, behind its operations.
LEAVES_THEM_BE = """

    def apply(self, project_state, schema_editor, collect_sql=False):
        return project_state
"""
RUNS_THEM = LEAVES_THEM_BE.replace(
    "return project_state", "return super().apply(project_state, schema_editor, collect_sql)"
)
OF_ITS_OWN_MIND = dict(
    history(
        f'migrations.CreateModel("Item", [{ID}, ("code", models.CharField(max_length=9, unique=True))]),',
        f"""
        migrations.AlterField("item", "code", models.CharField(max_length=9)),
        migrations.AddField("item", "note", models.TextField(null=True)),
        migrations.CreateModel("Never", [{ID}]),
        """,
        'migrations.AddField("item", "size", models.IntegerField(null=True)),',
    )
)
OF_ITS_OWN_MIND["0002_step"] += LEAVES_THEM_BE
"""The second migration has operations, and an `apply` that leaves them be."""


def test_a_migration_that_runs_nothing_of_what_it_says(case: MakeCase) -> None:
    item = case(OF_ITS_OWN_MIND)
    clean = item.dump()

    assert item.verdict() == "in_sync"
    assert item.loud() == []

    item.run(LOST_RECORDS)
    assert set(item.states().values()) == {"present"}
    item.reconcile()
    assert item.dump() == clean


def test_a_migration_that_may_run_nothing_is_not_taken_for_run(case: MakeCase) -> None:
    item = case(OF_ITS_OWN_MIND, last=1)
    assert item.states() == {"0001": "applied", "0002": "pending", "0003": "pending"}

    item.run(LOST_RECORDS)
    assert item.states() == {"0001": "present", "0002": "pending", "0003": "pending"}


def test_a_migration_with_a_way_of_its_own_to_run_is_like_any_other(case: MakeCase) -> None:
    """As django-two-factor-auth has one, to choose its operations by the vendor."""
    made = history(f'migrations.CreateModel("Item", [{ID}]),')["0001_step"] + RUNS_THEM
    item = case({"0001_step": made}, last=0)
    assert item.states() == {"0001": "pending"}

    item.reconcile("--migrate")
    assert item.states() == {"0001": "applied"}

    item.run("DROP TABLE shop_item")
    assert item.states() == {"0001": "missing"}


def test_reconcile_leaves_it_to_such_a_migration_whether_it_runs(case: MakeCase) -> None:
    item = case(OF_ITS_OWN_MIND, last=1)
    before = item.dump()

    assert "its class decides" in item.manage("schemaguard", "reconcile", "--migrate", "--dry-run").expect(1).out
    item.reconcile("--migrate")

    after = item.dump()
    assert "size" in after
    assert {"note", "shop_never"}.isdisjoint(after.replace(".", " ").split())
    kept = {line for line in before.splitlines() if "shop_item" not in line}
    assert kept <= set(after.splitlines())
    assert item.loud() == []


def test_a_step_that_cannot_be_told_in_sql_is_a_conflict(case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema editor, or a field, of a third party may raise anything."""
    owner = case(history(OWNER), "DROP TABLE shop_owner")
    wrapper = load_backend(owner.database.settings["ENGINE"]).DatabaseWrapper

    class Editor(wrapper.SchemaEditorClass):  # type: ignore[misc, name-defined]
        def create_model(self, model: Any) -> None:
            raise LookupError(f"no such thing as {model.__name__}")

    monkeypatch.setattr(wrapper, "SchemaEditorClass", Editor)

    assert owner.manage("schemaguard", "check", "--format", "json").expect(1).json["verdict"] == "conflict"
    refused = owner.manage("schemaguard", "reconcile", "--noinput").expect(1)
    assert "shop.0001_step: LookupError: no such thing as Owner" in refused.err


def test_an_extension_is_made_on_postgresql_alone(case: MakeCase, vendor: str) -> None:
    operations = f'TrigramExtension(), migrations.CreateModel("Item", [{ID}]),'
    item = case(history(operations, imports="from django.contrib.postgres.operations import TrigramExtension"))

    assert item.loud() == []
    (made,) = [each for each in item.report()["migrations"] if each["app"] == "shop"]
    assert made["operations"][0]["state"] == ("done" if vendor == "postgresql" else "invisible")


HANDLER = """
from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate

GROW = "ALTER TABLE shop_item ALTER COLUMN id TYPE bigint"


class ShopConfig(AppConfig):
    name = "shop"

    @staticmethod
    def grow(sender, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute(GROW)

    def ready(self):
        post_migrate.connect(ShopConfig.grow, sender=self)
"""


@on_postgresql
def test_a_handler_of_post_migrate_goes_on_where_the_migrations_end(case: MakeCase) -> None:
    made = history(
        """
        migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True))]),
        migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))]),
        """
    )
    item = case(made, files={"apps.py": HANDLER})

    assert item.verdict() == "in_sync"
    assert item.loud() == []

    item.run("ALTER TABLE shop_thing ALTER COLUMN id TYPE bigint")
    assert [(each["level"], each["table"]) for each in item.loud()] == [("error", "shop_thing")]


LABELS = history(
    "migrations.RunSQL(\"CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE size AS ENUM ('big')\"),",
    "migrations.RunSQL(\"ALTER TYPE size ADD VALUE 'small'\"),",
    "migrations.RunSQL('DROP TYPE size'),",
    "migrations.RunSQL(\"ALTER TYPE mood ADD VALUE 'happy'\"),",
)


@on_postgresql
@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_the_labels_of_an_enum_tell_what_has_run(case: MakeCase, last: int) -> None:
    """procrastinate's last migrations add one, and leave nothing else to see; to run them again fails."""
    mood = case(LABELS, LOST_RECORDS, last=last)

    present = [name for name, state in mood.states().items() if state == "present"]
    assert present == ["0001", "0002", "0003", "0004"][:last]

    mood.reconcile()
    mood.migrate()
    assert mood.loud() == []


OF_THEIR_OWN = '''
from django.db import models
from django.db.migrations.operations import RemoveField


class AsksTheApps(models.Index):
    """An index whose SQL takes a look at another model."""

    def create_sql(self, model, schema_editor, using="", **kwargs):
        model._meta.apps.get_model("shop.Room")
        return super().create_sql(model, schema_editor, using=using, **kwargs)


class TellsNothing(models.Index):
    """An index whose SQL nobody can read before it runs."""

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.collect_sql:
            raise RuntimeError("not to be collected")
        return super().create_sql(model, schema_editor, using=using, **kwargs)


class RemoveLater(RemoveField):
    """Takes the field out of the models, and leaves the column for a later day."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass


class RemoveNow(RemoveField):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, from_state, to_state)
'''


def theirs(case: MakeCase, operations: str) -> Case:
    room = f"""
    migrations.CreateModel("Room", [{ID}, ("house", models.IntegerField()), ("number", models.IntegerField())]),
    migrations.AddIndex("room", models.Index(fields=["number"], name="room_i")),
    """
    return case(history(room, operations, imports="from shop import own"), files={"own.py": OF_THEIR_OWN})


@pytest.mark.parametrize("kind", ["AsksTheApps", "TellsNothing"])
def test_an_index_that_writes_its_own_sql_is_not_dropped(case: MakeCase, kind: str) -> None:
    """django-tasks-db's: it takes the place, and the name, of an index that its migration removes."""
    again = f"""
    migrations.RemoveIndex("room", "room_i"),
    migrations.AddIndex("room", own.{kind}(fields=["house"], name="room_i")),
    """
    room = theirs(case, again)
    clean = room.dump()

    assert room.loud() == []
    room.reconcile()
    assert room.dump() == clean

    room.run("DROP INDEX room_i")
    assert [each["name"] for each in room.loud()] == (["room_i"] if kind == "AsksTheApps" else [])


@pytest.mark.parametrize("kind", ["AsksTheApps", "TellsNothing"])
def test_an_index_that_writes_its_own_sql_is_nobody_elses(case: MakeCase, kind: str) -> None:
    added = f'migrations.AddIndex("room", own.{kind}(fields=["house"], name="own_i")),'
    assert theirs(case, added).loud() == []


@pytest.mark.parametrize("kind", ["RemoveLater", "RemoveNow"])
def test_a_field_that_is_removed_later(case: MakeCase, kind: str) -> None:
    """django-deferred-migrations': the column is to stay for now, and may be gone as well."""
    room = theirs(case, f'own.{kind}("room", "house"),')
    assert room.loud() == []

    room.reconcile()
    there = "SELECT count(house) FROM shop_room"
    if kind == "RemoveLater":
        assert room.database.execute(there) == [(0,)]
    else:
        with pytest.raises(Exception, match="house"):
            room.database.execute(there)

    change = "ADD COLUMN house integer" if kind == "RemoveNow" else "DROP COLUMN house"
    room.run(f"ALTER TABLE shop_room {change}")
    assert [each["name"] for each in room.loud()] == (["house"] if kind == "RemoveNow" else [])


BY_VENDOR = """
class Skipped:
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor in ("sqlite", "postgresql", "mysql"):
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class SkippedIndex(Skipped, migrations.AddIndex):
    pass


class KeptIndex(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "oracle":
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)
"""
ON_SOME_DATABASES = history(
    f'migrations.CreateModel("Item", [{ID}, ("size", models.IntegerField()), ("rank", models.IntegerField())]),',
    'SkippedIndex("item", models.Index(fields=["size"], name="by_size")),'
    'KeptIndex("item", models.Index(fields=["rank"], name="by_rank")),',
    imports=BY_VENDOR,
)


def test_what_is_not_for_this_database_is_not_missed(case: MakeCase) -> None:
    item = case(ON_SOME_DATABASES)
    assert item.loud() == []

    item.run("DROP INDEX by_rank" + (" ON shop_item" if "mysql" in item.database.settings["ENGINE"] else ""))
    assert [each["name"] for each in item.loud()] == ["by_rank"]
    item.reconcile()
    assert item.loud() == []
