"""Django's system checks: mistakes in the setting SCHEMAGUARD. They make no query."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An Error schemaguard.E0xx for each mistake."""
    from schemaguard.conf import SETTING, read  # not before a check is made: every manage.py command starts here

    return [
        Error(f"settings.{SETTING}: {each.message}.", hint=each.hint, id=f"schemaguard.{each.id}")
        for each in read(getattr(settings, SETTING, {})).mistakes
    ]
