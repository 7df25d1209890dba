"""The file and line of an operation, and whether a project's code spells a name."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db.migrations.migration import Migration

from schemaguard.diagnosis.model_sources import ModelSources
from schemaguard.history.source_files import Code, class_line, file_of, line_of

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
class Migration:
    operations = [
        1,

        2,
    ]
"""


def module(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> str:
    made = ModuleType("shop_of_a_test")
    if path is not None:
        made.__file__ = str(path)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made.__name__


def migration_in(name: str) -> Migration:
    made: Migration = type("Migration", (Migration,), {"__module__": name})("0001", "shop")
    return made


def test_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "migrations" / "0001.py"
    path.parent.mkdir()
    path.write_text(TEXT)
    migration = migration_in(module(monkeypatch, path))
    assert file_of(migration) == str(path)
    assert [line_of(migration, index) for index in (0, 1, 2)] == [4, 6, None]
    monkeypatch.chdir(tmp_path)
    assert file_of(migration) == "migrations/0001.py"


@pytest.mark.parametrize("text", [None, "operations = [1,", "operations = [1] + more"])
def test_there_is_no_line_in_a_file_that_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    path = tmp_path / "0001.py"
    if text is not None:
        path.write_text(text)
    assert line_of(migration_in(module(monkeypatch, path)), 0) is None


def test_a_migration_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = migration_in(module(monkeypatch, None))
    assert file_of(migration) is None
    assert line_of(migration, 0) is None
    assert not Code([migration.__module__]).spells("shop_log")


def test_code_is_that_of_the_app_around_its_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shop" / "migrations" / "0001.py"
    path.parent.mkdir(parents=True)
    (tmp_path / "shop" / "more.sql").write_text("CREATE TABLE shop_log (id int)")
    (tmp_path / "shop" / "models.py").write_text("shop_user = 1")
    (tmp_path / "shop" / "a folder.py").mkdir()  # that cannot be read
    code = Code([module(monkeypatch, path)])
    assert [code.spells(name) for name in ("shop_log", "log", "shop_user")] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ('"CREATE INDEX {0}_{1}_fulltext ON trans_{0} ({1})"', True),
        ('f"create unique index concurrently if not exists {table}_source_fulltext on {table}"', True),
        ("'ALTER TABLE %s ADD CONSTRAINT %(table)s_source_fulltext UNIQUE'", True),
        ('"CREATE INDEX {0}_{1}_words ON trans_{0} ({1})"', False),
        ('"CREATE INDEX {0}_{1} ON trans_{0} ({1})"', False),
        ('"CREATE INDEX"; "{0}_{1}_fulltext"', False),
        ('"DROP INDEX {0}_{1}_fulltext"', False),
    ],
)
def test_code_spells_a_name_with_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, spelt: bool) -> None:
    path = tmp_path / "app" / "migrations" / "0001.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"SQL = {text}")

    assert Code([module(monkeypatch, path)]).spells("unit_source_fulltext") is spelt


def test_code_spells_what_it_imports_from_its_own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "spelling" / "app" / "migrations"
    folder.mkdir(parents=True)
    for each in (folder, folder.parent, folder.parent.parent):
        (each / "__init__.py").touch()
    (tmp_path / "spelling" / "ddl.py").write_text('SQL = "CREATE INDEX unit_words ON unit (words)"')
    (folder / "first.py").write_text("from spelling.ddl import SQL")
    (folder / "broken.py").write_text("from spelling.ddl import SQL")
    monkeypatch.syspath_prepend(tmp_path)
    first, broken = (import_module(f"spelling.app.migrations.{name}") for name in ("first", "broken"))
    (folder / "broken.py").write_text("from spelling.ddl import")

    assert Code([first.__name__]).spells("unit_words")
    assert not Code([first.__name__]).spells("unit_letters")
    assert not Code([broken.__name__]).spells("unit_words")


CLASSES = """
class Shelf:
    class Meta: ...


@register
@other(1)
class Book:
    pass


try:
    class Late: ...
except ImportError:
    class Late: ...


def made():
    class Inner: ...
    return Inner
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [("Shelf", 2), ("Shelf.Meta", 3), ("Book", 6), ("Late", 13), ("made.<locals>.Inner", 19), ("Inner", None)],
)
def test_the_line_of_a_class(tmp_path: Path, name: str, line: int | None) -> None:
    path = tmp_path / "models.py"
    path.write_text(CLASSES)
    assert class_line(str(path), name) == line


def test_a_file_may_be_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nclass Größe: ...\n".encode("latin-1"))
    assert class_line(str(path), "Größe") == 2


def test_a_model_is_where_inspect_says() -> None:
    sources = ModelSources(None)
    models = [each for each in apps.get_models() if not each._meta.proxy]
    assert len(models) > 5
    for model in models:
        expected = (inspect.getsourcefile(model), inspect.getsourcelines(model)[1])
        assert sources.of(model._meta.db_table) == expected


def test_what_is_made_at_run_time_has_no_source() -> None:
    sources = ModelSources(None)
    assert sources.of("auth_user_groups") == (None, None)
    assert sources.of("no_such_table") == (None, None)
