"""Around calls of code that is not ours: operations, fields, defaults, and editors of third parties."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import Error

from schemaguard.error_text import reason
from schemaguard.exceptions import CodeFailed, SchemaguardError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def third_party() -> Iterator[None]:
    """Raises CodeFailed for whatever such code raises. Errors of the database, and ours, stay what they are.

    A fault of our own code, elsewhere, is not turned into a sentence: it comes with its traceback.
    """
    try:
        yield
    except (Error, SchemaguardError):
        raise
    except Exception as error:
        raise CodeFailed(reason(error)) from error
