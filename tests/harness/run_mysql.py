"""Runs the tests on MySQL and MariaDB: `make test-mysql`, `make test-mysql-long`. ARGS are arguments for pytest.

The server is the one that SCHEMAGUARD_TEST_MYSQL_URL names. Without it: one that is started for the run, where this
machine has MariaDB or MySQL; else the one of 127.0.0.1:3306, if that lets root in without a password. Where there is
none of these, the last lines say that nothing was tested, and the exit code is 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.harness.databases import Database
from tests.harness.own_mysql import PROGRAMS, NoServer, answers, own_server
from tests.harness.scratch import keep_in_memory
from tests.harness.servers import MYSQL_URL

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL = "mysql://root@127.0.0.1:3306/"
LINE = "=" * 100


class Silent(Exception):
    """The server that is named does not answer."""


@contextmanager
def server(usual: str, programs: str) -> Iterator[str]:
    """The URL of a server. Raises NoServer and Silent."""
    named = os.environ.get(MYSQL_URL)
    if named:
        if not answers(Database.from_url(named)):
            raise Silent(named)
        yield named
        return
    try:
        with own_server(programs) as admin:
            yield f"mysql://{admin.user}@{admin.host}:{admin.port}/"
            return
    except NoServer as error:
        if not answers(Database.from_url(usual)):
            raise NoServer(f"{error}, nobody answers at {usual}, and {MYSQL_URL} names no server") from error
    yield usual


def main(arguments: list[str], *, usual: str = USUAL, programs: str = PROGRAMS) -> int:
    keep_in_memory()
    try:
        with server(usual, programs) as url:
            print(f"on {version(url)}", flush=True)
            command = [sys.executable, "-m", "pytest", *arguments]
            return subprocess.run(command, env={**os.environ, MYSQL_URL: url}, check=False).returncode
    except Silent:
        print(f"the server that {MYSQL_URL} names does not answer, or does not let us in", file=sys.stderr)
        return 2
    except NoServer as error:
        print(f"\n{LINE}\n  NOT RUN: the tests on MySQL and MariaDB\n  {error}\n{LINE}", file=sys.stderr)
        return 0


def version(url: str) -> str:
    return str(Database.from_url(url).execute("SELECT version()")[0][0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
