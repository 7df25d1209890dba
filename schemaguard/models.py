"""What Django's admin has a page and permissions for. No table: the journal makes its own, and no migration is needed.

Imported where the admin is installed alone (`apps.py`).
"""

from __future__ import annotations

from typing import Any

from django.db import models


class NoRows(models.Manager[Any]):
    """Asks no database: whatever goes through all models (`dumpdata`) finds nothing here, and no missing table."""

    def get_queryset(self) -> Any:
        return super().get_queryset().none()


class SchemaCheck(models.Model):
    """The page in the admin. `view` lets staff see it, `run` lets them run a check."""

    objects = NoRows()

    class Meta:
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view",)
        permissions = (("run_schemacheck", "Can run schema check"),)
        verbose_name = "schema check"

    def __str__(self) -> str:
        return "schema check"
