"""Keeps Django's schema editor from doing more than is asked while it alters a column."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def checks_left_alone(editor: Any) -> Iterator[None]:
    """The check of a field is a task of its own. The editor would add it here, since the live field has none."""
    if not hasattr(editor, "_field_db_check"):  # Django 4.2 compares the attributes of the fields, which are the same
        yield
        return
    editor._field_db_check = lambda *_: None
    try:
        yield
    finally:
        del editor._field_db_check
