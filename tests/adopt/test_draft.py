"""Live tables become drafts of models, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RunSQL, SeparateDatabaseAndState
from django.db.migrations.state import ProjectState

from schemaguard.adopt.draft import Draft, Drafter
from schemaguard.adopt.names import field_name, model_name
from schemaguard.adopt.source import migration_of, models_source
from schemaguard.adopt.targets import Target, targets_of_project
from schemaguard.database import backend_of
from schemaguard.exceptions import Refused

if TYPE_CHECKING:
    from tests.harness import Database

Connect = Callable[..., Any]
LABEL = "shipping"
on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)


def drafts(connection: Any, *names: str) -> list[Draft]:
    backend = backend_of(connection)
    with backend.reading():
        schema = backend.read()
    return Drafter(connection, backend, schema, ProjectState()).draft(names, LABEL)


def drafted(connection: Any, *names: str) -> str:
    return models_source(drafts(connection, *names), "from django.db import models\n")


# ---------------------------------------------------------------------------------------------------------------- keys
def test_a_key_to_a_unique_column_names_its_field(database: Database, connect: Connect) -> None:
    database.script(
        "CREATE TABLE halls (id integer NOT NULL PRIMARY KEY, code varchar(9) NOT NULL UNIQUE);"
        "CREATE TABLE seats (id integer NOT NULL PRIMARY KEY, hall varchar(9) NOT NULL REFERENCES halls (code));"
    )
    with connect(database) as connection:
        text = drafted(connection, "seats", "halls")
    assert "    hall = models.ForeignKey('shipping.Halls', models.DO_NOTHING, db_column='hall', " in text
    assert "to_field='code'" in text


def test_a_key_that_is_the_primary_one_too(database: Database, connect: Connect) -> None:
    database.script(
        "CREATE TABLE halls (id integer NOT NULL PRIMARY KEY);"
        "CREATE TABLE plans (hall_id integer NOT NULL PRIMARY KEY REFERENCES halls (id));"
    )
    with connect(database) as connection:
        _, plan = drafts(connection, "halls", "plans")
    assert isinstance(plan.fields["hall"], models.OneToOneField)
    assert plan.fields["hall"].primary_key


def test_a_key_to_a_column_that_no_model_has_is_a_plain_field(database: Database, connect: Connect) -> None:
    database.script(
        "CREATE TABLE shipping_carrier (code varchar(20) NOT NULL PRIMARY KEY, number integer UNIQUE);"
        "CREATE TABLE seats (id integer NOT NULL PRIMARY KEY, carrier integer REFERENCES shipping_carrier (number));"
    )
    with connect(database) as connection:
        (seats,) = drafts(connection, "seats")
    assert type(seats.fields["carrier"]) is models.IntegerField
    assert seats.by_sql


def test_two_keys_to_one_table_have_names_of_their_own(database: Database, connect: Connect) -> None:
    target = Target("shop.Hall", {}, {"id", "seat_left_set"})
    assert [target.way_back("seat", name) for name in ("hall", "left", "right")] == [
        None, "seat_left_set_2", "seat_right_set",
    ]  # fmt: skip


def test_the_tables_of_the_project_are_those_of_its_own_models() -> None:
    found = targets_of_project(None)
    assert found["orders_shipment"].label == "shipping.Shipment"
    assert found["orders_shipment"].fields["carrier_code"] == ("carrier", False)
    proxies = [model for model in apps.get_models() if model._meta.proxy]
    assert proxies
    assert {each.label for each in found.values()}.isdisjoint(model._meta.label for model in proxies)


# ------------------------------------------------------------------------------------------------------------ refusals
class Nowhere:
    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return False


def test_a_router_that_keeps_the_models_away(database: Database, connect: Connect, settings: Any) -> None:
    settings.DATABASE_ROUTERS = [Nowhere()]
    database.execute("CREATE TABLE seats (id integer NOT NULL PRIMARY KEY)")
    with connect(database) as connection, pytest.raises(Refused) as refused:
        drafts(connection, "seats")
    assert str(refused.value) == "seats is kept off this database by a router"


# --------------------------------------------------------------------------------------------------------------- names
@on_sqlite
def test_unique_columns_without_a_name(database: Database, connect: Connect) -> None:
    database.execute("CREATE TABLE seats (id integer NOT NULL PRIMARY KEY, a integer, b integer, UNIQUE (a, b))")
    with connect(database) as connection:
        assert "        unique_together = [('a', 'b')]\n" in drafted(connection, "seats")


@pytest.mark.parametrize(
    ("table", "name"), [("seats", "Seats"), ("se-ats", "SeAts"), ("2 of", "Table2Of"), ("", "Table")]
)
def test_names_of_models(table: str, name: str) -> None:
    assert model_name(table, set()) == name
    assert model_name(table, {name.lower(), f"{name}2".lower()}) == f"{name}3"


def test_names_of_fields() -> None:
    taken = ["check_field"]
    assert field_name("check", taken, relation=False, primary_key=False) == "check_field_2"


# --------------------------------------------------------------------------------------------------------------- text
BEFORES = {
    "": True,
    "import os\nfrom django.utils import timezone\n": True,
    "from django.db import connection\n": True,
    "from django.db import models as m\n": True,
    "from django.db import connection, models\n": False,
    "from django.contrib.gis.db import models\n": False,
}


@pytest.mark.parametrize("before", BEFORES)
def test_models_are_imported_where_they_are_not(database: Database, connect: Connect, before: str) -> None:
    database.execute("CREATE TABLE seats (id integer NOT NULL PRIMARY KEY)")
    with connect(database) as connection:
        text = models_source(drafts(connection, "seats"), before)
    assert text.startswith(before.rstrip("\n"))
    added = text.removeprefix(before.rstrip("\n")).lstrip("\n")
    assert added.startswith("from django.db import models\n\n\nclass Seats" if BEFORES[before] else "class Seats")


@on_postgresql
def test_what_the_draft_needs_is_imported(database: Database, connect: Connect) -> None:
    database.execute("CREATE TABLE seats (id integer PRIMARY KEY, tags text[])")
    with connect(database) as connection:
        text = drafted(connection, "seats")
    assert text.startswith("from django.db import models\n\n\nimport django.contrib.postgres.fields\n\n\nclass Seats")


def test_tables_of_models_and_of_sql_in_one_migration(database: Database, connect: Connect) -> None:
    database.script(
        "CREATE TABLE seats (id integer NOT NULL PRIMARY KEY); CREATE INDEX odd ON seats ((id + 1));"
        "CREATE TABLE halls (id integer NOT NULL PRIMARY KEY);"
    )
    with connect(database) as connection:
        loader = MigrationLoader(connection)
        state = loader.project_state()
        migration = migration_of(connection, loader, state, drafts(connection, "seats", "halls"), LABEL)
    kinds = {getattr(each, "name", "seats"): type(each) for each in migration.operations}
    assert migration.name.endswith("_adopt_seats_and_1_more")
    assert kinds["seats"] is SeparateDatabaseAndState
    assert issubclass(kinds["Halls"], CreateModel)
    assert not any(isinstance(each, RunSQL) for each in migration.operations)
