"""The databases that a test runs on, for `parametrize`: on MySQL or MariaDB where a server is named."""

from __future__ import annotations

import pytest

ON_MYSQL = pytest.param("mysql", marks=pytest.mark.mysql)
EVERYWHERE = pytest.mark.parametrize("vendor", ["sqlite", "postgresql", ON_MYSQL], indirect=True)
