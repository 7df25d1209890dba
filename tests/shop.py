"""A small shop whose history has one of each: what the tests of `reconcile` break, mend and compare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.harness import AppSource, Database, Project, Result, catalog_dump, contents, migration, records, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JOURNAL = "schemaguard_journal"
OURS = (JOURNAL, "schemaguard_progress")
INSTALLED = {
    "INSTALLED_APPS": ["schemaguard", "django.contrib.contenttypes", "django.contrib.auth", "shop", "stock"],
}
MODELS = """
from django.db import models


class Customer(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)
    email = models.EmailField(null=True)
    active = models.BooleanField(default=True)


class Product(models.Model):
    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=40)
    price = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["price"], name="shop_price_idx")]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="shop_code_uniq"),
            models.CheckConstraint(CHECK=models.Q(price__gte=0), name="shop_price_check"),
        ]


class Purchase(models.Model):
    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE)
    products = models.ManyToManyField(Product)
    note = models.CharField(max_length=30, default="")
"""
STOCK = """
from django.db import models


class Shelf(models.Model):
    id = models.BigAutoField(primary_key=True)
    place = models.CharField(max_length=9, null=True)
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "Customer",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=75, unique=True)),
        ],
    ),
    migrations.CreateModel(
        "Product",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("code", models.CharField(max_length=20)),
            ("price", models.IntegerField()),
            ("stock", models.PositiveIntegerField(default=0)),
        ],
    ),
    """
)
EMAIL = migration(
    """
    migrations.AddField("customer", "email", models.EmailField(null=True)),
    migrations.AddField("customer", "active", models.BooleanField(default=True)),
    """,
    after=[("shop", "0001_initial")],
)
ORDER = migration(
    """
    migrations.CreateModel(
        "Order",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("customer", models.ForeignKey("shop.customer", models.CASCADE)),
            ("products", models.ManyToManyField("shop.product")),
        ],
    ),
    """,
    after=[("shop", "0002_email")],
)
RULES = migration(
    """
    migrations.AlterField("product", "code", models.CharField(max_length=40)),
    migrations.AddIndex("product", models.Index(fields=["price"], name="shop_price_idx")),
    migrations.AddConstraint("product", models.UniqueConstraint(fields=["code"], name="shop_code_uniq")),
    migrations.AddConstraint(
        "product", models.CheckConstraint(CHECK=models.Q(price__gte=0), name="shop_price_check")
    ),
    """,
    after=[("shop", "0003_order")],
)
FILL = migration(
    "migrations.RunPython(fill, migrations.RunPython.noop),",
    after=[("shop", "0004_rules")],
    imports="""
    def fill(apps, schema_editor):
        print("filling")
        apps.get_model("shop", "Customer").objects.filter(email=None).update(email="filled@example.org")
    """,
)
RENAME = migration('migrations.RenameModel("Order", "Purchase"),', after=[("shop", "0005_fill")])
NOTE = migration(
    'migrations.AddField("purchase", "note", models.CharField(max_length=30, default="")),',
    after=[("shop", "0006_rename")],
)
NO_STOCK = migration('migrations.RemoveField("product", "stock"),', after=[("shop", "0007_note")])
SQUASH = migration(
    """
    migrations.CreateModel(
        "Shelf",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("place", models.CharField(max_length=9, null=True)),
        ],
    ),
    """,
    replaces=[("stock", "0001_initial"), ("stock", "0002_place")],
)
# `check` became `condition` in Django 5.1.
CHECK = "__import__('django').VERSION >= (5, 1) and 'condition' or 'check'"


def _portable(text: str) -> str:
    return text.replace("CheckConstraint(CHECK=", f"CheckConstraint(**{{{CHECK}: ").replace(
        "models.Q(price__gte=0), name", "models.Q(price__gte=0)}, name"
    )


SHOP: Mapping[str, AppSource] = {
    "shop": {
        "models": _portable(MODELS),
        "migrations": {
            "0001_initial": INITIAL,
            "0002_email": EMAIL,
            "0003_order": ORDER,
            "0004_rules": _portable(RULES),
            "0005_fill": FILL,
            "0006_rename": RENAME,
            "0007_note": NOTE,
            "0008_no_stock": NO_STOCK,
        },
    },
    "stock": {
        "models": STOCK,
        "migrations": {"0001_squashed_0002_place": SQUASH},
    },
}
EVERY_SHOP = [("shop", name) for name in SHOP["shop"]["migrations"]]
ROWS = """
    INSERT INTO shop_customer (id, name, email, active) VALUES (1, 'Ada', 'a@example.org', true);
    INSERT INTO shop_customer (id, name, email, active) VALUES (2, 'Ben', 'b@example.org', true);
    INSERT INTO shop_product (id, code, price) VALUES (1, 'tea', 3);
    INSERT INTO shop_product (id, code, price) VALUES (2, 'jam', 4);
    INSERT INTO shop_purchase (id, customer_id, note) VALUES (1, 1, 'x');
    INSERT INTO shop_purchase_products (id, purchase_id, product_id) VALUES (1, 1, 2);
    INSERT INTO stock_shelf (id, place) VALUES (1, 'A1');
"""
SEQUENCES = ("shop_customer", "shop_product", "shop_purchase", "shop_purchase_products", "stock_shelf")


def fill(database: Database) -> None:
    """A few rows in every table, the sequences behind them where they belong."""
    database.script(ROWS)
    if database.vendor == "postgresql":
        for table in SEQUENCES:
            database.execute(
                f"SELECT setval(pg_get_serial_sequence('public.' || relname, 'id'), 100) FROM pg_class"
                f" WHERE relname = '{table}'"
            )


def forget(database: Database, *names: str, app: str = "shop") -> None:
    """Deletes records; all of the app without names."""
    if not names:
        database.script(f"DELETE FROM django_migrations WHERE app = '{app}'")
    for name in names:
        database.script(f"DELETE FROM django_migrations WHERE app = '{app}' AND name = '{name}'")


# Names that Django or the server made up: after a rename they tell what a thing was called when it was made.
MADE_UP = re.compile(r"\bshop_(?!code_uniq|price_)\w+_(?:pkey|key|seq|uniq|like|[0-9a-f]{8}|fk_\w+)\b")


def dump(database: Database) -> Any:
    """The schema without the journal, whatever made-up names and (on SQLite, where it shows) the order of columns."""
    lines = [MADE_UP.sub("…", line) for line in catalog_dump(database, without=OURS).splitlines()]
    if database.vendor == "sqlite":
        return sorted(sorted(re.split(r", |\((?=\")", line.rstrip(")"))) for line in lines)
    return "\n".join(sorted(lines))


def everything(database: Database) -> tuple[object, ...]:
    """All that a command which changes nothing leaves as it is: the schema, the journal's table too, rows, records."""
    return catalog_dump(database), rows(database), records(database)


def reconcile(project: Project, *argv: str, code: int = 0, **more: Any) -> Result:
    return project.manage("schemaguard", "reconcile", "--noinput", *argv, **more).expect(code)


def verdict(project: Project) -> str:
    found: str = project.manage("schemaguard", "check", "--format", "json").json["verdict"]
    return found


def actions(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(item["action"], item["name"]) for item in items]


def history(project: Project) -> list[Any]:
    found: list[Any] = project.manage("schemaguard", "history", "--format", "json").expect(0).json["entries"]
    return found


def refused(project: Project, *argv: str, **more: Any) -> str:
    """Runs a reconcile that must end with 1 and nothing changed; returns what it says: one line, or a list."""
    before = everything(project.database)
    result = reconcile(project, *argv, code=1, **more)
    assert everything(project.database) == before
    assert result.out == ""
    first, *reasons = result.err.splitlines()
    assert first.startswith("schemaguard: ")
    heading = first.removeprefix("schemaguard: ")
    if reasons:
        promised = "the result is not what the plan promised; "
        assert heading.startswith((f"{len(reasons)} things stand in the way; ", promised))
        assert all(each.startswith("  ") for each in reasons)
    return "\n".join([heading, *reasons])


def mended(project: Project, clean: Any, *argv: str, dropped: Sequence[str] = (), **more: Any) -> Any:
    """Runs a reconcile that must end in the clean schema, with every row there but those of `dropped` tables.

    Returns its document.
    """
    before = contents(project.database, without=[*NO_ROWS, *dropped])
    result = reconcile(project, "--format", "json", *argv, **more)
    assert dump(project.database) == clean
    gone = lost(before, contents(project.database, without=NO_ROWS))
    assert not gone, gone
    assert result.json["verdict"] == "in_sync", result
    again = reconcile(project, "--format", "json").json
    assert (again["performed"], again["journal"]) == ([], None)
    return result.json


NO_ROWS = (JOURNAL, "django_migrations", "django_content_type", "auth_permission")
"""Tables whose rows a reconcile writes, and renames: what these are for has tests of its own."""


def lost(before: Mapping[str, Sequence[Any]], after: Mapping[str, Sequence[Any]]) -> list[tuple[str, Any]]:
    """The rows that are not there any more, by the columns that their table had before and has now.

    A table that bears another name now is any that is new. A NULL of before may have got a value.
    """
    found = []
    for table, rows_before in before.items():
        there = [table] if table in after else [*after.keys() - before.keys()]
        left = [_left(rows_before, after[name]) for name in there]
        found += [(table, row) for row in min(left, key=len, default=rows_before)]
    return found


def _left(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of before for which there is none, each with another one, after. As text: a type may be another now."""
    free, left = list(after), []
    for row in before:
        told = {name: str(value) for name, value in row.items() if value is not None}
        same = next((n for n, each in enumerate(free) if all(str(each.get(k, v)) == v for k, v in told.items())), None)
        if same is None:
            left.append(row)
        else:
            del free[same]
    return left


def edit(database: Database, table: str, old: str, new: str) -> None:
    """Writes the text of an SQLite table anew: the one way to a column or constraint in another shape."""
    ((text,),) = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
    assert old in text, text
    quoted = text.replace(old, new).replace("'", "''")
    database.script(
        "PRAGMA writable_schema = ON;"
        f"UPDATE sqlite_master SET sql = '{quoted}' WHERE type = 'table' AND name = '{table}';"
        "PRAGMA writable_schema = RESET;"
    )


def widen(database: Database) -> None:
    """A column in a shape that is nowhere in its history."""
    if database.vendor == "postgresql":
        database.script("ALTER TABLE shop_product ALTER COLUMN code TYPE varchar(60)")
    else:
        edit(database, "shop_product", "varchar(40)", "varchar(60)")


def strange(database: Database) -> None:
    """A column that no migration makes, and that Django's INSERTs give no value."""
    if database.vendor == "postgresql":
        database.script("ALTER TABLE shop_purchase ADD COLUMN x integer NOT NULL DEFAULT 1")
        database.script("ALTER TABLE shop_purchase ALTER COLUMN x DROP DEFAULT")
    else:
        edit(
            database,
            "shop_purchase",
            '"note" varchar(30) NOT NULL',
            '"note" varchar(30) NOT NULL, "x" integer NOT NULL',
        )


def unfill(database: Database) -> None:
    """The database before 0005: nothing that comes after it is there, so that nobody can say whether it has run."""
    forget(database, "0005_fill", "0006_rename", "0007_note", "0008_no_stock")
    database.script("ALTER TABLE shop_purchase DROP COLUMN note")
    database.script("ALTER TABLE shop_product ADD COLUMN stock integer NULL")
    if database.vendor == "postgresql":
        database.script("UPDATE shop_product SET stock = 0; ALTER TABLE shop_product ALTER COLUMN stock SET NOT NULL")
        database.script("ALTER TABLE shop_product ADD CONSTRAINT shop_product_stock_check CHECK (stock >= 0)")
    else:
        edit(database, "shop_product", "stock integer NULL", '"stock" integer unsigned NOT NULL CHECK ("stock" >= 0)')
    for each in (
        "shop_purchase_products RENAME COLUMN purchase_id TO order_id",
        "shop_purchase_products RENAME TO shop_order_products",
        "shop_purchase RENAME TO shop_order",
    ):
        database.script(f"ALTER TABLE {each}")
