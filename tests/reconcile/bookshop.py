"""The app that the tests of MySQL and MariaDB reconcile: shelves, and books that stand on them."""

from __future__ import annotations

from tests.harness import migration

INITIAL = migration(
    """
    migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel("Book", [
        ("id", models.AutoField(primary_key=True)),
        ("title", models.CharField(max_length=75, db_collation="utf8mb4_bin", db_comment="on the cover")),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
        ("pages", models.PositiveIntegerField(null=True)),
        ("code", models.CharField(max_length=20, null=True)),
    ]),
    """
)
GROWN = migration(
    """
    migrations.AlterField("book", "pages", models.PositiveIntegerField(default=7)),
    migrations.AddField("book", "isbn", models.CharField(max_length=13, default="")),
    migrations.AddConstraint("book", models.UniqueConstraint(fields=["code"], name="one_code")),
    migrations.AddIndex("book", models.Index(fields=["title"], name="by_title")),
    """,
    after=[("shop", "0001_initial")],
)
