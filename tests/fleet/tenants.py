"""A project with tenants: one PostgreSQL database, in which every schema is a deployment of the whole history."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import CONDITION, Database, Project, Result, make_project, migration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MODELS = """
from django.db import models

class Shop(models.Model):
    name = models.CharField(max_length=50, unique=True)

class Item(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    name = models.CharField(max_length=50, db_index=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    note = models.CharField(max_length=20, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="price_is_positive", CONDITION=models.Q(price__gte=0)),
            models.UniqueConstraint(fields=["shop", "name"], name="one_name", condition=models.Q(price__gt=1)),
        ]
"""
FIRST = """
migrations.CreateModel("Shop", [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("name", models.CharField(max_length=50, unique=True)),
]),
migrations.CreateModel("Item", [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("shop", models.ForeignKey("shop.Shop", models.CASCADE)),
    ("name", models.CharField(max_length=50, db_index=True)),
    ("price", models.DecimalField(max_digits=8, decimal_places=2, default=0)),
]),
"""
RULES = """
migrations.AddConstraint("item", models.CheckConstraint(name="price_is_positive", CONDITION=models.Q(price__gte=0))),
migrations.AddConstraint("item", models.UniqueConstraint(
    fields=["shop", "name"], name="one_name", condition=models.Q(price__gt=1))),
"""
SQL = '''
migrations.RunSQL("""
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE SEQUENCE shop_number;
    CREATE TABLE shop_diary (id bigint DEFAULT nextval('shop_number'), mood mood NOT NULL DEFAULT 'ok'::mood);
    CREATE VIEW shop_cheap AS SELECT id, name FROM shop_item WHERE price < 5;
    CREATE FUNCTION shop_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER shop_touched BEFORE UPDATE ON shop_item FOR EACH ROW EXECUTE FUNCTION shop_touch();
"""),
'''
NOTE = """migrations.AddField("item", "note", models.CharField(max_length=20, default="")),"""


def tenants_project(path: Path, database: Database) -> Project:

    after = [None, "0001_initial", "0002_rules", "0003_sql"]
    texts = {"0001_initial": FIRST, "0002_rules": RULES, "0003_sql": SQL, "0004_note": NOTE}
    migrations = {
        name: migration(text.replace("CONDITION", CONDITION), after=[("shop", before)] if before else [])
        for (name, text), before in zip(texts.items(), after, strict=True)
    }
    models = MODELS.replace("CONDITION", CONDITION)
    return make_project(
        path, apps={"shop": {"models": models, "migrations": migrations}}, database=database
    )  # fmt: skip


def in_schema(schema: str) -> dict[str, str]:
    """The environment of a command that works in one schema, as libpq knows it."""
    quoted = '"' + schema + '"'
    return {"PGOPTIONS": f"-c search_path={quoted},public".replace(" ", "\\ ").replace("-c\\ ", "-c ")}


def provision(project: Project, *schemas: str, until: str = "0004") -> None:
    for schema in schemas:
        project.database.script(f'CREATE SCHEMA "{schema}"')
        project.manage("migrate", "shop", until, env=in_schema(schema)).expect(0)


def check(project: Project, *argv: str) -> Result:
    return project.manage("schemaguard", "check", *argv)


def documents(result: Result) -> dict[str, Any]:
    """schema → its document."""
    return {each["database"]["schema"]: each for each in result.json["targets"]}


def groups(result: Result) -> list[tuple[str, Sequence[str]]]:
    return [(each["verdict"], each["targets"]) for each in result.json["groups"]]


def dump_program(database: Database) -> str | None:
    """The path of a pg_dump that is not older than the server."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    (server,) = database.execute("SHOW server_version_num")
    return program if int(told.split()[2].partition(".")[0]) >= int(server[0]) // 10_000 else None


def provision_alike(project: Project, schema: str, names: Sequence[str]) -> None:
    """`schema` by migrate, and the others as copies of it; by migrate as well, one by one, where nothing copies."""
    provision(project, schema)
    if dump_program(project.database) is not None:
        clone(project.database, schema, names)
    else:
        provision(project, *names)


def clone(database: Database, schema: str, names: Sequence[str]) -> None:
    """Further schemas with the tables, rows and all else that one of them has, by the server's own dump of that."""
    where = ["-h", database.host, "-p", database.port, "-U", database.user]
    program = dump_program(database)
    if program is None:
        pytest.skip("NOT TESTED: no pg_dump of the server's version is installed, so that schemas cannot be copied")
    dump = subprocess.run(
        [program, *where, "--inserts", "-n", schema, database.name],
        env={**os.environ, "PGPASSWORD": database.password}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    left_out = ("SET ", "\\", "SELECT pg_catalog.set_config")
    text = "\n".join(line for line in dump.splitlines() if not line.startswith(left_out))
    for name in names:
        database.script(text.replace(schema, name))
