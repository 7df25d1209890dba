"""Rows that a role does not see are not lost: what cannot be counted is not dropped. Real roles, real policies."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.db.transaction import atomic

from schemaguard.exceptions import CannotCount
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.objects import Schema
from tests.harness import Database, Project, catalog_dump
from tests.push.stories import project_with, push, write_models
from tests.shop import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
UNSEEN = 'query would be affected by row-level security policy for table "{}"; it takes a role that may see all of them'


@contextmanager
def owner(database: Database) -> Iterator[Database]:
    """The database as a role that owns all its tables and is no superuser."""
    role = f"sg_{uuid.uuid4().hex[:12]}"
    database.script(
        f"""
        CREATE ROLE {role} LOGIN;
        GRANT ALL ON SCHEMA public TO {role};
        DO $$ DECLARE t text; BEGIN
          FOR t IN SELECT format('%I', relname) FROM pg_class
                    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          LOOP EXECUTE 'ALTER TABLE ' || t || ' OWNER TO {role}'; END LOOP; END $$;
        """
    )
    try:
        yield replace(database, user=role)
    finally:
        database.script(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


@pytest.fixture
def owned(shop: Project) -> Iterator[Project]:
    with owner(shop.database) as database:
        yield shop.on(database)


def hide(database: Database, table: str) -> None:
    """The policy shows no row, to the table's owner neither."""
    database.script(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY mine ON {table} USING (false) WITH CHECK (true)"
    )


def refused(project: Project, *argv: str) -> str:
    """The one line of a command that must end with 1 and leave the catalog as it is."""
    before = catalog_dump(project.database)
    said = project.manage("schemaguard", *argv).expect(1).err.removeprefix("schemaguard: ").rstrip("\n")
    assert catalog_dump(project.database) == before
    assert len(said.splitlines()) == 1
    return said


IN_THE_WAY = {
    "dropped": (
        "ALTER TABLE shop_product ADD COLUMN stock integer NULL; UPDATE shop_product SET stock = 7",
        "shop.0008_no_stock: nobody can say how many rows of shop_product (stock) hold a value in a column that is "
        "dropped",
    ),
    "narrowed": (
        "ALTER TABLE shop_product ALTER COLUMN code TYPE text; UPDATE shop_product SET code = repeat('x', 41) || id",
        "shop.0004_rules: nobody can say how many rows of shop_product (code) are longer than character varying(40) "
        "allows",
    ),
    "rounded": (
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, ALTER COLUMN price TYPE numeric;"
        "UPDATE shop_product SET price = 3.7",
        "shop.0001_initial: nobody can say how many rows of shop_product (price) would not keep their value as integer",
    ),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_reconcile_refuses_what_a_policy_hides(owned: Project, name: str) -> None:
    sql, message = IN_THE_WAY[name]
    owned.database.script(sql)
    hide(owned.database, "shop_product")
    argv = ("reconcile", "--on-conflict", "alter")

    assert refused(owned, *argv, "--noinput") == f"{message}: {UNSEEN.format('shop_product')}; nothing was changed"
    assert refused(owned, *argv, "--noinput", "--accept-data-loss").startswith(message)
    assert message in owned.manage("schemaguard", *argv, "--dry-run").expect(1).out


def test_reconcile_goes_on_where_nothing_is_lost(owned: Project) -> None:
    """Policies are no reason to refuse an index, a column that is added, a type that holds every value."""
    owned.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq, ALTER COLUMN code TYPE varchar(20);"
        "ALTER TABLE shop_customer DROP COLUMN email"
    )
    for table in ("shop_product", "shop_customer"):
        hide(owned.database, table)
    reconcile(owned, "--on-conflict", "alter")


def test_the_setting_is_put_back(database: Database, connect: Any) -> None:
    """Code of a migration that runs later in the transaction is to see what its role sees."""
    with owner(database) as owned, connect(owned) as connection, atomic():
        counter = Counter(connection, Schema(vendor="postgresql"))
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE seen (a integer)")
            cursor.execute("CREATE TEMPORARY TABLE unseen (a integer)")
            cursor.execute("ALTER TABLE unseen ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        assert counter.lost(Rows(kind="rows_dropped", table="seen", columns=(), what="go")) == 0
        with pytest.raises(CannotCount):
            counter.lost(Rows(kind="rows_dropped", table="unseen", columns=(), what="go"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('row_security')")
            assert cursor.fetchone() == ("on",)


def test_reconcile_refuses_what_it_may_not_read(owned: Project) -> None:
    owned.database.script(IN_THE_WAY["dropped"][0])
    role = owned.database.user
    owned.database.script(
        f"REVOKE SELECT ON shop_product FROM {role}; GRANT SELECT (id, code, price) ON shop_product TO {role}"
    )
    argv = ("reconcile", "--noinput", "--on-conflict", "alter", "--accept-data-loss")
    said = owned.manage("schemaguard", *argv).expect(2)
    assert said.err == (
        'schemaguard: database "default": permission denied for table shop_product; a check needs SELECT there\n'
    )
    assert owned.database.execute("SELECT count(*) FROM pg_attribute WHERE attname = 'stock'") == [(1,)]


def test_values_that_children_of_a_table_have_are_counted(shop: Project) -> None:
    """DROP COLUMN goes down to them, whatever schema they are in."""
    shop.database.script(
        "ALTER TABLE shop_product ADD COLUMN stock integer NULL; CREATE SCHEMA elsewhere;"
        "CREATE TABLE elsewhere.old_product () INHERITS (shop_product);"
        "INSERT INTO elsewhere.old_product (id, code, price, stock) VALUES (9, 'old', 1, 7)"
    )
    assert refused(shop, "reconcile", "--noinput", "--on-conflict", "alter").startswith(
        "1 row of shop_product (stock) holds a value in a column that is dropped (for example id 9; "
    )


def test_undo_refuses_what_a_policy_hides(owned: Project) -> None:
    owned.database.script("ALTER TABLE shop_purchase DROP COLUMN note")
    hide(owned.database, "shop_purchase")
    reconcile(owned, "--on-conflict", "accept")
    owned.database.execute("ALTER TABLE shop_purchase NO FORCE ROW LEVEL SECURITY")
    owned.database.execute("UPDATE shop_purchase SET note = 'precious'")
    owned.database.execute("ALTER TABLE shop_purchase FORCE ROW LEVEL SECURITY")
    assert refused(owned, "undo") == (
        "entry 1 cannot be taken back: nobody can say how many rows of shop_purchase (note) hold a value in a column "
        f"that is dropped: {UNSEEN.format('shop_purchase')}; nothing was changed"
    )


PUSHED = {
    "dropped": ("    name = models.TextField()\n", "(size) hold a value in a column that is dropped"),
    "narrowed": (
        "    name = models.CharField(max_length=4)\n    size = models.IntegerField(null=True)\n",
        "(name) are longer than character varying(4) allows",
    ),
    "uncastable": (
        "    name = models.IntegerField(null=True)\n    size = models.IntegerField(null=True)\n",
        "(name) would not keep their value as integer",
    ),
    "gone": ("", "are dropped with the table"),
}


@pytest.mark.parametrize("name", PUSHED)
def test_push_refuses_what_a_policy_hides(database: Database, tmp_path: Path, name: str) -> None:
    models, what = PUSHED[name]
    head = "class Thing(models.Model):\n"
    first = f"{head}    name = models.TextField()\n    size = models.IntegerField(null=True)\n"
    with owner(database) as owned:
        project = project_with(tmp_path, owned, first, migrate=False)
        push(project)
        database.execute("INSERT INTO shop_thing (name, size) VALUES ('precious', 7)")
        hide(owned, "shop_thing")
        write_models(project, head + models if models else "")
        assert refused(project, "push", "--noinput").startswith(f"nobody can say how many rows of shop_thing {what}")
        said = refused(project, "push", "--noinput", "--force")
        assert said.endswith(f"{UNSEEN.format('shop_thing')}; nothing was changed")
        assert database.execute("SELECT name, size FROM shop_thing") == [("precious", 7)]


def test_a_composite_value_with_an_empty_field_is_a_value(shop: Project) -> None:
    shop.database.script(
        "CREATE TYPE money_of AS (amount integer, currency text);"
        "ALTER TABLE shop_product ADD COLUMN stock money_of NULL;"
        "UPDATE shop_product SET stock = ROW(7, NULL) WHERE id = 1;"
        "UPDATE shop_product SET stock = ROW(NULL, NULL) WHERE id = 2"
    )
    assert refused(shop, "reconcile", "--noinput", "--on-conflict", "alter") == (
        "2 rows of shop_product (stock) hold a value in a column that is dropped (for example id 1, 2; "
        'SELECT * FROM "shop_product" WHERE "stock" IS DISTINCT FROM NULL); nothing was changed; '
        "--accept-data-loss allows it"
    )
