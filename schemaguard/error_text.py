"""What went wrong, in one line."""

from __future__ import annotations

from typing import Any

from django.db import Error

WITH_DETAIL = frozenset({"0A000", "2BP01"})
"""feature_not_supported and dependent_objects_still_exist: what stands in the way is named in the detail alone."""


def reason(error: BaseException) -> str:
    """The first line of what an error of somebody else says; with its class where it is not one of the database."""
    text = _text(error)
    if isinstance(error, Error) and text:
        detail = _detail(error)
        return f"{text} ({detail})" if detail else text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def first_line(error: BaseException) -> str:
    """What the error says, without the lines in which drivers show statement, position and advice; else its class."""
    return _text(error) or type(error).__name__


def _text(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return " ".join(lines[0].split()) if lines else ""


def _detail(error: BaseException) -> str:
    """What PostgreSQL says beside its message, where the message alone does not help."""
    cause: Any = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state not in WITH_DETAIL:
        return ""
    return " ".join((getattr(getattr(cause, "diag", None), "message_detail", None) or "").split())
