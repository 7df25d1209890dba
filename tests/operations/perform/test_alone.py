"""A column is altered alone: what hangs on it goes once and comes once, whatever Django's editor would do beside."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import django
import pytest

from tests.harness import CONDITION, Database, Project, Server, make_project, migration
from tests.shop import dump, edit, mended, reconcile, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(django.VERSION < (5, 0), reason="db_default, GeneratedField")
ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
MADE = migration(
    """
    migrations.CreateModel("Sample", [
        ("id", models.BigAutoField(primary_key=True)),
        ("price", models.DecimalField(max_digits=8, decimal_places=2)),
        ("double", models.GeneratedField(
            expression=models.F("price") * 2, db_persist=True, db_index=True,
            output_field=models.DecimalField(max_digits=10, decimal_places=2),
        )),
        ("stock", models.IntegerField(db_default=0)),
        ("open", models.BooleanField(default=False)),
    ], options={"constraints": [models.CheckConstraint(CONDITION=models.Q(double__gte=0), name="double_check")],
                "indexes": [models.Index(fields=["stock", "double"], name="stock_double")]}),
    migrations.CreateModel("Place", [("id", models.UUIDField(primary_key=True))]),
    migrations.CreateModel("Visit", [
        ("id", models.BigAutoField(primary_key=True)),
        ("place", models.ForeignKey("shop.Place", models.CASCADE)),
        ("before", models.ForeignKey("shop.Place", models.CASCADE, null=True, related_name="+")),
    ]),
    """.replace("CONDITION", CONDITION)
)
SAMPLES = "SELECT id, price, double, stock FROM shop_sample ORDER BY id"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {vendor: tmp_path_factory.mktemp(f"alone-{vendor}") for vendor in ("sqlite", "postgresql", "mysql")}


@pytest.fixture
def template(server: Server, vendor: str, files: dict[str, Path]) -> Database:
    def build(database: Database) -> None:
        app: Any = {"migrations": {"0001_initial": MADE}}
        project = make_project(files[vendor], apps={"shop": app}, database=database)
        project.manage("migrate").expect(0)
        database.script("INSERT INTO shop_sample (price, open) VALUES (1.25, false), (3.5, false)")

    return server.template("altered alone", build)


@pytest.fixture
def project(server: Server, template: Database, vendor: str, files: dict[str, Path]) -> Iterator[Project]:
    with server.fresh(template) as database:
        yield Project(path=files[vendor], database=template).on(database)


@pytest.fixture
def clean(template: Database) -> Any:
    return dump(template)


def different(project: Project, *names: str) -> None:
    found = project.manage("schemaguard", "check", "--format", "json").expect(1).json["findings"]
    errors = [(each["problem"], each["name"]) for each in found if each["level"] == "error"]
    assert errors == [("different", name) for name in names]


def computed(expression: str, stored: str = "STORED") -> str:
    return f"numeric(10, 2) GENERATED ALWAYS AS ({expression}) {stored}"


COLUMN = "ALTER TABLE shop_sample DROP COLUMN double; ALTER TABLE shop_sample ADD COLUMN double {}"
AROUND = """;
    ALTER TABLE shop_sample ADD CONSTRAINT double_check CHECK (double >= 0);
    CREATE INDEX stock_double ON shop_sample (stock, double); CREATE INDEX shop_sample_double ON shop_sample (double)
"""


@pytest.mark.parametrize(
    ("name", "on_postgresql", "on_sqlite"),
    [
        ("stock", "ALTER TABLE shop_sample ALTER stock SET DEFAULT 7", ("DEFAULT 0", "DEFAULT 7")),
        ("stock", "ALTER TABLE shop_sample ALTER stock DROP DEFAULT", (" DEFAULT 0", "")),
        ("double", COLUMN.format(computed("price * 3")) + AROUND, ('("price" * 2)', '("price" * 3)')),
        ("double", "ALTER TABLE shop_sample ALTER double DROP EXPRESSION", None),
    ],
)
def test_a_default_and_an_expression(
    project: Project, clean: Any, vendor: str, name: str, on_postgresql: str, on_sqlite: tuple[str, str] | None
) -> None:
    if vendor == "postgresql":
        project.database.script(on_postgresql)
    elif on_sqlite is not None:
        edit(project.database, "shop_sample", *on_sqlite)
    else:
        pytest.skip("a plain column holds no values here that were computed")
    different(project, name)
    before = project.database.execute("SELECT id, price, stock, open FROM shop_sample ORDER BY id")

    reconcile(project, "--on-conflict", "alter")

    assert dump(project.database) == clean
    assert project.database.execute("SELECT id, price, stock, open FROM shop_sample ORDER BY id") == before
    assert [double for _, _, double, _ in project.database.execute(SAMPLES)] == [2.5, 7]
    mended(project, clean)


def test_rows_without_a_value_get_the_default_of_the_database(project: Project, clean: Any, vendor: str) -> None:
    if vendor == "postgresql":
        project.database.script("ALTER TABLE shop_sample ALTER stock DROP NOT NULL")
    else:
        edit(project.database, "shop_sample", '"stock" integer DEFAULT 0 NOT NULL', '"stock" integer DEFAULT 0 NULL')
    project.database.script("UPDATE shop_sample SET stock = NULL WHERE id = 2")
    mended(project, clean, "--on-conflict", "alter")
    assert project.database.execute("SELECT stock FROM shop_sample ORDER BY id") == [(0,), (0,)]


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize("became", ["virtual", "plain"])
def test_a_generated_column_of_sqlite(project: Project, clean: Any, became: str) -> None:
    """That was a stored one; of a plain one the rows hold what was computed."""
    rows = project.database.execute(SAMPLES)
    ((text,),) = project.database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_sample'")
    computed = text[text.index(" GENERATED") : text.index(" STORED")]
    if became == "plain":
        edit(project.database, "shop_sample", f"{computed} STORED", "")
    else:
        indexes = project.database.execute(
            "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%ON \"shop_sample%'"
        )
        project.database.script(
            f"DROP TABLE shop_sample; {text.replace(' STORED', ' VIRTUAL')}; {'; '.join(sql for (sql,) in indexes)};"
            "INSERT INTO shop_sample (price, open) VALUES (1.25, false), (3.5, false)"
        )
    different(project, "double")
    reconcile(project, "--on-conflict", "alter")
    assert dump(project.database) == clean
    assert project.database.execute(SAMPLES) == rows


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_plain_column_of_sqlite_whose_values_are_not_those_that_are_computed(project: Project) -> None:
    ((text,),) = project.database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_sample'")
    edit(project.database, "shop_sample", text[text.index(" GENERATED") : text.index(" STORED") + 7], "")
    project.database.execute("UPDATE shop_sample SET double = 9 WHERE id = 2")
    assert refused(project, "--on-conflict", "alter").startswith(
        "1 row of shop_sample (double) holds another value than the one that is computed for the column (for example"
        " id 2; "
    )


@ON_POSTGRESQL
def test_a_plain_column_whose_values_are_not_those_that_are_computed(project: Project, clean: Any) -> None:
    project.database.script(
        "ALTER TABLE shop_sample ALTER double DROP EXPRESSION; UPDATE shop_sample SET double = 9 WHERE id = 2"
    )
    assert refused(project, "--on-conflict", "alter") == (
        "1 row of shop_sample (double) holds another value than the one that is computed for the column (for example"
        ' id 2; SELECT * FROM "shop_sample" WHERE "double" IS DISTINCT FROM (("price" * 2))::numeric(10,2)); nothing'
        " was changed; --accept-data-loss allows it"
    )
    reconcile(project, "--on-conflict", "alter", "--accept-data-loss")
    assert dump(project.database) == clean


@ON_POSTGRESQL
def test_a_column_under_a_generated_one(project: Project, clean: Any) -> None:
    """With all that is over the generated column, and the numbers as they were."""
    project.database.script(
        "ALTER TABLE shop_sample DROP COLUMN double; ALTER TABLE shop_sample ALTER price TYPE numeric(12, 4);"
        f"ALTER TABLE shop_sample ADD COLUMN double {computed('price * 2')}{AROUND}"
    )
    different(project, "price")
    reconcile(project, "--on-conflict", "alter")
    assert dump(project.database) == clean
    assert project.database.execute(SAMPLES) == [(1, Decimal("1.25"), 2.5, 0), (2, Decimal("3.50"), 7, 0)]


@ON_POSTGRESQL
@pytest.mark.parametrize("kind", ["smallint", "bigint", "numeric(3)"])
def test_numbers_become_booleans(project: Project, clean: Any, kind: str) -> None:
    """PostgreSQL has no cast from smallint, bigint and numeric, whether there is a row or not."""
    project.database.script(
        f"ALTER TABLE shop_sample ALTER open TYPE {kind} USING open::integer::{kind};"
        "UPDATE shop_sample SET open = 1 WHERE id = 2"
    )
    reconcile(project, "--on-conflict", "alter")
    assert dump(project.database) == clean
    assert project.database.execute("SELECT open FROM shop_sample ORDER BY id") == [(False,), (True,)]


@ON_POSTGRESQL
def test_a_number_that_is_no_boolean(project: Project) -> None:
    project.database.script(
        "ALTER TABLE shop_sample ALTER open TYPE smallint USING open::integer; UPDATE shop_sample SET open = 5 - id"
    )
    assert refused(project, "--on-conflict", "alter").startswith(
        "2 rows of shop_sample (open) would not keep their value as boolean (for example id 1, 2; "
    )


TEXT_KEYS = """
    ALTER TABLE shop_visit DROP CONSTRAINT {place}; ALTER TABLE shop_visit DROP CONSTRAINT {before};
    ALTER TABLE shop_place ALTER id TYPE {kind}; ALTER TABLE shop_visit ALTER place_id TYPE {kind},
        ALTER before_id TYPE {kind};
    ALTER TABLE shop_visit
        ADD CONSTRAINT {place} FOREIGN KEY (place_id) REFERENCES shop_place DEFERRABLE INITIALLY DEFERRED,
        ADD CONSTRAINT {before} FOREIGN KEY (before_id) REFERENCES shop_place DEFERRABLE INITIALLY DEFERRED;
    INSERT INTO shop_place VALUES ('0123456789abcdef0123456789abcdef'), ('5123456789abcdef0123456789abcdef');
    INSERT INTO shop_visit (place_id) VALUES ('0123456789abcdef0123456789abcdef')
"""


@ON_POSTGRESQL
@pytest.mark.parametrize("kind", ["char(32)", "varchar(40)", "text"])
def test_a_key_that_was_text_with_what_points_at_it(project: Project, clean: Any, kind: str) -> None:
    """As a database that came from SQLite has it: 32 hexadecimal digits are a uuid."""
    names = dict(project.database.execute(
        "SELECT a.attname, quote_ident(conname) FROM pg_constraint k JOIN pg_attribute a ON attrelid = conrelid"
        " AND attnum = conkey[1] WHERE contype = 'f'"
    ))  # fmt: skip
    script = TEXT_KEYS.format(kind=kind, place=names["place_id"], before=names["before_id"])
    project.database.script(script)
    reconciled = reconcile(project, "--on-conflict", "alter", "--format", "json").json
    statements = [statement for step in reconciled["performed"] for statement in step["sql"]]
    assert len(statements) == len(set(statements)) == 7
    assert dump(project.database) == clean
    assert project.database.execute("SELECT place_id::text FROM shop_visit") == [
        ("01234567-89ab-cdef-0123-456789abcdef",)
    ]
    assert reconcile(project, "--format", "json").json["performed"] == []


@ON_POSTGRESQL
def test_a_key_that_can_be_no_uuid(project: Project) -> None:
    project.database.script(
        "ALTER TABLE shop_place DROP CONSTRAINT shop_place_pkey CASCADE;"
        "ALTER TABLE shop_place DROP COLUMN id; ALTER TABLE shop_place ADD COLUMN id bigint PRIMARY KEY;"
        "INSERT INTO shop_place VALUES (7)"
    )
    assert refused(project, "--on-conflict", "alter") == (
        "1 row of shop_place (id) may not be cast to uuid (for example id 7;"
        ' SELECT * FROM "shop_place" WHERE "id" IS DISTINCT FROM NULL); nothing was changed'
    )


def test_a_foreign_key_that_points_at_another_table(project: Project, clean: Any, vendor: str) -> None:
    """It goes; were it to stay beside the right one, no row could be written."""
    database = project.database
    key = "uuid" if vendor == "postgresql" else "char(32)"
    database.script(f"CREATE TABLE other (id {key} PRIMARY KEY)")
    if vendor == "postgresql":
        ((name,),) = database.execute(
            "SELECT conname FROM pg_constraint WHERE conname LIKE 'shop_visit_place%' AND contype = 'f'"
        )
        database.script(
            f"ALTER TABLE shop_visit DROP CONSTRAINT {name};"
            "ALTER TABLE shop_visit ADD FOREIGN KEY (place_id) REFERENCES other DEFERRABLE INITIALLY DEFERRED;"
            "ALTER TABLE shop_visit ALTER place_id DROP NOT NULL"
        )
    else:
        edit(database, "shop_visit", '"place_id" char(32) NOT NULL REFERENCES "shop_place"',
             '"place_id" char(32) NULL REFERENCES "other"')  # fmt: skip

    reconcile(project, "--on-conflict", "alter")

    database.script("DROP TABLE other")
    assert dump(database) == clean
    assert reconcile(project, "--format", "json").json["performed"] == []


KEYS = migration(
    """
    migrations.CreateModel("Room", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel("Code", [("code", models.CharField(max_length=30, primary_key=True))]),
    migrations.CreateModel("Use", [
        ("id", models.BigAutoField(primary_key=True)),
        ("room", models.ForeignKey("shop.Room", models.CASCADE)),
        ("code", models.ForeignKey("shop.Code", models.CASCADE)),
    ]),
    """
)
OTHER_KEYS = [
    "ALTER TABLE shop_room ALTER id TYPE integer; ALTER TABLE shop_use ALTER room_id TYPE integer",
    "ALTER TABLE shop_use ALTER room_id TYPE smallint; ALTER TABLE shop_room ALTER id TYPE integer",
    "ALTER TABLE shop_code ALTER code TYPE varchar(20); ALTER TABLE shop_use ALTER code_id TYPE varchar(20)",
    "ALTER TABLE shop_use ALTER code_id TYPE varchar(90)",
    "ALTER TABLE shop_code ALTER code TYPE text; ALTER TABLE shop_use ALTER code_id TYPE text",
]


@ON_POSTGRESQL
def test_keys_of_other_widths_with_what_points_at_them(tmp_path: Path, database: Database) -> None:
    app: Any = {"migrations": {"0001_initial": KEYS}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate").expect(0)
    database.script(
        "INSERT INTO shop_room DEFAULT VALUES; INSERT INTO shop_code VALUES ('a');"
        "INSERT INTO shop_use (room_id, code_id) VALUES (1, 'a')"
    )
    clean = dump(database)
    for trouble in OTHER_KEYS:
        database.script(trouble)
        mended(project, clean, "--on-conflict", "alter")


NUMBERED = migration(
    """
    migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True)), ("code", models.IntegerField())]),
    """
)
LIKE = "(code varchar_pattern_ops)"
CODED = migration(
    'migrations.AlterField("item", "code", models.CharField(max_length=9, db_index=True)),',
    after=[("shop", "0001_numbered")],
)


@ON_POSTGRESQL
@pytest.mark.parametrize(
    "there",
    [
        "CREATE INDEX shop_item_code_8d5ac71d ON shop_item (code)",
        f"ALTER TABLE shop_item ALTER code TYPE varchar(9); CREATE INDEX by_hand ON shop_item {LIKE}",
        f"ALTER TABLE shop_item ALTER code TYPE varchar(7); CREATE INDEX by_hand ON shop_item {LIKE}",
    ],
)
def test_half_of_an_alteration_that_makes_two_indexes(tmp_path: Path, database: Database, there: str) -> None:
    app: Any = {"migrations": {"0001_numbered": NUMBERED, "0002_coded": CODED}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.script(there)

    reconcile(project, "--on-conflict", "alter")

    assert dump(database).replace("by_hand", "…") == clean
    assert reconcile(project, "--format", "json").json["performed"] == []
