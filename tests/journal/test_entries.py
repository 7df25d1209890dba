"""What is written into the journal, and who ran a reconcile, as it says."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import pytest

from schemaguard.journal.entries import user_name
from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 1000"), OSError("No username set")])
def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert user_name() == "?"


def test_a_user_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    assert user_name() == "ada"


AUDIT = """
from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_save


def note(sender, using, **kwargs):
    with connections[using].cursor() as cursor:
        cursor.execute("INSERT INTO shop_log (model) VALUES (%s)", [sender.__name__])


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        post_save.connect(note)
"""
"""As the packages do that keep a log of every model."""

LOG = """
migrations.CreateModel("Log", [("id", models.BigAutoField(primary_key=True)), ("model", models.TextField())]),
migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), ("size", models.TextField(null=True))]),
"""


def test_no_receiver_of_the_project_hears_of_an_entry(tmp_path: Path, database: Database) -> None:
    files = {"apps.py": AUDIT}
    apps = {"shop": {"migrations": {"0001_initial": migration(LOG)}, "files": files}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "--verbosity", "0").expect(0)
    database.script("DELETE FROM shop_log; ALTER TABLE shop_item DROP COLUMN size;")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert database.execute("SELECT model FROM shop_log") == []
    assert database.execute("SELECT count(*) FROM schemaguard_journal") == [(1,)]
