"""A project of django-tenants: each provisioned tenant with the apps that belong to it, public with the shared ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fleet.tenants import check, documents, groups
from tests.harness import make_project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Postgres, Project

ENGINE = "django_tenants.postgresql_backend"
SHARED = ["django_tenants", "customers", "django.contrib.contenttypes", "django.contrib.auth"]
TENANT = ["django.contrib.contenttypes", "shop"]
SETTINGS = {
    "INSTALLED_APPS": [*SHARED, "shop", "schemaguard"],
    "SHARED_APPS": SHARED,
    "TENANT_APPS": TENANT,
    "TENANT_MODEL": "customers.Client",
    "TENANT_DOMAIN_MODEL": "customers.Domain",
    "DATABASE_ROUTERS": ["django_tenants.routers.TenantSyncRouter"],
}
CUSTOMERS: dict[str, Any] = {
    "models": """
        from django.db import models
        from django_tenants.models import DomainMixin, TenantMixin

        class Client(TenantMixin):
            name = models.CharField(max_length=50)
            auto_create_schema = False

        class Domain(DomainMixin):
            pass
    """,
    "migrations": {},
}
SHOP: dict[str, Any] = {
    "models": """
        from django.db import models

        class Item(models.Model):
            name = models.CharField(max_length=50)
            owner = models.ForeignKey("auth.User", models.CASCADE, null=True)
            price = models.IntegerField(default=0)
    """,
    "migrations": {
        "0001_initial": migration(
            """
            migrations.CreateModel("Item", [
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("owner", models.ForeignKey("auth.User", models.CASCADE, null=True)),
            ]),
            """,
            after=[("auth", "0012_alter_user_first_name_max_length")],
        ),
        "0002_price": migration(
            'migrations.AddField("item", "price", models.IntegerField(default=0)),', after=[("shop", "0001_initial")]
        ),
    },
}
TENANTS = ("acme", "bolt", "coil", "dust")
MAKE = """
from customers.models import Client
for name in {names!r}:
    Client(schema_name=name, name=name).save()
"""


@pytest.fixture(scope="module")
def project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Four tenants: one is behind, one has an index of its own, and one more that has no schema yet."""
    pytest.importorskip("django_tenants")
    with postgres.fresh() as database:
        made = make_project(
            tmp_path_factory.mktemp("tenants"), apps={"customers": CUSTOMERS, "shop": SHOP}, settings=SETTINGS,
            database=database, engine=ENGINE,
        )  # fmt: skip
        made.manage("makemigrations", "customers", fork=False).expect(0)
        made.manage("migrate_schemas", "--shared", fork=False).expect(0)
        for name in TENANTS:
            database.script(f"CREATE SCHEMA {name}")
        made.manage("shell", "-c", MAKE.format(names=["public", *TENANTS, "later"]), fork=False).expect(0)
        database.script("CREATE SCHEMA later; CREATE SCHEMA nobodys")
        for name in TENANTS:
            until = ("shop", "0001") if name == "bolt" else ()
            made.manage("migrate_schemas", *until, "--schema", name, fork=False).expect(0)
        database.script("ALTER TABLE coil.shop_item ADD own int")
        yield made


def test_every_provisioned_tenant_is_looked_at_with_its_own_apps(project: Project) -> None:
    found = check(project, "--all-schemas", "--format", "json").expect(0)
    told = {name: [each["message"] for each in document["findings"]] for name, document in documents(found).items()}
    assert told == {
        "acme": [], "bolt": [], "coil": ["column shop_item.own was made outside the migrations"], "dust": [],
        "public": [],
    }  # fmt: skip
    assert {name: document["verdict"] for name, document in documents(found).items()} == {
        "acme": "in_sync", "bolt": "pending", "coil": "in_sync", "dust": "in_sync", "public": "in_sync",
    }  # fmt: skip


def test_reconcile_puts_back_the_record_of_one_tenant(project: Project, postgres: Postgres) -> None:
    with postgres.fresh(project.database) as database:
        database.script("DELETE FROM dust.django_migrations WHERE app = 'shop' AND name = '0002_price'")
        tenants = project.on(database)
        argv = ("schemaguard", "reconcile", "--all-schemas", "--noinput", "--format", "json")
        found = tenants.manage(*argv).expect(0)
        assert documents(found)["dust"]["journal"] == 1
        assert [verdict for verdict, _ in groups(found)] == ["pending", "in_sync", "in_sync"]
        assert database.execute("SELECT count(*) FROM dust.schemaguard_journal") == [(1,)]
