"""Views, functions, triggers and rules that SQL of a migration makes: dropped, or replaced by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.location.odd_histories import DROPS_WITH_CASCADE
from tests.shop import reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models


class Item(models.Model):
    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=9)
    price = models.IntegerField(default=0)


class Note(models.Model):
    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.CASCADE)
    text = models.CharField(max_length=9)
"""
INITIAL = migration(
    """
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("kind", models.CharField(max_length=9)),
        ("price", models.IntegerField(default=0)),
    ]),
    migrations.CreateModel("Note", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("item", models.ForeignKey("shop.item", models.CASCADE)),
        ("text", models.CharField(max_length=9)),
    ]),
    """
)
POSTGRESQL = """
CREATE VIEW shop_dear AS
    SELECT i.id, i.kind, count(n.*) AS notes, (SELECT max(text) FROM shop_note WHERE item_id = i.id) AS "Last"
      FROM shop_item i LEFT JOIN shop_note n ON n.item_id = i.id
     WHERE i.price > 10 AND i.kind IN ('a', 'b') GROUP BY i.id ORDER BY i.id;
CREATE VIEW shop_all (a, b) AS SELECT *, 1 AS one FROM shop_note;
CREATE MATERIALIZED VIEW shop_sums AS WITH s AS (SELECT sum(price) AS total FROM shop_item) SELECT total FROM s;
CREATE UNIQUE INDEX shop_sums_total ON shop_sums (total);
CREATE FUNCTION shop_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.text := upper(NEW.text);  -- loud
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION shop_add(a int, b numeric(9, 2) DEFAULT 1, OUT c numeric) IMMUTABLE
    AS 'SELECT a + b' LANGUAGE sql;
CREATE TRIGGER shop_loud BEFORE INSERT OR UPDATE OF text ON shop_note
    FOR EACH ROW WHEN (NEW.text <> 'x' AND NEW.item_id IN (1, 2)) EXECUTE PROCEDURE shop_stamp();
CREATE TRIGGER shop_twice AFTER INSERT ON shop_note EXECUTE FUNCTION shop_stamp(Text, 'a''b', 1);
CREATE TRIGGER shop_twice AFTER INSERT ON shop_item EXECUTE FUNCTION shop_stamp();
CREATE RULE shop_keep AS ON DELETE TO shop_item WHERE old.price > 5 DO INSTEAD NOTHING
"""
SQLITE = """
CREATE VIEW shop_dear AS SELECT id, kind FROM shop_item WHERE /* dear */ price > 10;
CREATE TRIGGER shop_loud AFTER INSERT ON shop_note WHEN new.text <> 'x' BEGIN
    UPDATE shop_note SET text = upper(text) WHERE id = new.id;
END
"""
AGAIN = migration(
    'migrations.RunSQL("CREATE OR REPLACE FUNCTION shop_add(a int, b numeric DEFAULT 1, OUT c numeric) IMMUTABLE '
    "AS 'SELECT a + b + 1' LANGUAGE sql\"),",
    after=[("shop", "0002_things")],
)


def migrated(path: Path, database: Database, **more: str) -> Project:
    sql = POSTGRESQL if database.vendor == "postgresql" else SQLITE
    things = migration(f"migrations.RunSQL({sql!r}),", after=[("shop", "0001_initial")])
    migrations = {"0001_initial": INITIAL, "0002_things": things, **more}
    project = make_project(path, apps={"shop": {"models": MODELS, "migrations": migrations}}, database=database)
    project.manage("migrate").expect(0)
    return project


def found(project: Project) -> list[Any]:
    """(level, kind, message, hint) of each finding of a check, its verdict last."""
    document = project.manage("schemaguard", "check", "--format", "json").json
    findings = [(each["level"], each["kind"], each["message"], each["hint"]) for each in document["findings"]]
    return [*findings, document["verdict"]]


HINT = "manage.py schemaguard reconcile"
ALTER = f"{HINT} --on-conflict alter"


def dump(database: Database) -> str:
    return catalog_dump(database, without=("schemaguard_journal",))


def test_all_are_silent_as_they_were_made(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)

    assert found(project) == ["in_sync"]


@pytest.mark.parametrize(("kind", "name"), [("view", "shop_dear"), ("trigger", "shop_loud")])
def test_one_that_was_dropped_is_made_again(tmp_path: Path, database: Database, kind: str, name: str) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    on = " on shop_note" if kind == "trigger" else ""
    database.script(f"DROP {kind.upper()} {name}{on if database.vendor == 'postgresql' else ''}")

    missing = ("error", kind, f"{kind} {name}{on} is missing; shop.0002_things makes it", HINT)
    assert found(project) == [missing, "reconcilable"]
    reconcile(project)

    assert dump(database) == clean
    assert found(project) == ["in_sync"]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("trouble", "what"),
    [
        ("DROP FUNCTION shop_add", ("function", "function shop_add")),
        ("DROP RULE shop_keep ON shop_item", ("rule", "rule shop_keep on shop_item")),
        ("DROP TRIGGER shop_twice ON shop_note", ("trigger", "trigger shop_twice on shop_note")),
        ("DROP MATERIALIZED VIEW shop_sums", ("view", "view shop_sums")),
    ],
)
def test_one_of_postgresql_that_was_dropped_is_made_again(
    tmp_path: Path, database: Database, trouble: str, what: tuple[str, str]
) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.script(trouble)

    missing = ("error", what[0], f"{what[1]} is missing; shop.0002_things makes it", HINT)
    assert found(project) == [missing, "reconcilable"]
    reconcile(project)

    assert dump(database) == clean
    assert found(project) == ["in_sync"]


@pytest.mark.parametrize(
    ("trouble", "what", "attribute"),
    [
        (
            "CREATE OR REPLACE VIEW shop_dear AS "
            "SELECT id, kind, 1::bigint AS notes, NULL::text AS \"Last\" FROM shop_item",
            ("view", "view shop_dear"), "query",
        ),
        ("DROP VIEW shop_dear; CREATE VIEW shop_dear AS SELECT 1 AS x", ("view", "view shop_dear"), "query"),
        (
            "DROP MATERIALIZED VIEW shop_sums;"
            "CREATE MATERIALIZED VIEW shop_sums AS SELECT sum(price) + 1 AS total FROM shop_item",
            ("view", "view shop_sums"), "query",
        ),
        (
            "CREATE OR REPLACE FUNCTION shop_stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            ("function", "function shop_stamp"), "body",
        ),
        ("ALTER FUNCTION shop_add VOLATILE", ("function", "function shop_add"), "volatility"),
        (
            "DROP TRIGGER shop_loud ON shop_note;"
            "CREATE TRIGGER shop_loud BEFORE INSERT OR UPDATE OF text ON shop_note "
            "FOR EACH ROW WHEN (NEW.text <> 'x' AND NEW.item_id IN (1, 3)) EXECUTE FUNCTION shop_stamp()",
            ("trigger", "trigger shop_loud on shop_note"), "condition",
        ),
        (
            "CREATE OR REPLACE RULE shop_keep AS ON DELETE TO shop_item WHERE old.price > 6 DO INSTEAD NOTHING",
            ("rule", "rule shop_keep on shop_item"), "condition",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_one_that_was_replaced_is_a_conflict_and_made_anew(
    tmp_path: Path, database: Database, trouble: str, what: tuple[str, str], attribute: str
) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.script(trouble)

    message = f"{what[1]} is another one than shop.0002_things makes it (another {attribute}); no migration makes it so"
    assert found(project) == [("error", what[0], message, ALTER), "conflict"]
    assert refused(project) == (
        f"{what[1]} is another one than the migrations make; --on-conflict alter makes it anew, --on-conflict accept "
        "leaves it as it is; nothing was changed"
    )
    reconcile(project, "--on-conflict", "alter")

    assert dump(database) == clean
    assert found(project) == ["in_sync"]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_view_of_sqlite_that_was_replaced(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.script("DROP VIEW shop_dear; CREATE VIEW shop_dear AS SELECT id, kind FROM shop_item WHERE price > 11")

    message = (
        "view shop_dear is another one than shop.0002_things makes it (another definition); no migration makes it so"
    )
    assert found(project) == [("error", "view", message, ALTER), "conflict"]
    reconcile(project, "--on-conflict", "alter")

    assert dump(database) == clean


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_trigger_that_is_switched_off_is_told(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.script("ALTER TABLE shop_note DISABLE TRIGGER shop_loud")

    message = "trigger shop_loud on shop_note is switched off; shop.0002_things makes it"
    assert found(project) == [("error", "trigger", message, ALTER), "conflict"]
    reconcile(project, "--on-conflict", "alter")

    assert dump(database) == clean


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_earlier_definition_of_its_own_history_is_made_the_later_one(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database, **{"0003_again": AGAIN})
    assert found(project) == ["in_sync"]
    clean = dump(database)
    database.script(
        "CREATE OR REPLACE FUNCTION shop_add(a int, b numeric DEFAULT 1, OUT c numeric) IMMUTABLE AS 'SELECT a + b' "
        "LANGUAGE sql"
    )

    message = (
        "function shop_add is another one than shop.0003_again makes it (another body); an earlier migration made it so"
    )
    assert found(project) == [("error", "function", message, HINT), "reconcilable"]
    reconcile(project)

    assert dump(database) == clean
    assert found(project) == ["in_sync"]


LATER = {
    "renamed": 'migrations.RenameField("item", "price", "cost"), migrations.RenameModel("Note", "Remark"),',
    "removed": 'migrations.RemoveField("item", "price"),',
    "added": 'migrations.AddField("note", "more", models.IntegerField(null=True)),',
    "code": "migrations.RunPython(code),",
}
CODE = """
def code(apps, schema_editor):
    schema_editor.execute("DROP VIEW IF EXISTS shop_dear")
"""


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("later", LATER)
def test_what_later_migrations_do_to_them_is_no_finding(tmp_path: Path, database: Database, later: str) -> None:
    last = migration(LATER[later], after=[("shop", "0002_things")], imports=CODE)
    if later == "removed" and not DROPS_WITH_CASCADE:  # it ran when Django did
        project = migrated(tmp_path, database)
        database.script("ALTER TABLE shop_item DROP COLUMN price CASCADE")
        project.write("shop/migrations/0003_later.py", last)
        project.manage("migrate", "--fake").expect(0)
    else:
        project = migrated(tmp_path, database, **{"0003_later": last})

    assert [each for each in found(project) if each[0] == "error"] == []


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_triggers_that_sqlite_loses_with_a_table_made_anew_are_no_finding(tmp_path: Path, database: Database) -> None:
    last = migration(
        'migrations.AlterField("note", "text", models.CharField(max_length=99)),', after=[("shop", "0002_things")]
    )
    project = migrated(tmp_path, database, **{"0003_later": last})

    assert [each for each in found(project) if each[0] == "error"] == []


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_what_a_triggers_function_is_handed_is_a_text_however_it_is_written(tmp_path: Path, database: Database) -> None:
    trigger = migration(
        """
        migrations.RunSQL(
            "CREATE TRIGGER shop_same BEFORE UPDATE ON shop_note FOR EACH ROW EXECUTE FUNCTION "
            "suppress_redundant_updates_trigger(Body, 'it''s', 7)",
            "DROP TRIGGER shop_same ON shop_note",
        ),
        """,
        after=[("shop", "0002_things")],
    )
    project = migrated(tmp_path, database, **{"0003_trigger": trigger})
    assert found(project) == ["in_sync"]
