"""Two databases of one server, as `default` and `other`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from schemaguard.diff.comparison import compared
from schemaguard.diff.sides import side
from tests.harness import Database, Server, connected, run_in_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from schemaguard.diff.model import Comparison
    from tests.harness import Result

Compare = "Callable[[str, str], Comparison]"


@pytest.fixture
def other(server: Server) -> Iterator[Database]:
    with server.fresh() as database:
        yield database


@pytest.fixture
def compare(database: Database, other: Database, django_db_blocker: DjangoDbBlocker) -> Callable[..., Comparison]:
    """compare("default", "other"), after the scripts that make both."""

    def run(expected: str = "default", actual: str = "other") -> Comparison:
        with both(django_db_blocker, database, other):
            return compared(side(expected), side(actual))

    return run


@pytest.fixture
def run_both(database: Database, other: Database, django_db_blocker: DjangoDbBlocker) -> Callable[..., Result]:
    """run_both("schemaguard", "diff", "default", "other") -> Result, in this process."""

    def run(*argv: str) -> Result:
        with django_db_blocker.unblock(), connected(other, "other"):
            return run_in_process(database, *argv)

    return run


@contextmanager
def both(blocker: DjangoDbBlocker, database: Database, other: Database) -> Iterator[None]:
    with blocker.unblock(), connected(database), connected(other, "other"):
        yield


def messages(found: Comparison) -> list[str]:
    return [each.message for each in found.differences]
