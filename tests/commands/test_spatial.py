"""GeoDjango: geometries and their indexes on PostGIS, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.harness import Database, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

try:
    from django.contrib.gis import gdal  # noqa: F401  (needs the library of that name)

    HAS_GDAL = True
except ImproperlyConfigured:
    HAS_GDAL = False

ID = '("id", models.BigAutoField(primary_key=True))'
GEO = "from django.contrib.gis.db import models"
HISTORY = {
    "0001_initial": migration(
        f"""
        migrations.CreateModel("Place", [
            {ID},
            ("title", models.CharField(max_length=9, db_index=True)),
            ("spot", models.PointField(geography=True, null=True)),
            ("area", models.PolygonField(srid=3857)),
            ("way", models.LineStringField(dim=3, null=True)),
        ]),
        """,
        imports=GEO,
    ),
    "0002_more": migration(
        """
        migrations.AlterField("place", "area", models.MultiPolygonField(srid=3857)),
        migrations.AddField("place", "plain", models.PointField(null=True, spatial_index=False)),
        migrations.AddField("place", "listed", models.PointField(null=True, spatial_index=False, db_index=True)),
        migrations.AlterField("place", "way", models.LineStringField(null=True)),
        """,
        after=[("shop", "0001_initial")],
        imports=GEO,
    ),
    "0003_renames": migration(
        """
        migrations.RenameModel("Place", "Spot"),
        migrations.RenameField("spot", "area", "region"),
        """,
        after=[("shop", "0002_more")],
        imports=GEO,
    ),
}
SPATIAL = "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_spot' AND indexdef LIKE '%gist%' ORDER BY 1"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    if not HAS_GDAL:
        pytest.skip("no GDAL here")
    if not database.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'"):
        pytest.skip("no PostGIS on this server")
    made = make_project(
        tmp_path,
        apps={"shop": {"migrations": HISTORY}},
        settings={"INSTALLED_APPS": ["schemaguard", "django.contrib.gis", "shop"]},
        database=database,
        engine="django.contrib.gis.db.backends.postgis",
    )
    made.manage("migrate").expect(0)
    return made


def loud(project: Project) -> list[Any]:
    report = project.manage("schemaguard", "check", "--format", "json").json
    return [each for each in report["findings"] if each["level"] != "info" and each["problem"] != "unmigrated"]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_clean_database_has_no_finding(project: Project, database: Database) -> None:
    assert loud(project) == []
    assert len(database.execute(SPATIAL)) == 4


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("recorded", [True, False])
def test_lost_spatial_indexes_are_made_again(project: Project, database: Database, recorded: bool) -> None:
    database.execute(
        "INSERT INTO shop_spot (title, region) "
        "VALUES ('a', ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))', 3857))"
    )
    names = database.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'shop_spot' AND indexdef ~ 'gist'")
    for (name,) in names:
        database.execute(f'DROP INDEX "{name}"')
    if not recorded:
        database.execute("DELETE FROM django_migrations")

    assert len([each for each in loud(project) if recorded or each["migration"]]) == (4 if recorded else 3)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert loud(project) == []
    assert len(database.execute(SPATIAL)) == len(names) == 4
    assert database.execute("SELECT title FROM shop_spot") == [("a",)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_dropped_geometry_comes_back_with_its_index(project: Project, database: Database) -> None:
    database.execute("ALTER TABLE shop_spot DROP COLUMN spot")

    (found,) = loud(project)
    assert (found["kind"], found["name"], found["problem"]) == ("column", "spot", "missing")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert loud(project) == []
    assert len(database.execute(SPATIAL)) == 4


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_geometries_are_adopted_as_such(project: Project, database: Database) -> None:
    database.script(
        "CREATE TABLE stop (id integer PRIMARY KEY, spot geometry(Point,4326) NOT NULL, "
        "way geography(LineString,4326), area geometry(MultiPolygonZ,3857)); CREATE INDEX ON stop USING gist (spot)"
    )
    project.write("shop/models.py", "from django.db import models\n")

    project.manage("schemaguard", "adopt", "stop", "--app", "shop").expect(0)

    written = (project.path / "shop" / "models.py").read_text()
    assert "PointField(srid=4326)" in written
    assert "LineStringField(blank=True, geography=True, null=True, spatial_index=False, srid=4326)" in written
    assert "MultiPolygonField(blank=True, dim=3, null=True, spatial_index=False, srid=3857)" in written
    assert loud(project) == []
