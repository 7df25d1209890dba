"""A check for django-health-check 4 and later. (For version 3: `health_check_plugin`.)

HealthCheckView.as_view(checks=["schemaguard.contrib.health_check.Schema"])
"""

from __future__ import annotations

import dataclasses
import datetime

from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from schemaguard.contrib.cached_check import problem


@dataclasses.dataclass
class Schema(HealthCheck):  # type: ignore[misc]  # it brings no types
    """Fails where a database is not as its migrations make it. Migrations that are still to run are no failure.

    `database` is an alias. `fail_level` is that of `check`. `seconds`: for how long one answer serves.
    """

    database: str = "default"
    fail_level: str = dataclasses.field(default="error", repr=False)
    seconds: float = dataclasses.field(default=300, repr=False)
    timeout = datetime.timedelta(seconds=60)

    def run(self) -> None:
        found = problem(self.database, self.fail_level, self.seconds)
        if found is not None:
            raise ServiceUnavailable(found)
