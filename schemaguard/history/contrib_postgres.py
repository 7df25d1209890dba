"""The operations of django.contrib.postgres, which need a driver to be imported at all."""

from __future__ import annotations

import sys
from typing import Any


def is_of_contrib(operation: Any, name: str) -> bool:
    """Whether it is an operation of that class, or of one made of it: a project that has one has imported them."""
    module = sys.modules.get("django.contrib.postgres.operations")
    return module is not None and isinstance(operation, getattr(module, name))
