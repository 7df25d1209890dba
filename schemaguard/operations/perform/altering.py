"""What the schema editor is kept from, or helped with, while it alters a column: it does more than is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def checks_left_alone(editor: Any) -> Iterator[None]:
    """A field's own check is a task of its own: the editor would add it, where the live field is of no kind."""
    if not hasattr(editor, "_field_db_check"):  # Django 4.2 compares what the fields say, which is the same
        yield
        return
    editor._field_db_check = lambda *_: None
    try:
        yield
    finally:
        del editor._field_db_check
