"""Where Celery's `autodiscover_tasks` looks for tasks. They are in `schemaguard.fleet.tasks`."""

from schemaguard.fleet.tasks import check, work

__all__ = ["check", "work"]
