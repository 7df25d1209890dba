"""Shows on MySQL or MariaDB how a migration dies half way, is found where it stopped, and is completed from there.

Run by `make demo-mysql`, on the server that SCHEMAGUARD_TEST_MYSQL_URL names, in a database of its own that goes at the
end. Exits 1 at the first step that ends otherwise than told, and 2 where there is no server.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from demo.run import tell
from demo.steps import WITHOUT_SCHEMAGUARD, Manage, Sql, Step
from tests.harness.databases import Database
from tests.harness.own_mysql import answers
from tests.harness.servers import MYSQL_URL, mysql_server

PROJECT = Path(__file__).parent / "half_run"
EXAMPLE = "mysql://root@127.0.0.1:3306/"

STEPS: tuple[Step, ...] = (
    Manage(
        heading="A shop is deployed",
        argv=("migrate", "shop", "0001"),
    ),
    Sql(
        heading="It has customers; two of them share an address",
        sql="INSERT INTO users (name, email) VALUES ('Ada', 'ada@example.com'), ('Grace', 'ada@example.com')",
    ),
    Manage(
        heading="The next deployment gives everybody ten points, makes addresses unique, and dies half way",
        argv=("migrate",),
        code=1,
        says="Duplicate entry",
    ),
    Manage(
        heading="Django alone: to run it again fails over its own first half",
        argv=("migrate", WITHOUT_SCHEMAGUARD),
        code=1,
        says="Duplicate column name 'points'",
    ),
    Manage(
        heading="With schemaguard: where did it stop?",
        argv=("schemaguard", "check"),
        code=1,
        says="shop.0002_points is in the database in part",
    ),
    Sql(
        heading="Somebody puts the address right",
        sql="UPDATE users SET email = 'grace@example.com' WHERE name = 'Grace'",
    ),
    Manage(
        heading="It goes on from the statement at which it stopped",
        argv=("schemaguard", "reconcile", "--noinput"),
        says="shop.0002_points: run what is left of it",
    ),
    Manage(
        heading="Nothing is left for migrate",
        argv=("migrate",),
        says="No migrations to apply",
    ),
    Sql(
        heading="Everybody got the points once, and not twice",
        sql="SELECT name, email, points FROM users ORDER BY name",
        returns=(("Ada", "ada@example.com", 10), ("Grace", "grace@example.com", 10)),
    ),
    Manage(
        heading="All four accounts agree",
        argv=("schemaguard", "check"),
    ),
)


def main() -> int:
    url = os.environ.get(MYSQL_URL)
    if not url:
        return _no_server(f"{MYSQL_URL} names no server; example: {EXAMPLE}")
    if not answers(Database.from_url(url)):
        return _no_server(f"the server that {MYSQL_URL} names does not answer, or does not let us in")
    with mysql_server() as server:
        return tell(STEPS, PROJECT, server.create())


def _no_server(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
