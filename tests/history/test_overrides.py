"""Which ways lead through the code of a third party's operation, and what they come to on a database."""

from __future__ import annotations

import importlib.util
import sys
from textwrap import indent
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.migrations.operations import AddField

from schemaguard.history.overrides import does_what_it_says

if TYPE_CHECKING:
    from pathlib import Path

SUPER = "super().database_forwards(app_label, schema_editor, from_state, to_state)"
ITS_VENDOR = "schema_editor.connection.vendor"
BODIES: dict[str, tuple[str, bool | None]] = {
    "as it is": (SUPER, True),
    "with a word before": (f"logger.info('now')\n{SUPER}", True),
    "with more before": (f"schema_editor.execute('SELECT 1')\n{SUPER}", True),
    "not here": (f"if {ITS_VENDOR} == 'sqlite':\n    return\n{SUPER}", False),
    "elsewhere": (f"if {ITS_VENDOR} != 'sqlite':\n    {SUPER}", False),
    "here": (f"if {ITS_VENDOR} in ('sqlite', 'mysql'):\n    {SUPER}", True),
    "here, by a name": (f"vendor = {ITS_VENDOR}\nif vendor.startswith('sql'):\n    return {SUPER}", True),
    "by the set of the module": (f"if {ITS_VENDOR} in SKIPPED:\n    return\n{SUPER}", False),
    "by a feature": (f"if not schema_editor.connection.features.supports_comments:\n    return\n{SUPER}", False),
    "by the settings": (f"if settings.USE_TZ is None:\n    return\n{SUPER}", True),
    "by django.db": (f"if connection.vendor == 'postgresql' and self.name:\n    {SUPER}", False),
    "for the routers": (f"if self.allow_migrate_model('default', self):\n    {SUPER}", True),
    "by its own mind": (f"if self.chosen():\n    return\n{SUPER}", None),
    "one of two": (f"if {ITS_VENDOR} == 'mysql' or self.chosen():\n    {SUPER}", None),
    "another way": (f"if {ITS_VENDOR} == 'sqlite':\n    self.other(schema_editor)\nelse:\n    {SUPER}", None),
    "where it can be": (f"try:\n    {SUPER}\nexcept ValueError:\n    pass", None),
    "by what cannot be compared": (f"if {ITS_VENDOR} in 5 or {ITS_VENDOR}.startswith(5):\n    return\n{SUPER}", None),
    "or an error": (f"if self.chosen():\n    raise ValueError\n{SUPER}", True),
    "within": (f"with self.atomic():\n    {SUPER}", True),
    "some times": (f"for each in self.times():\n    {SUPER}", None),
    "all by itself": ("schema_editor.add_field(1, 2)", True),
    "nothing at all": ("pass", None),
}


def made(path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An operation of a module of its own: what is read has to be in a file."""
    source = "\n".join(
        [
            "from django.conf import settings",
            "from django.db import connection",
            "from django.db.migrations.operations import AddField",
            "SKIPPED = frozenset({'sqlite'})",
            "class Own(AddField):",
            "    def database_forwards(self, app_label, schema_editor, from_state, to_state):",
            indent(body, "        "),
        ]
    )
    (path / "own_operations.py").write_text(f"{source}\n", encoding="utf-8")
    spec: Any = importlib.util.spec_from_file_location("own_operations", path / "own_operations.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_operations", module)
    spec.loader.exec_module(module)
    return module.Own("model", "name", None)


@pytest.mark.parametrize("name", BODIES)
def test_what_an_operation_comes_to(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body, expected = BODIES[name]
    features = SimpleNamespace(supports_comments=False)
    database: Any = SimpleNamespace(vendor="sqlite", alias="default", features=features)

    assert does_what_it_says(made(tmp_path, body, monkeypatch), database) is expected


def test_djangos_own_do_what_they_say() -> None:
    field: Any = None
    database: Any = connection
    assert does_what_it_says(AddField("model", "name", field), database) is True
