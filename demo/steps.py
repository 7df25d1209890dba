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


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A developer changes a file of the project: `old`, which stands in it once, becomes `new`."""

    heading: str
    file: str
    old: str
    new: str


Step = Manage | Sql | Edit

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
        heading="With schemaguard it stops before its first statement, and says why",
        argv=("migrate",),
        code=1,
        says="shop.0001_initial is in the database already and not recorded",
    ),
    Manage(
        heading="What is the matter?",
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
    Edit(
        heading="Then somebody tries out an idea: customers with a level",
        file="shop/models.py",
        old='    email = models.EmailField(default="")\n',
        new='    email = models.EmailField(default="")\n    level = models.PositiveSmallIntegerField(default=1)\n',
    ),
    Manage(
        heading="Push: the database follows the models at once, without a migration",
        argv=("schemaguard", "push", "--noinput"),
        says="add column users.level",
    ),
    Edit(
        heading="The idea gets a better name",
        file="shop/models.py",
        old="    level = ",
        new="    loyalty = ",
    ),
    Manage(
        heading="Push again: a rename keeps the values",
        argv=("schemaguard", "push", "--noinput", "--rename", "shop.user.level:loyalty"),
        says="rename column users.level to loyalty",
    ),
    Manage(
        heading="The idea is good: history later",
        argv=("makemigrations",),
        says="0004_user_loyalty",
    ),
    Manage(
        heading="The new migration is in the database already: it is recorded, not run",
        argv=("schemaguard", "reconcile", "--noinput"),
        says="shop.0004_user_loyalty: record as applied, without running it",
    ),
    Manage(
        heading="Nothing is left for migrate",
        argv=("migrate",),
        says="No migrations to apply",
    ),
    Manage(
        heading="All four accounts agree",
        argv=("schemaguard", "check"),
    ),
)
