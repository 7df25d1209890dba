"""`case`: a history and a trouble, in this process (`tests/location/cases.py`)."""

from __future__ import annotations

from tests.location.conftest import case

__all__ = ["case"]
