from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.harness import AppSource, Database, make_project
from tests.harness.installed import installed
from tests.location.cases import Case, History, MakeCase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture
def case(tmp_path: Path, database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[MakeCase]:
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def make(
            history: History,
            *troubles: str,
            last: int | None = None,
            files: Mapping[str, str] | None = None,
            others: Mapping[str, AppSource] | None = None,
        ) -> Case:
            apps: dict[str, AppSource] = {**(others or {}), "shop": {"migrations": history, "files": files or {}}}
            made = Case(stack.enter_context(installed(make_project(tmp_path, apps=apps, database=database), *apps)))
            if last != 0:
                made.migrate(last)
            made.run(*troubles)
            return made

        yield make
