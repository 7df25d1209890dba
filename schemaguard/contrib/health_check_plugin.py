"""A check for django-health-check 3, the last with Django 4.2. (For version 4: `health_check`.)

A project registers it, in the `ready` of an AppConfig of its own:

    from health_check.plugins import plugin_dir
    from schemaguard.contrib.health_check_plugin import Schema

    plugin_dir.register(Schema)
"""

from __future__ import annotations

from typing import Any

from health_check import backends
from health_check.exceptions import ServiceUnavailable

from schemaguard.contrib.cached_check import problem

# The last releases of version 3 call it as version 4 does.
BASE: Any = getattr(backends, "HealthCheck", None) or backends.BaseHealthCheckBackend


class Schema(BASE):  # type: ignore[misc]  # it brings no types
    """Fails where a database is not as its migrations make it. Migrations that are still to run are no failure."""

    def __init__(self, database: str = "default", fail_level: str = "error", seconds: float = 300) -> None:
        """`fail_level` is that of `check`. `seconds`: for how long one answer serves."""
        super().__init__()
        self.database = database
        self.fail_level = fail_level
        self.seconds = seconds

    def check_status(self) -> None:
        found = problem(self.database, self.fail_level, self.seconds)
        if found is not None:
            raise ServiceUnavailable(found)

    def __repr__(self) -> str:
        return f"Schema(database={self.database!r})"


if hasattr(BASE, "identifier"):  # what the page shows in earlier releases
    Schema.identifier = Schema.__repr__
