"""Histories with an oddity each, for more than one file of tests."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tests.location.cases import ID, OWNER, history

INDEXES_TAKEN_BACK = history(
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
    """,
    'migrations.AddField("owner", "age", models.IntegerField(null=True)),',
)
"""AlterField drops no index and no key that the same migration has still to make, so these stay (not on SQLite)."""

KEY_OF_ANOTHER_TYPE = history(
    f'{OWNER} migrations.CreateModel("Task", [{ID}, ("name", models.CharField(max_length=9))]),',
    f'migrations.CreateModel("Note", [{ID}, ("task", models.ForeignKey("shop.Task", models.CASCADE))]),',
    """
    migrations.RemoveField("task", "id"),
    migrations.AddField("task", "id", models.CharField(max_length=32, primary_key=True, default="x")),
    """,
)
"""The key's column is dropped with CASCADE: what points at it loses its foreign key, and keeps its type."""
DROPS_WITH_CASCADE = "CASCADE" in BaseDatabaseSchemaEditor.sql_delete_column
"""Since Django 6.1 a column is dropped without CASCADE, so that PostgreSQL refuses what other things hang on."""

ONE_NAME_FOR_TWO = history(
    f'{OWNER} migrations.CreateModel("Item", [{ID}, ("owners", models.ManyToManyField("shop.Owner"))]),',
    f'migrations.CreateModel("Thing", [{ID}, ("owners", models.ManyToManyField("shop.Owner"))]),',
    'migrations.RemoveField("item", "owners"), migrations.DeleteModel("Item"),',
    'migrations.RenameModel("Thing", "Item"),',
)
"""One table is dropped, and another comes to bear its name, with columns that are called the same."""

ONE_COLUMN_FOR_ANOTHER = history(
    f"""
    migrations.CreateModel("Item", [{ID}, ("name", models.CharField(max_length=9)), ("tags", models.JSONField())]),
    """,
    'migrations.AddField("item", "tags_anew", models.JSONField(db_index=True, default=list)),',
    'migrations.RemoveField("item", "tags"), migrations.RenameField("item", "tags_anew", "tags"),',
    'migrations.AlterField("item", "name", models.CharField(max_length=20)),',
)
"""A column is dropped, and another of the same type comes to bear its name: the index alone tells them apart."""
