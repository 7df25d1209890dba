"""A project with the admin, on a database whose records were lost and reconciled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import make_project, migration
from tests.report.html.conftest import browser

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project, Sqlite

__all__ = ["browser"]

INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [("id", models.BigAutoField(primary_key=True, serialize=False)), ("age", models.IntegerField())],
    ),
    """
)
MODELS = """
from django.db import models


class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    age = models.IntegerField()
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
PEOPLE = """
from django.contrib.auth.models import Permission, User

User.objects.create_superuser("root", password="root")
for name, codenames in (("viewer", ["view"]), ("runner", ["view", "run"]), ("nobody", [])):
    user = User.objects.create_user(name, password=name, is_staff=True)
    wanted = [f"{each}_schemacheck" for each in codenames]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
User.objects.create_user("guest", password="guest")
"""
APPS = [
    "schemaguard",
    "shop",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
SETTINGS = {
    "INSTALLED_APPS": APPS,
    "ROOT_URLCONF": "urls",
    "STATIC_URL": "/static/",
    "ALLOWED_HOSTS": ["*"],
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [*CONTEXT, "django.contrib.messages.context_processors.messages"]},
        }
    ],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin")


@pytest.fixture(scope="module")
def template(sqlite: Sqlite, files: Path) -> tuple[Project, Database]:
    def build(database: Database) -> None:
        apps = {"shop": {"migrations": {"0001_initial": INITIAL}, "models": MODELS}}
        project = make_project(files, apps=apps, settings=SETTINGS, database=database)
        project.write("urls.py", URLS)
        project.manage("migrate", "--verbosity", "0").expect(0)
        project.manage("shell", "--verbosity", "0", "--command", PEOPLE).expect(0)

    database = sqlite.template(f"admin {files.name}", build)
    from tests.harness import Project

    return Project(path=files, database=database), database


@pytest.fixture
def project(sqlite: Sqlite, template: tuple[Project, Database]) -> Project:
    """Its database is a copy, of this test alone."""
    return template[0].on(sqlite.copy(template[1]))


def break_and_mend(project: Project) -> None:
    """An entry in the journal, and drift of today."""
    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.database.script("ALTER TABLE shop_user DROP COLUMN age")
