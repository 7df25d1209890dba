"""The pytest plugin: with `--schemaguard`, the session fails where the test database differs from the models.

pytest loads this in every session of an environment in which the package is installed. So it imports pytest alone, and
does nothing without the option.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUND = pytest.StashKey[dict[str, str]]()
"""Database ─▶ the report on it, of all workers."""
OUTPUT = "schemaguard"
"""The key under which a worker of pytest-xdist tells the controller."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("schemaguard")
    group.addoption(
        "--schemaguard",
        action="store_true",
        default=False,
        help="fail the session if the test databases differ from the models and their migrations (needs pytest-django)",
    )
    parser.addini("schemaguard", "as --schemaguard", type="bool", default=False)
    parser.addini("schemaguard_databases", "the aliases that --schemaguard checks", type="args", default=["default"])


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FOUND] = {}
    plugins = {getattr(each, "__name__", "") for each in config.pluginmanager.get_plugins()}
    if _is_on(config) and "pytest_django.plugin" not in plugins:
        raise pytest.UsageError("--schemaguard needs pytest-django, which makes the test databases")


def _is_on(config: pytest.Config) -> bool:
    return bool(config.getoption("--schemaguard") or config.getini("schemaguard"))


@pytest.fixture(scope="session", autouse=True)
def _schemaguard_session(request: pytest.FixtureRequest) -> None:
    """Checks once the databases are made, before the first test can change them. The tests run all the same."""
    if not _is_on(request.config):
        return
    aliases: list[str] = request.config.getini("schemaguard_databases")
    items: list[Any] = request.session.items
    items.append(_Wanted(aliases))
    try:
        request.getfixturevalue("django_db_setup")
    finally:
        items.pop()
    blocker: Any = request.getfixturevalue("django_db_blocker")
    with blocker.unblock():
        request.config.stash[FOUND].update(_reports(aliases))


class _Wanted:
    """Looks like a test that uses these databases: pytest-django makes those alone that a collected test asks for."""

    def __init__(self, aliases: list[str]) -> None:
        self.mark = pytest.mark.django_db(databases=aliases).mark

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self.mark if name == self.mark.name else None


def _reports(aliases: list[str]) -> Iterator[tuple[str, str]]:
    from schemaguard.failures import told
    from schemaguard.testing import differences

    for alias in aliases:
        try:
            text = differences(alias)
        except Exception as error:  # noqa: BLE001 (code of the project runs here)
            text = f"the check could not be made: {told(error, alias)}\n"
        if text is not None:
            yield alias, text


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    found = session.config.stash[FOUND]
    output: Any = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = found
    if found and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001 (the signature of the hook)
    """Of pytest-xdist, in its controller."""
    node.config.stash[FOUND].update(getattr(node, "workeroutput", {}).get(OUTPUT, {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for alias, text in sorted(config.stash[FOUND].items()):
        terminalreporter.section(f'schemaguard: test database "{alias}" differs from the models', red=True)
        terminalreporter.write_line(text)
