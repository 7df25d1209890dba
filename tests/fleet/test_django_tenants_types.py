"""Tenants of several types (`HAS_MULTI_TYPE_TENANTS`): each is held against the migrations of the apps of its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fleet.tenants import check, documents, groups
from tests.fleet.test_django_tenants import ENGINE
from tests.harness import make_project, migration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Postgres, Project

pytestmark = pytest.mark.long

PUBLIC = ["django_tenants", "customers", "django.contrib.contenttypes"]
TYPES = {
    "public": {"APPS": PUBLIC, "URLCONF": "project_urls"},
    "shops": {"APPS": ["django.contrib.contenttypes", "shop"], "URLCONF": "project_urls"},
    "papers": {"APPS": ["django.contrib.contenttypes", "press"], "URLCONF": "project_urls"},
}
SETTINGS = {
    "INSTALLED_APPS": [*PUBLIC, "shop", "press", "schemaguard"],
    "HAS_MULTI_TYPE_TENANTS": True,
    "MULTI_TYPE_DATABASE_FIELD": "kind",
    "TENANT_TYPES": TYPES,
    "TENANT_MODEL": "customers.Client",
    "TENANT_DOMAIN_MODEL": "customers.Domain",
    "DATABASE_ROUTERS": ["django_tenants.routers.TenantSyncRouter"],
}
CUSTOMERS: dict[str, Any] = {
    "models": """
        from django.db import models
        from django_tenants.models import DomainMixin, TenantMixin

        class Client(TenantMixin):
            kind = models.CharField(max_length=20)
            auto_create_schema = False

        class Domain(DomainMixin):
            pass
    """,
    "migrations": {},
}


def app(label: str, model: str) -> dict[str, Any]:
    """Of two migrations: a table, and a column of it."""
    key = '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'
    return {
        "models": f"""
            from django.db import models

            class {model}(models.Model):
                name = models.CharField(max_length=9, default="")
        """,
        "migrations": {
            "0001_initial": migration(f'migrations.CreateModel("{model}", [{key}]),'),
            "0002_name": migration(
                f'migrations.AddField("{model.lower()}", "name", models.CharField(max_length=9, default="")),',
                after=[(label, "0001_initial")],
            ),
        },
    }


APPS = {"customers": CUSTOMERS, "shop": app("shop", "Item"), "press": app("press", "Story")}
TENANTS = {"acme": "shops", "bolt": "shops", "echo": "papers", "flag": "papers"}
MAKE = """
from customers.models import Client
for name, kind in {tenants!r}.items():
    Client(schema_name=name, kind=kind).save()
"""


@pytest.fixture(scope="module")
def project(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Two tenants of each type: `bolt` has lost a record, `flag` is behind."""
    pytest.importorskip("django_tenants")
    with postgres.fresh() as database:
        path = tmp_path_factory.mktemp("types")
        made = make_project(path, apps=APPS, settings=SETTINGS, database=database, engine=ENGINE)
        made.write("project_urls.py", "urlpatterns = []\n")
        made.manage("makemigrations", "customers", fork=False).expect(0)
        made.manage("migrate_schemas", "--shared", fork=False).expect(0)
        made.manage("shell", "-c", MAKE.format(tenants={**TENANTS, "public": "public"}), fork=False).expect(0)
        for name in TENANTS:
            database.script(f"CREATE SCHEMA {name}")
            made.manage("migrate_schemas", "--schema", name, fork=False).expect(0)
        made.manage("migrate_schemas", "press", "0001", "--schema", "flag", fork=False).expect(0)
        database.script("DELETE FROM bolt.django_migrations WHERE (app, name) = ('shop', '0002_name')")
        yield made


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_each_type_has_its_own_apps(project: Project, jobs: str) -> None:
    found = check(project, "--all-schemas", "--format", "json", "--jobs", jobs).expect(1)
    each = documents(found)
    assert {name: document["verdict"] for name, document in each.items()} == {
        "acme": "in_sync", "bolt": "reconcilable", "echo": "in_sync", "flag": "pending", "public": "in_sync",
    }  # fmt: skip
    tables = {
        name: [row[0] for row in project.database.execute(
            f"SELECT tablename FROM pg_tables WHERE schemaname = '{name}' AND tablename IN ('shop_item', 'press_story')"
        )]
        for name in each
    }  # fmt: skip
    assert tables == {
        "acme": ["shop_item"], "bolt": ["shop_item"], "echo": ["press_story"], "flag": ["press_story"], "public": [],
    }  # fmt: skip
    # Nothing of the other type is missing, and nothing of it is taken for pending.
    assert [finding["code"] for document in each.values() for finding in document["findings"]] == ["SG101"]
    pending = [(m["app"], m["name"]) for m in each["flag"]["migrations"] if m["state"] == "pending"]
    assert pending == [("press", "0002_name")]


def test_reconcile_mends_one_type_and_leaves_the_other(project: Project, postgres: Postgres) -> None:
    with postgres.fresh(project.database) as database:
        tenants = project.on(database)
        argv = ("schemaguard", "reconcile", "--all-schemas", "--noinput", "--format", "json")
        found = tenants.manage(*argv).expect(0)
        assert documents(found)["bolt"]["journal"] == 1
        assert next(verdict for verdict, _ in groups(found)) == "pending"
        records = database.execute("SELECT app, name FROM bolt.django_migrations WHERE app IN ('shop', 'press')")
        assert sorted(each for each in records if each[0] == "shop") == [
            ("shop", "0001_initial"), ("shop", "0002_name"),
        ]  # fmt: skip
