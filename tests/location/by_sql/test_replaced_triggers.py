"""A trigger that code of one migration makes, and that SQL of a later one replaces under its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.harness import migration
from tests.harness.vendors import ON_MYSQL
from tests.location.cases import ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

IN_CODE = """
def code(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        function = "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        schema_editor.execute(function)
        body = "EXECUTE FUNCTION note()"
    else:
        body = "SET NEW.name = 'x'"
    schema_editor.execute(f"CREATE OR REPLACE TRIGGER told BEFORE INSERT ON shop_owner FOR EACH ROW {body}")
"""
REPLACED = {
    "postgresql": "CREATE OR REPLACE TRIGGER told BEFORE UPDATE ON shop_owner FOR EACH ROW EXECUTE FUNCTION note()",
    "mysql": "CREATE OR REPLACE TRIGGER told BEFORE UPDATE ON shop_owner FOR EACH ROW SET NEW.name = 'y'",
}


@pytest.mark.parametrize("vendor", ["postgresql", ON_MYSQL], indirect=True)
def test_one_that_is_there_says_nothing_of_the_sql_that_replaces_it(case: MakeCase, vendor: str) -> None:
    owner = f'migrations.CreateModel("Owner", [{ID}, ("name", models.CharField(max_length=9))]),'
    pet = f'migrations.CreateModel("Pet", [{ID}]), '
    replaced = f'migrations.RunSQL("{REPLACED[vendor]}"),'
    steps = dict(history(owner, pet, replaced))
    in_code = migration("migrations.RunPython(code),", imports=IN_CODE, after=[("shop", "0001_step")], atomic=False)
    steps |= {"0001_told": in_code, "0002_step": migration(pet, after=[("shop", "0001_told")])}
    left = case(steps, last=0)
    ((version,),) = left.database.execute("SELECT version()")
    if not re.search(r"MariaDB|PostgreSQL (?!13\b)", version):
        pytest.skip(f"{version} replaces no triggers")
    left.manage("migrate", "shop", "0001_told", "--verbosity", "0").expect(0)
    left.run(LOST_RECORDS)
    assert {each["name"]: each["state"] for each in left.migrations()} == {
        "0001_step": "present", "0001_told": "pending", "0002_step": "pending", "0003_step": "pending"
    }  # fmt: skip
    left.reconcile()
    left.migrate()
    assert left.loud() == []
