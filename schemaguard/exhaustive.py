"""The end of a `match` that knows every case: mypy refuses it where one is forgotten."""

from __future__ import annotations

from typing import NoReturn


def assert_never(value: NoReturn) -> NoReturn:
    """As `typing.assert_never`, which Python 3.10 does not have."""
    raise AssertionError(f"nobody thought of {value!r}")
