"""What the demo shows, in order. A step says what happens, and how it must end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Manage:
    """`manage.py ARGV` ends with exit code `code`, and says `says` somewhere in its output."""

    heading: str
    argv: tuple[str, ...]
    code: int = 0
    says: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sql:
    """Somebody works on the database by hand; where `returns` is given, the statement returns these rows."""

    heading: str
    sql: str
    returns: tuple[tuple[object, ...], ...] | None = None


Step = Manage | Sql

WITHOUT_SCHEMAGUARD = "--settings=settings_before"

STEPS: tuple[Step, ...] = (
    Manage(
        heading="A shop with three migrations is deployed",
        argv=("migrate", WITHOUT_SCHEMAGUARD),
    ),
    Sql(
        heading="It has customers",
        sql="INSERT INTO users (name, email) VALUES ('Ada', 'ada@example.com'), ('Grace', 'grace@example.com')",
    ),
    Sql(
        heading="Then the database comes back from a backup without its migration records",
        sql="DELETE FROM django_migrations",
    ),
    Manage(
        heading="Django alone: the next deployment fails",
        argv=("migrate", WITHOUT_SCHEMAGUARD),
        code=1,
        says='relation "users" already exists',
    ),
    Manage(
        heading="With schemaguard: what is the matter?",
        argv=("schemaguard", "check"),
        code=1,
        says="0001_initial",
    ),
    Manage(
        heading="Bring records and database back together",
        argv=("schemaguard", "reconcile", "--noinput"),
    ),
    Manage(
        heading="The deployment works again",
        argv=("migrate",),
    ),
    Manage(
        heading="All four accounts agree",
        argv=("schemaguard", "check"),
    ),
    Sql(
        heading="And nobody was lost",
        sql="SELECT name, email FROM users ORDER BY name",
        returns=(("Ada", "ada@example.com"), ("Grace", "grace@example.com")),
    ),
)
