"""What every story of an adoption begins with, and ends in."""

from __future__ import annotations

from tests.harness import Database, Project, catalog_dump
from tests.push.stories import BOOKKEEPING

MODELS = "class User(models.Model):\n    name = models.CharField(max_length=50)\n"

QUERIES = """\
from django.core.management.base import BaseCommand
from shop.models import *


class Command(BaseCommand):
    def handle(self, **options):
        from django.apps import apps

        for model in apps.get_app_config("shop").get_models():
            for each in model.objects.order_by("pk"):
                print(model.__name__, each.pk)
                each.full_clean(validate_unique=False, validate_constraints=False)
                each.save()
"""


def schema(database: Database) -> str:
    return catalog_dump(database, without=BOOKKEEPING)


def agrees(project: Project) -> None:
    """check is in sync, nothing is pending, and the migrations make the same tables on an empty database."""
    changes = project.manage("makemigrations", "--check", "--dry-run", "-v3")
    assert changes.code == 0, f"{changes}\n{(project.path / 'shop/models.py').read_text()}"
    report = project.manage("schemaguard", "check", "--format", "json").expect(0)
    assert report.json["verdict"] == "in_sync", report
    assert not [each for each in report.json["findings"] if each["level"] != "info"], report
    assert "No migrations to apply" in project.manage("migrate", "--noinput").expect(0).out
