"""What is spelled differently from one supported Django to the next."""

import django
from django.db import models


def check_constraint(condition: models.Q, name: str) -> models.CheckConstraint:
    """A CheckConstraint; its argument `check` became `condition` in Django 5.1 and is gone in 6.0."""
    keyword = "condition" if django.VERSION >= (5, 1) else "check"
    return models.CheckConstraint(**{keyword: condition}, name=name)
