"""Tables with generated columns, and tables that Django cannot own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import pytest

from tests.adopt.stories import agrees, schema

if TYPE_CHECKING:
    from tests.harness import Project, Server

COMPUTED = """
CREATE TABLE boxes (
    id integer NOT NULL PRIMARY KEY,
    "wide ness" integer NOT NULL,
    label varchar(20) NOT NULL,
    area integer GENERATED ALWAYS AS ("wide ness" * 2) STORED,
    shout varchar(30) GENERATED ALWAYS AS (upper(label) || '%') STORED
);
INSERT INTO boxes (id, "wide ness", label) VALUES (1, 3, 'a');
"""
KEYLESS = """
CREATE TABLE log (at varchar(20), code varchar(9) NOT NULL UNIQUE, note text);
CREATE TABLE bare (first integer, second integer);
INSERT INTO log VALUES ('now', 'x', 'n');
INSERT INTO bare VALUES (1, 2);
"""


@pytest.mark.skipif(django.VERSION < (5, 0), reason="GeneratedField came with Django 5.0")
def test_a_generated_column_becomes_a_generated_field(project: Project, server: Server) -> None:
    project.database.script(COMPUTED)
    before = schema(project.database)

    project.manage("schemaguard", "adopt", "boxes", "--app", "shop").expect(0)

    models = project.path.joinpath("shop", "models.py").read_text()
    assert models.count("GeneratedField(") == 2
    assert schema(project.database) == before
    agrees(project)
    with server.fresh() as other:
        project.on(other).manage("migrate", "--noinput").expect(0)
        project.on(other).manage("schemaguard", "check", "--fail-level", "warning").expect(0)


def test_a_table_without_a_key_becomes_an_unmanaged_model(project: Project) -> None:
    project.database.script(KEYLESS)
    before = schema(project.database)

    told = project.manage("schemaguard", "adopt", "log", "bare", "--app", "shop").expect(0)

    models = project.path.joinpath("shop", "models.py").read_text()
    assert "# Unmanaged, since log has no primary key: code stands in for one." in models
    assert "# Unmanaged, since bare has no primary key: first stands in for one." in models
    assert models.count("managed = False") == 2
    assert "Log is unmanaged: log has no primary key" in told.out + told.err
    assert schema(project.database) == before
    agrees(project)
    assert project.manage("walk").expect(0).out.splitlines()[-2:] == ["Log x", "Bare 1"]
