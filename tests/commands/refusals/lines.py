"""The one line of a check that could not be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness import Result

APPS = {"INSTALLED_APPS": ["schemaguard", "shop"]}
PASSWORD = "pa%ss/w'ord"
ADD = 'migrations.AddField("user", "{}", models.IntegerField(null=True)),'
AFTER = [("shop", "0001_initial")]


def refusal(result: Result) -> str:
    """The line without its prefix."""
    assert result.expect(2).out == ""
    (line,) = result.err.splitlines()
    assert line.startswith("schemaguard: "), result
    return line.removeprefix("schemaguard: ")
