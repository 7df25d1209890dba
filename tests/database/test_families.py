"""A server family is a folder, and nothing else has to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pytest

from schemaguard import database
from schemaguard.database import backend_of
from schemaguard.database.generic import GenericBackend

if TYPE_CHECKING:
    from pathlib import Path


def connected(vendor: str) -> MagicMock:
    return MagicMock(vendor=vendor, backend_in_schema=None)


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite", "mysql"])
def test_a_folder_brings_its_backend(vendor: str) -> None:
    assert backend_of(connected(vendor)).vendor == vendor


@pytest.mark.parametrize("vendor", ["oracle", "generic", "base"])
def test_a_vendor_without_a_folder_is_read_by_djangos_introspection(vendor: str) -> None:
    assert type(backend_of(connected(vendor))) is GenericBackend


def test_a_new_folder_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "duck"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from schemaguard.database.generic import GenericBackend\nclass Duck(GenericBackend): pass\nBACKEND = Duck\n"
    )
    monkeypatch.setattr(database, "__path__", [*database.__path__, str(tmp_path)])
    assert type(backend_of(connected("duck"))).__name__ == "Duck"
