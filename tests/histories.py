"""Small histories that several tests tell."""

from __future__ import annotations

from tests.harness import migration

INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=75, unique=True))],
        options={"db_table": "users"},
    ),
    """
)
EMAIL = migration(
    'migrations.AddField("user", "email", models.EmailField(null=True)),', after=[("shop", "0001_initial")]
)
SHOP = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_user_email": EMAIL}}}
ALONE = {"INSTALLED_APPS": ["shop"]}
