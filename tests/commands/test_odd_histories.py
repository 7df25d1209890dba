"""A clean migrate through a history that has its oddities, and the same database stopped in its middle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import django
import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration

ID = '("id", models.BigAutoField(primary_key=True))'
OWNER = f'migrations.CreateModel("Owner", [{ID}, ("name", models.CharField(max_length=9))]),'

INDEXES_TAKEN_BACK = [
    migration(
        f"""
        {OWNER}
        migrations.CreateModel("Place", [{ID}]),
        migrations.CreateModel("Shelf", [
            {ID},
            ("code", models.CharField(max_length=9, db_index=True)),
            ("rank", models.IntegerField(db_index=True)),
            ("owner", models.ForeignKey("shop.Owner", models.CASCADE)),
            ("first", models.ForeignKey("shop.Owner", models.CASCADE, related_name="+")),
            ("where", models.ForeignKey("shop.Owner", models.CASCADE, related_name="+")),
        ]),
        migrations.AddField("shelf", "note", models.TextField(db_index=True, null=True)),
        migrations.AlterField("shelf", "code", models.CharField(max_length=9)),
        migrations.AlterField("shelf", "rank", models.IntegerField(unique=True)),
        migrations.AlterField("shelf", "owner", models.OneToOneField("shop.Owner", models.CASCADE)),
        migrations.AlterField("shelf", "first", models.BigIntegerField(db_column="first_id")),
        migrations.AlterField("shelf", "where", models.ForeignKey("shop.Place", models.CASCADE, related_name="+")),
        migrations.AlterField("shelf", "note", models.TextField(null=True)),
        """
    ),
    migration('migrations.AddField("owner", "age", models.IntegerField(null=True)),', after=[("shop", "0001_step")]),
]
"""AlterField drops no index and no key that the same migration has still to make, so these stay (not on SQLite)."""

KEY_OF_ANOTHER_TYPE = [
    migration(f'{OWNER} migrations.CreateModel("Task", [{ID}, ("name", models.CharField(max_length=9))]),'),
    migration(
        f"""
        migrations.CreateModel("Note", [{ID}, ("task", models.ForeignKey("shop.Task", models.CASCADE))]),
        """,
        after=[("shop", "0001_step")],
    ),
    migration(
        """
        migrations.RemoveField("task", "id"),
        migrations.AddField("task", "id", models.CharField(max_length=32, primary_key=True, default="x")),
        """,
        after=[("shop", "0002_step")],
    ),
]
"""The key's column is dropped with CASCADE: what points at it loses its foreign key, and keeps its type."""

ONE_NAME_FOR_TWO = [
    migration(
        f'{OWNER} migrations.CreateModel("Item", [{ID}, ("owners", models.ManyToManyField("shop.Owner"))]),',
    ),
    migration(
        f'migrations.CreateModel("Thing", [{ID}, ("owners", models.ManyToManyField("shop.Owner"))]),',
        after=[("shop", "0001_step")],
    ),
    migration(
        'migrations.RemoveField("item", "owners"), migrations.DeleteModel("Item"),', after=[("shop", "0002_step")]
    ),
    migration('migrations.RenameModel("Thing", "Item"),', after=[("shop", "0003_step")]),
]
"""One table is dropped, and another comes to bear its name, with columns that are called the same."""

ONE_COLUMN_FOR_ANOTHER = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("name", models.CharField(max_length=9)), ("tags", models.JSONField())]),
        """
    ),
    migration(
        'migrations.AddField("item", "tags_anew", models.JSONField(db_index=True, default=list)),',
        after=[("shop", "0001_step")],
    ),
    migration(
        'migrations.RemoveField("item", "tags"), migrations.RenameField("item", "tags_anew", "tags"),',
        after=[("shop", "0002_step")],
    ),
    migration('migrations.AlterField("item", "name", models.CharField(max_length=20)),', after=[("shop", "0003_step")]),
]
"""A column is dropped, and another of the same type comes to bear its name: the index alone tells them apart."""

HISTORIES = {
    "one column for another": ONE_COLUMN_FOR_ANOTHER,
    "indexes taken back": INDEXES_TAKEN_BACK,
    "key of another type": KEY_OF_ANOTHER_TYPE,
    "one name for two": ONE_NAME_FOR_TWO,
}


def project_of(tmp_path: Path, database: Database, history: list[str]) -> Project:
    migrations = {f"{number:04}_step": text for number, text in enumerate(history, 1)}
    return make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)


def states(project: Project) -> dict[str, str]:
    report = project.manage("schemaguard", "check", "--format", "json", "shop").json
    return {each["name"][:4]: each["state"] for each in report["migrations"] if each["app"] == "shop"}


def checked(project: Project) -> dict[str, Any]:
    report: dict[str, Any] = project.manage("schemaguard", "check", "--format", "json").expect(0).json
    return report


def loud(report: dict[str, Any]) -> list[dict[str, Any]]:
    """All but notes, and that the app has no models."""
    return [
        each for each in report["findings"] if each["level"] in ("warning", "error") and each["problem"] != "unmigrated"
    ]


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_what_a_clean_migrate_leaves_is_in_sync(tmp_path: Path, database: Database, history: list[str]) -> None:
    project = project_of(tmp_path, database, history)
    project.manage("migrate").expect(0)

    report = checked(project)

    assert report["verdict"] == "in_sync"
    assert loud(report) == []


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_without_records_it_is_found_wherever_it_stopped(
    tmp_path: Path, database: Database, history: list[str]
) -> None:
    project = project_of(tmp_path, database, history)
    for last in range(1, len(history) + 1):
        project.manage("migrate", "shop", f"{last:04}_step").expect(0)
        rows = project.database.execute("SELECT app, name, applied FROM django_migrations WHERE app = 'shop'")
        project.database.script("DELETE FROM django_migrations WHERE app = 'shop'")
        # On SQLite the first is told from the end by nothing, not by the names of indexes: its editor makes them anew.
        if not (history is ONE_NAME_FOR_TWO and last == 1 and database.vendor == "sqlite"):
            found = states(project)
            assert {name for name, state in found.items() if state == "present"} == {
                f"{number:04}" for number in range(1, last + 1)
            }
        for app, name, applied in rows:
            project.database.script(
                f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', '{applied}')"
            )


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_index_that_stayed_is_made_again(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, INDEXES_TAKEN_BACK)
    project.manage("migrate").expect(0)
    clean = catalog_dump(project.database)
    stayed = [
        name
        for (name,) in project.database.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'shop_shelf' AND indexdef NOT LIKE '%UNIQUE%'"
        )
    ]
    project.database.script(";".join(f'DROP INDEX "{name}"' for name in stayed))

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert len(stayed) >= 6
    assert catalog_dump(project.database, without={"schemaguard_journal"}) == clean


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("squash", [True, False])
def test_a_squash_and_what_it_replaces_need_not_leave_the_same(
    tmp_path: Path, database: Database, squash: bool
) -> None:
    """Run one by one, the first of the replaced migrations makes its indexes and keys, and the second drops them."""
    taken_back = INDEXES_TAKEN_BACK[0]
    made, altered = taken_back.split("        migrations.AlterField", 1)
    one_by_one = {
        "0001_step": f"{made}    ]\n",
        "0002_step": migration(f"migrations.AlterField{altered.rpartition(']')[0]}", after=[("shop", "0001_step")]),
    }
    squashed = taken_back.replace(
        "operations =", "replaces = [('shop', '0001_step'), ('shop', '0002_step')]\n    operations ="
    )
    project = make_project(tmp_path, apps={"shop": {"migrations": one_by_one}}, database=database)
    if squash:
        project.write("shop/migrations/0001_squash.py", squashed)
    project.manage("migrate").expect(0)
    project.write("shop/migrations/0001_squash.py", squashed)

    assert loud(checked(project)) == []


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_key_that_is_gone_before_its_next_one_comes(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, KEY_OF_ANOTHER_TYPE)
    project.manage("migrate").expect(0)
    clean = catalog_dump(project.database)
    project.database.script(
        "DROP TABLE shop_note, shop_task, shop_owner; DELETE FROM django_migrations WHERE app = 'shop'"
    )
    project.manage("migrate", "shop", "0002_step").expect(0)
    project.database.script("ALTER TABLE shop_task DROP COLUMN id CASCADE")

    assert states(project) == {"0001": "applied", "0002": "applied", "0003": "partial"}
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert catalog_dump(project.database, without={"schemaguard_journal"}) == clean


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_operator_classes_that_are_the_default(tmp_path: Path, database: Database) -> None:
    history = [
        migration(
            f"""
            {OWNER}
            migrations.AddIndex("owner", models.Index(fields=["name"], name="by_name", opclasses=["text_ops"])),
            """
        )
    ]
    project = project_of(tmp_path, database, history)
    project.manage("migrate").expect(0)

    assert loud(checked(project)) == []


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_what_hung_on_a_column_that_code_dropped_is_not_missing(tmp_path: Path, database: Database) -> None:
    """The code spells the column, and nothing of the unique that goes with it."""
    history = [
        migration(
            f"""
            {OWNER}
            migrations.CreateModel(
                "Place",
                [{ID}, ("key", models.IntegerField()), ("owner", models.ForeignKey("shop.Owner", models.CASCADE))],
                options={{"unique_together": {{("key", "owner")}}}},
            ),
            """
        ),
        migration(
            """
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunPython(drop)],
                state_operations=[
                    migrations.AlterUniqueTogether("place", set()),
                    migrations.RemoveField("place", "owner"),
                ],
            ),
            """,
            after=[("shop", "0001_step")],
            imports="""
            def drop(apps, schema_editor):
                model = apps.get_model("shop", "Place")
                schema_editor.remove_field(model, model._meta.get_field("owner"))
            """,
        ),
    ]
    project = project_of(tmp_path, database, history)
    project.manage("migrate").expect(0)

    assert loud(checked(project)) == []


def test_a_step_that_cannot_be_told_in_sql_is_a_conflict(tmp_path: Path, database: Database) -> None:
    """A schema editor, or a field, of a third party may raise anything."""
    project = project_of(tmp_path, database, [migration(OWNER)])
    project.manage("migrate").expect(0)
    project.database.script("DROP TABLE shop_owner")
    project.write(
        "shop/models.py",
        """
        from django.db import connection

        class Editor(connection.SchemaEditorClass):
            def create_model(self, model):
                raise LookupError(f"no such thing as {model.__name__}")

        type(connection._connections["default"]).SchemaEditorClass = Editor
        """,
    )

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert report["verdict"] == "conflict"
    refused = project.manage("schemaguard", "reconcile", "--noinput").expect(1)
    assert "shop.0001_step: LookupError: no such thing as Owner" in refused.err


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_table_that_is_made_anew_after_a_rename_has_each_index_once(tmp_path: Path, database: Database) -> None:
    """Django names an index after its table; what stands there was named after the table's first name."""
    history = [
        migration(
            f"""
            {OWNER}
            migrations.CreateModel(
                "Mail",
                [{ID}, ("text", models.TextField()), ("owner", models.ForeignKey("shop.Owner", models.CASCADE))],
                options={{"db_table": "letter"}},
            ),
            """
        ),
        migration('migrations.AlterModelTable("mail", "mail"),', after=[("shop", "0001_step")]),
    ]
    project = project_of(tmp_path, database, history)
    project.manage("migrate").expect(0)
    project.database.script("ALTER TABLE mail DROP COLUMN text")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    indexes = project.database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'mail'")
    assert len(indexes) == 1
    assert loud(checked(project)) == []


def test_a_column_that_took_the_name_of_one_before_it_is_told_by_what_came_later(
    tmp_path: Path, database: Database
) -> None:
    project = project_of(tmp_path, database, ONE_COLUMN_FOR_ANOTHER)
    project.manage("migrate").expect(0)
    over_tags = (
        "SELECT indexname FROM pg_indexes WHERE tablename = 'shop_item' AND indexdef LIKE '%tags%'"
        if database.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shop_item' AND sql LIKE '%tags%'"
    )
    ((name,),) = project.database.execute(over_tags)
    project.database.execute(f'DROP INDEX "{name}"')
    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")

    assert states(project) == {"0001": "present", "0002": "partial", "0003": "partial", "0004": "present"}

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert loud(checked(project)) == []
    assert len(project.database.execute(over_tags)) == 1


OF_ITS_OWN_MIND = """

    def apply(self, project_state, schema_editor, collect_sql=False):
        return project_state
"""


def of_its_own_mind(tmp_path: Path, database: Database) -> Project:
    """The second migration has operations, and an `apply` that leaves them be."""
    left_be = migration(
        """
        migrations.AlterField("item", "code", models.CharField(max_length=9)),
        migrations.AddField("item", "note", models.TextField(null=True)),
        migrations.CreateModel("Never", [("id", models.BigAutoField(primary_key=True))]),
        """,
        after=[("shop", "0001_step")],
    )
    return project_of(
        tmp_path,
        database,
        [
            migration(
                f'migrations.CreateModel("Item", [{ID}, ("code", models.CharField(max_length=9, unique=True))]),'
            ),
            left_be + OF_ITS_OWN_MIND,
            migration(
                'migrations.AddField("item", "size", models.IntegerField(null=True)),', after=[("shop", "0002_step")]
            ),
        ],
    )


def test_a_migration_that_runs_nothing_of_what_it_says(tmp_path: Path, database: Database) -> None:
    project = of_its_own_mind(tmp_path, database)
    project.manage("migrate").expect(0)
    clean = catalog_dump(project.database)

    report = checked(project)
    assert report["verdict"] == "in_sync"
    assert loud(report) == []

    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    assert set(states(project).values()) == {"present"}
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert catalog_dump(project.database, without={"schemaguard_journal"}) == clean


def test_a_migration_that_may_run_nothing_is_not_taken_for_run(tmp_path: Path, database: Database) -> None:
    project = of_its_own_mind(tmp_path, database)
    project.manage("migrate", "shop", "0001").expect(0)
    assert states(project) == {"0001": "applied", "0002": "pending", "0003": "pending"}

    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    assert states(project) == {"0001": "present", "0002": "pending", "0003": "pending"}


def test_a_migration_with_a_way_of_its_own_to_run_is_like_any_other(tmp_path: Path, database: Database) -> None:
    """As django-two-factor-auth has one, to choose its operations by the vendor."""
    made = migration(f'migrations.CreateModel("Item", [{ID}]),')
    made += OF_ITS_OWN_MIND.replace(
        "return project_state", "return super().apply(project_state, schema_editor, collect_sql)"
    )
    project = project_of(tmp_path, database, [made])
    assert states(project) == {"0001": "pending"}

    project.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)
    assert states(project) == {"0001": "applied"}

    project.database.execute("DROP TABLE shop_item")
    assert states(project) == {"0001": "missing"}


def test_reconcile_leaves_it_to_such_a_migration_whether_it_runs(tmp_path: Path, database: Database) -> None:
    project = of_its_own_mind(tmp_path, database)
    project.manage("migrate", "shop", "0001").expect(0)
    before = catalog_dump(project.database)

    assert "its class decides" in project.manage("schemaguard", "reconcile", "--migrate", "--dry-run").expect(1).out
    project.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)

    after = catalog_dump(project.database, without={"schemaguard_journal"})
    assert "size" in after
    assert {"note", "shop_never"}.isdisjoint(after.replace(".", " ").split())
    assert set(before.splitlines()) - {line for line in before.splitlines() if "shop_item" in line} <= set(
        after.splitlines()
    )
    assert loud(checked(project)) == []


TOGETHER = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("a", models.CharField(max_length=9)), ("b", models.IntegerField())]),
        migrations.AlterIndexTogether("item", {{("a", "b")}}),
        """
    ),
    migration('migrations.AlterField("item", "a", models.CharField(max_length=20)),', after=[("shop", "0001_step")]),
]


def test_an_index_that_sqlite_forgets_when_it_makes_the_table_anew(tmp_path: Path, database: Database) -> None:
    """Django's SQLite editor knows no index_together since 5.1."""
    project = project_of(tmp_path, database, TOGETHER)
    project.manage("migrate").expect(0)

    assert loud(checked(project)) == []

    if database.vendor == "postgresql":
        ((name,),) = database.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%(a, b)'")
        database.execute(f'DROP INDEX "{name}"')
        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        assert [each["name"] for each in loud(report)] == [name]


def test_an_extension_is_made_on_postgresql_alone(tmp_path: Path, database: Database) -> None:
    operations = f'TrigramExtension(), migrations.CreateModel("Item", [{ID}]),'
    made = migration(operations, imports="from django.contrib.postgres.operations import TrigramExtension")
    project = project_of(tmp_path, database, [made])
    project.manage("migrate").expect(0)

    report = checked(project)
    assert loud(report) == []
    (state,) = {
        each["operations"][0]["state"]
        for each in report["migrations"]
        if (each["app"], each["name"][:4]) == ("shop", "0001")
    }
    assert state == ("done" if database.vendor == "postgresql" else "invisible")


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


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_handler_of_post_migrate_goes_on_where_the_migrations_end(tmp_path: Path, database: Database) -> None:
    made = migration(
        """
        migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True))]),
        migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))]),
        """
    )
    source: Any = {"migrations": {"0001_initial": made}, "files": {"apps.py": HANDLER}}
    project = make_project(tmp_path, apps={"shop": source}, database=database)
    project.manage("migrate").expect(0)

    report = checked(project)
    assert report["verdict"] == "in_sync"
    assert loud(report) == []

    database.execute("ALTER TABLE shop_thing ALTER COLUMN id TYPE bigint")
    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert [each["table"] for each in loud(report)] == ["shop_thing"]


WITHOUT_ITS_CONSTRAINTS = [
    migration(
        f"""
        migrations.CreateModel("Item", [
            {ID},
            ("kind", models.CharField(max_length=9)),
            ("price", models.IntegerField()),
        ], options={{"unique_together": {{("kind", "price")}}}}),
        migrations.RunSQL("ALTER TABLE shop_item ADD CONSTRAINT price_check CHECK (price <> 0)"),
        """
    ),
    migration(
        """
        migrations.RunSQL("ALTER TABLE shop_item ADD CONSTRAINT kind_check CHECK (kind <> '')"),
        migrations.RenameField("item", "kind", "sort"),
        """,
        after=[("shop", "0001_step")],
    ),
    migration(
        """
        migrations.AddField("item", "credit", models.IntegerField(null=True)),
        migrations.AddConstraint("item", models.CheckConstraint(CHECK=models.Q(credit__gt=0), name="credit_check")),
        migrations.AddConstraint("item", models.CheckConstraint(CHECK=models.Q(credit__lt=9), name="low_check")),
        """.replace("CHECK=", "condition=" if django.VERSION >= (5, 1) else "check="),
        after=[("shop", "0002_step")],
    ),
    migration(
        """
        migrations.AlterUniqueTogether("item", {("sort",)}),
        migrations.RemoveField("item", "price"),
        """,
        after=[("shop", "0003_step")],
    ),
    migration('migrations.AlterField("item", "sort", models.CharField(max_length=20)),', after=[("shop", "0004_step")]),
]
"""A dump without its constraints, and without records: what tells most of the history is gone."""


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("nullable", [False, True])
def test_a_dump_without_its_constraints_and_records(tmp_path: Path, database: Database, nullable: bool) -> None:
    project = project_of(tmp_path, database, WITHOUT_ITS_CONSTRAINTS)
    project.manage("migrate").expect(0)
    database.execute("INSERT INTO shop_item (sort, credit) VALUES ('a', 1)")
    clean = catalog_dump(project.database)
    constraints = database.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'shop_item'::regclass AND contype IN ('c', 'u')"
    )
    database.script(";".join(f"ALTER TABLE shop_item DROP CONSTRAINT {name}" for (name,) in constraints))
    if nullable:
        database.execute("ALTER TABLE shop_item ALTER COLUMN sort DROP NOT NULL")
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")

    options = ["--on-conflict", "alter"] if nullable else []
    project.manage("schemaguard", "reconcile", "--noinput", *options).expect(0)

    assert len(constraints) == 4
    assert catalog_dump(project.database, without={"schemaguard_journal"}) == clean
    assert database.execute("SELECT sort, credit FROM shop_item") == [("a", 1)]
    assert loud(checked(project)) == []


MADE_ANEW = [
    migration(f"{OWNER}"),
    migration(
        f"""
        migrations.CreateModel("Signal", [{ID}, ("name", models.CharField(max_length=9))]),
        migrations.CreateModel("Task", [{ID}, ("signal", models.ForeignKey("shop.Signal", models.CASCADE))]),
        """,
        after=[("shop", "0001_step")],
    ),
    migration(
        """
        migrations.RemoveField("task", "signal"),
        migrations.DeleteModel("Signal"),
        migrations.DeleteModel("Task"),
        """,
        after=[("shop", "0002_step")],
    ),
]
MADE_ANEW.append(MADE_ANEW[1].replace("0001_step", "0003_step"))
"""django-huey-monitor's: a migration drops the tables, the next one makes them again as they were."""


def test_tables_that_were_made_anew_are_not_dropped_again(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, MADE_ANEW)
    project.manage("migrate").expect(0)
    database.script("INSERT INTO shop_signal (name) VALUES ('x'); DELETE FROM django_migrations WHERE app = 'shop'")

    assert states(project) == dict.fromkeys(["0001", "0002", "0003", "0004"], "present")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT name FROM shop_signal") == [("x",)]


def test_tables_that_are_to_be_made_anew_are_pending(tmp_path: Path, database: Database) -> None:
    """With the records as a deployment leaves them, it is the next that drops them."""
    project = project_of(tmp_path, database, MADE_ANEW)
    project.manage("migrate", "shop", "0002").expect(0)

    assert states(project) == {"0001": "applied", "0002": "applied", "0003": "pending", "0004": "pending"}
    project.manage("migrate").expect(0)
    assert states(project) == dict.fromkeys(["0001", "0002", "0003", "0004"], "applied")


LABELS = [
    migration("migrations.RunSQL(\"CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE size AS ENUM ('big')\"),"),
    migration("migrations.RunSQL(\"ALTER TYPE size ADD VALUE 'small'\"),", after=[("shop", "0001_step")]),
    migration("migrations.RunSQL('DROP TYPE size'),", after=[("shop", "0002_step")]),
    migration("migrations.RunSQL(\"ALTER TYPE mood ADD VALUE 'happy'\"),", after=[("shop", "0003_step")]),
]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_the_labels_of_an_enum_tell_what_has_run(tmp_path: Path, database: Database, last: int) -> None:
    """procrastinate's last migrations add one, and leave nothing else to see; to run them again fails."""
    project = project_of(tmp_path, database, LABELS)
    project.manage("migrate", "shop", f"{last:04}").expect(0)
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")

    assert [name for name, state in states(project).items() if state == "present"] == ["0001", "0002", "0003", "0004"][
        :last
    ]

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []


RENAMED_WITH_ITS_INDEX = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("kind", models.CharField(max_length=9, db_index=True))]),
        """
    ),
    migration('migrations.RenameModel("Item", "Thing"),', after=[("shop", "0001_step")]),
]
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_thing' ORDER BY 1"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("kind", ["text", "varchar(20)"])
def test_the_index_for_like_keeps_its_name_where_the_type_is_altered_back(
    tmp_path: Path, database: Database, kind: str
) -> None:
    """The schema editor makes it anew, by the name that the table has now."""
    project = project_of(tmp_path, database, RENAMED_WITH_ITS_INDEX)
    project.manage("migrate").expect(0)
    clean = database.execute(INDEXES)
    database.execute(f"ALTER TABLE shop_thing ALTER COLUMN kind TYPE {kind}")

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    assert database.execute(INDEXES) == clean
    assert sum("shop_item_kind" in definition for (definition,) in clean) == 2
    assert loud(checked(project)) == []


ANOTHER_OF_ITS_NAME = [
    migration(f'migrations.CreateModel("Beta", [{ID}, ("two", models.TextField(null=True))]),'),
    migration(
        f"""
        migrations.RenameModel("Beta", "Alpha"),
        migrations.DeleteModel("Alpha"),
        migrations.CreateModel("Gamma", [{ID}]),
        """,
        after=[("shop", "0001_step")],
    ),
    migration('migrations.RenameModel("Gamma", "Alpha"),', after=[("shop", "0002_step")]),
    migration(
        f'migrations.CreateModel("Beta", [{ID}, ("two", models.IntegerField(default=3))]),',
        after=[("shop", "0003_step")],
    ),
]


@pytest.mark.parametrize("last", [1, 4])
def test_of_two_tables_of_one_name_and_the_same_columns_the_types_tell(
    tmp_path: Path, database: Database, last: int
) -> None:
    project = project_of(tmp_path, database, ANOTHER_OF_ITS_NAME)
    project.manage("migrate", "shop", f"{last:04}").expect(0)
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    recorded = database.execute("SELECT count(*) FROM django_migrations WHERE app = 'shop'")
    assert recorded == [(last,)]
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []


REMOVED_AT_ONCE = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("kind", models.CharField(max_length=9))],
            options={{"indexes": [models.Index(fields=["kind"], name="shop_kind")]}}),
        migrations.RemoveIndex("item", "shop_kind"),
        """
    ),
]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_index_that_its_own_migration_removes(tmp_path: Path, database: Database) -> None:
    """The editor makes it only at the end: Django 4.2 does so all the same, since 5.2 it forgets it."""
    project = project_of(tmp_path, database, REMOVED_AT_ONCE)
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []


ALTERED_KEY = [
    migration(f'migrations.CreateModel("Owner", [{ID}]),'),
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("owner", models.ForeignKey("shop.Owner", models.CASCADE))]),
        migrations.AddField("owner", "items", models.ManyToManyField("shop.Item", related_name="+")),
        migrations.AlterField("owner", "id", models.AutoField(primary_key=True)),
        """,
        after=[("shop", "0001_step")],
    ),
    migration(
        'migrations.AlterField("owner", "id", models.BigAutoField(primary_key=True)),', after=[("shop", "0002_step")]
    ),
]
FOREIGN_KEYS = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("last", "keys"), [(2, 5), (3, 3)])
def test_foreign_keys_that_an_altered_key_doubles(tmp_path: Path, database: Database, last: int, keys: int) -> None:
    """NEMO_user_chemicals': one is made at once, as if it had been dropped, and one at the end of the migration."""
    project = project_of(tmp_path, database, ALTERED_KEY)
    project.manage("migrate", "shop", f"{last:04}").expect(0)

    assert database.execute(FOREIGN_KEYS) == [(keys,)]
    assert loud(checked(project)) == []

    database.execute("DELETE FROM django_migrations")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute(FOREIGN_KEYS) == [(3,)]
    assert loud(checked(project)) == []


THROUGH = [
    migration(
        f"""
        migrations.CreateModel("Group", [{ID}]),
        migrations.CreateModel("Event", [{ID}, ("groups", models.ManyToManyField("shop.Group"))]),
        """
    ),
    migration(
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
        after=[("shop", "0001_step")],
    ),
    migration('migrations.AlterUniqueTogether("eventgroup", {("event", "group")}),', after=[("shop", "0002_step")]),
]
UNIQUES = "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = 'shop_eventgroup'::regclass ORDER BY 1"


@pytest.mark.parametrize("last", [2, 3])
def test_an_automatic_table_that_becomes_a_model_and_is_unique_once_more(
    tmp_path: Path, database: Database, last: int
) -> None:
    """As Django's documentation tells it, and unique_together after that: it has that twice."""
    project = project_of(tmp_path, database, THROUGH)
    project.manage("migrate", "shop", f"{last:04}").expect(0)
    assert loud(checked(project)) == []
    if database.vendor == "postgresql" and last == 3:
        uniques = database.execute(UNIQUES)
        assert len(uniques) == 2
        database.execute(f"ALTER TABLE shop_eventgroup DROP CONSTRAINT {uniques[-1][0]}")
        assert [each["kind"] for each in loud(project.manage("schemaguard", "check", "--format", "json").json)] == [
            "unique"
        ]
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert database.execute(UNIQUES) == uniques

    database.execute("DELETE FROM django_migrations")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []


INDEX_BY_HAND = """
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.AlterIndexTogether("room", {("house", "number")})],
    database_operations=[migrations.RunSQL("CREATE INDEX room_by_hand ON shop_room (house, number)")],
),
"""
ROOM = f"""
migrations.CreateModel("Room", [{ID}, ("house", models.IntegerField()), ("number", models.IntegerField())]),
"""
OURS = {"schemaguard_journal", "sqlite_sequence"}
MADE_BY_SQL = {
    "renamed": [
        migration(ROOM + INDEX_BY_HAND),
        migration(
            'migrations.RenameIndex("room", new_name="room_idx", old_fields=("house", "number")),',
            after=[("shop", "0001_step")],
        ),
    ],
    "removed": [
        migration(ROOM + INDEX_BY_HAND),
        migration('migrations.AlterIndexTogether("room", set()),', after=[("shop", "0001_step")]),
    ],
}
"""edx-enterprise's: Django finds what stands for index_together by its columns, whoever made it."""


@pytest.mark.parametrize("history", MADE_BY_SQL.values(), ids=MADE_BY_SQL)
def test_index_together_that_sql_made_is_found_by_its_columns(
    tmp_path: Path, database: Database, history: list[str]
) -> None:
    project = project_of(tmp_path, database, history)
    project.manage("migrate").expect(0)
    clean = catalog_dump(database, without=OURS)
    assert loud(checked(project)) == []

    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert catalog_dump(database, without=OURS) == clean
    assert loud(checked(project)) == []


LONG_NAME = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}], options={{"db_table": "{"t" * 70}"}}),
        migrations.CreateModel("Part", [{ID}, ("item", models.ForeignKey("shop.Item", models.CASCADE))]),
        """
    ),
]


def test_a_table_whose_name_the_server_cuts(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, LONG_NAME)
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []

    database.execute("DROP TABLE shop_part")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert loud(checked(project)) == []


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


def theirs(tmp_path: Path, database: Database, operations: str) -> Project:
    first = migration(ROOM + 'migrations.AddIndex("room", models.Index(fields=["number"], name="room_i")),')
    second = migration(operations, after=[("shop", "0001_initial")], imports="from shop import own")
    source: Any = {"migrations": {"0001_initial": first, "0002_own": second}, "files": {"own.py": OF_THEIR_OWN}}
    project = make_project(tmp_path, apps={"shop": source}, database=database)
    project.manage("migrate").expect(0)
    return project


@pytest.mark.parametrize("kind", ["AsksTheApps", "TellsNothing"])
def test_an_index_that_writes_its_own_sql_is_not_dropped(tmp_path: Path, database: Database, kind: str) -> None:
    """django-tasks-db's: it takes the place, and the name, of an index that its migration removes."""
    again = f"""
    migrations.RemoveIndex("room", "room_i"),
    migrations.AddIndex("room", own.{kind}(fields=["house"], name="room_i")),
    """
    project = theirs(tmp_path, database, again)
    clean = catalog_dump(database)

    assert loud(checked(project)) == []
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert catalog_dump(database) == clean

    database.execute("DROP INDEX room_i")
    found = loud(project.manage("schemaguard", "check", "--format", "json").json)
    assert [each["name"] for each in found] == (["room_i"] if kind == "AsksTheApps" else [])


@pytest.mark.parametrize("kind", ["AsksTheApps", "TellsNothing"])
def test_an_index_that_writes_its_own_sql_is_nobody_elses(tmp_path: Path, database: Database, kind: str) -> None:
    added = f'migrations.AddIndex("room", own.{kind}(fields=["house"], name="own_i")),'
    assert loud(checked(theirs(tmp_path, database, added))) == []


@pytest.mark.parametrize("kind", ["RemoveLater", "RemoveNow"])
def test_a_field_that_is_removed_later(tmp_path: Path, database: Database, kind: str) -> None:
    """django-deferred-migrations': the column is to stay for now, and may be gone as well."""
    project = theirs(tmp_path, database, f'own.{kind}("room", "house"),')
    assert loud(checked(project)) == []

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    there = "SELECT count(house) FROM shop_room"
    if kind == "RemoveLater":
        assert database.execute(there) == [(0,)]
    else:
        with pytest.raises(Exception, match="house"):
            database.execute(there)

    if kind == "RemoveNow":
        database.execute("ALTER TABLE shop_room ADD COLUMN house integer")
    else:
        database.execute("ALTER TABLE shop_room DROP COLUMN house")
    found = loud(project.manage("schemaguard", "check", "--format", "json").json)
    assert [each["name"] for each in found] == (["house"] if kind == "RemoveNow" else [])


GIN = [
    migration(
        f"""
        migrations.CreateModel("Item", [{ID}, ("data", models.JSONField())]),
        migrations.AddIndex("item", GinIndex(fields=["data"], name="item_data")),
        """,
        imports="from django.contrib.postgres.indexes import GinIndex",
    ),
]


def test_an_index_of_postgresql_is_a_plain_one_elsewhere(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, GIN)
    project.manage("migrate").expect(0)
    assert loud(checked(project)) == []


CASE = [
    migration(f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(db_index=True))]),'),
    migration(
        f"""
        migrations.CreateModel("Book", [{ID}, ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE))]),
        migrations.AlterModelTable("shelf", "Shop_Shelf"),
        """,
        after=[("shop", "0001_step")],
    ),
    migration('migrations.AddField("shelf", "size", models.IntegerField(null=True)),', after=[("shop", "0002_step")]),
]
"""SQLite does not tell upper case from lower: Django does nothing there. PostgreSQL renames the table."""


@pytest.mark.parametrize("last", [1, 2, 3])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_table_whose_name_is_altered_by_its_case_alone(
    tmp_path: Path, database: Database, last: int, recorded: bool
) -> None:
    project = project_of(tmp_path, database, CASE)
    project.manage("migrate", "shop", f"{last:04}").expect(0)
    if not recorded:
        database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    report = checked(project)
    assert report["verdict"] == "in_sync"
    assert loud(report) == []


def test_a_clean_database_at_each_step_of_such_a_history(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, CASE)
    for last in (1, 2, 3):
        project.manage("migrate", "shop", f"{last:04}").expect(0)
        assert states(project) == {f"{n:04}": "applied" if n <= last else "pending" for n in (1, 2, 3)}
        assert loud(checked(project)) == []


def test_an_index_over_a_field_that_is_renamed_later_is_over_it_still(tmp_path: Path, database: Database) -> None:
    """Django leaves the former name in the indexes and constraints of its state; the database renames it there too."""
    made = """
    migrations.CreateModel("Thing", [
        ("id", models.BigAutoField(primary_key=True)), ("a", models.IntegerField()), ("c", models.IntegerField()),
    ]),
    migrations.AddIndex("thing", models.Index(fields=["a"], name="thing_a")),
    migrations.AddConstraint("thing", models.UniqueConstraint(fields=["a", "c"], name="thing_a_c")),
    """
    renamed = """
    migrations.RenameField("thing", "a", "between"),
    migrations.RenameField("thing", "between", "b"),
    migrations.RenameModel("Thing", "Item"),
    """
    migrations = {"0001_initial": migration(made), "0002_b": migration(renamed, after=[("shop", "0001_initial")])}
    project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
    project.manage("migrate").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(0).json

    assert [each["message"] for each in report["findings"] if each["problem"] != "unmigrated"] == []
    database.script("DROP INDEX thing_a")
    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert [(each["name"], each["columns"]) for each in report["findings"] if each["problem"] == "missing"] == [
        ("thing_a", ["b"])
    ]
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("command", [["check"], ["reconcile", "--dry-run"], ["reconcile", "--noinput"]])
def test_what_an_operation_prints_is_no_part_of_the_document(
    tmp_path: Path, database: Database, command: list[str]
) -> None:
    """It is asked for its SQL while the plan is made."""
    talkative = migration(
        f"""
        {OWNER}
        Talkative("owner", "age", models.IntegerField(null=True)),
        """,
        imports="""
class Talkative(migrations.AddField):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        print("an operation")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
""",
    )
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_step": talkative}}}, database=database)
    project.manage("migrate").expect(0)
    database.script("ALTER TABLE shop_owner DROP COLUMN age; DELETE FROM django_migrations")
    result = project.manage("schemaguard", *command, "--format", "json")
    assert "an operation" in result.err
    assert json.loads(result.out)["format"] == 1
