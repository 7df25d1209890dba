"""`make test-mysql` never passes over its tests in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness.run_mysql import LINE, main
from tests.harness.servers import MYSQL_URL

if TYPE_CHECKING:
    import pytest

NOBODY = "mysql://root@127.0.0.1:1/"


def test_where_there_is_no_server_the_last_lines_say_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(MYSQL_URL, raising=False)
    assert main([], usual=NOBODY, programs="") == 0
    assert capsys.readouterr().err.splitlines() == [
        "",
        LINE,
        "  NOT RUN: the tests on MySQL and MariaDB",
        f"  this machine has neither mariadbd nor mysqld, nobody answers at {NOBODY}, and {MYSQL_URL} names no server",
        LINE,
    ]


def test_a_server_that_is_named_has_to_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(MYSQL_URL, NOBODY)
    assert main([]) == 2
    assert capsys.readouterr().err == f"the server that {MYSQL_URL} names does not answer, or does not let us in\n"
