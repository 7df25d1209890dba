"""Django's system checks: `check --database` warns of drift, plain `check` makes no query, none blocks the repair."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemaguard import checks
from schemaguard.conf import read
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from tests.guard.shop import EMAIL, INITIAL, MODELS, SHOP, forget, shop, state
from tests.harness import Database, Project, Server, make_project, migration
from tests.report.diagnoses import finding

DOCS = Path(__file__).resolve().parents[1] / "docs" / "checks.md"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    made = shop(tmp_path, database)
    made.manage("migrate").expect(0)
    return made


def warnings(project: Project, *argv: str) -> str:
    """What `check --database default` writes; it must warn, succeed, and change nothing."""
    before = state(project.database)
    result = project.manage("check", "--database", "default", *argv).expect(0)
    assert state(project.database) == before
    assert "ERRORS" not in result.err
    return result.err


def warned(project: Project) -> set[str]:
    return set(re.findall(r"schemaguard\.(W\d{3})", warnings(project)))


def test_a_database_in_sync_is_silent(project: Project) -> None:
    assert warned(project) == set()


def test_w002_unrecorded(project: Project) -> None:
    forget(project.database, "0004")
    assert warnings(project) == (
        "System check identified some issues:\n\nWARNINGS:\n"
        "default: (schemaguard.W002) shop.0004_age is in the database and not recorded: migrate would fail with "
        "'already exists' (SG101)\n"
        "\tHINT: manage.py schemaguard reconcile\n\nSystem check identified 1 issue (0 silenced).\n"
    )


def test_w003_missing(project: Project) -> None:
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    assert "(schemaguard.W003) users.age is missing; shop.0004_age makes it (SG203)" in warnings(project)


def test_w004_another_shape(project: Project) -> None:
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users ADD COLUMN age text;")
    assert "(schemaguard.W004) users.age is text NULL; shop.0004_age makes it integer NULL" in warnings(project)


def test_w005_extra(project: Project) -> None:
    project.database.execute("CREATE TABLE by_hand (id integer PRIMARY KEY)")
    assert "(schemaguard.W005) table by_hand was made outside the migrations" in warnings(project)


def test_w006_orphaned(project: Project) -> None:
    project.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0009_gone', CURRENT_TIMESTAMP)"
    )
    assert warned(project) == {"W006"}


def test_w007_out_of_order(project: Project) -> None:
    forget(project.database, "0003")
    assert warned(project) == {"W002", "W007"}


def test_w008_models_ahead(project: Project) -> None:
    project.write("shop/models.py", MODELS.replace("max_length=200", "max_length=201"))
    assert warned(project) == {"W008"}


def test_w010_a_pattern_that_matches_nothing(tmp_path: Path, project: Project) -> None:
    make_project(
        tmp_path, apps=SHOP, settings={"SCHEMAGUARD": {"IGNORE_TABLES": ["legacy_*"]}}, database=project.database
    )
    assert warned(project) == {"W010"}


def test_what_is_ignored_is_not_told(tmp_path: Path, project: Project) -> None:
    project.database.execute("CREATE TABLE legacy_a (id integer PRIMARY KEY)")
    make_project(
        tmp_path, apps=SHOP, settings={"SCHEMAGUARD": {"IGNORE_TABLES": ["legacy_*"]}}, database=project.database
    )
    assert warned(project) == set()


def test_an_id_can_be_silenced(tmp_path: Path, project: Project) -> None:
    forget(project.database, "0004")
    silenced = {"SILENCED_SYSTEM_CHECKS": ["schemaguard.W002"]}
    make_project(tmp_path, apps=SHOP, settings=silenced, database=project.database)
    assert warned(project) == set()


def test_an_app_label_narrows_it(project: Project) -> None:
    project.write_app("other", {"migrations": {"0001_initial": INITIAL.replace('"users"', '"others"')}})
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings.replace("'shop'", "'shop', 'other'"))
    forget(project.database, "0004")
    assert "W002" in project.manage("check", "shop", "--database", "default").expect(0).err
    assert "W002" not in project.manage("check", "other", "--database", "default").expect(0).err


def test_many_findings_are_counted(tmp_path: Path, database: Database) -> None:
    fields = "".join(
        f'migrations.AddField("user", "f{n}", models.IntegerField(null=True)),\n' for n in range(checks.SHOWN + 3)
    )
    wide = migration(fields, after=[("shop", "0001_initial")])
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL, "0002_wide": wide}}}, database=database
    )
    project.manage("migrate").expect(0)
    for n in range(checks.SHOWN + 3):
        database.execute(f"ALTER TABLE users DROP COLUMN f{n}")
    found = warnings(project, "--tag", "schemaguard")
    assert found.count("(schemaguard.W003)") == checks.SHOWN + 1
    assert "(schemaguard.W003) and 3 more of these\n\tHINT: manage.py schemaguard check" in found


def test_hints_name_the_database(tmp_path: Path, server: Server) -> None:
    with server.fresh() as one, server.fresh() as two:
        settings = {"DATABASES": {"default": one.settings, "other": two.settings}}
        project = make_project(tmp_path, apps=SHOP, settings=settings, database=two)
        project.manage("migrate", "--database", "other").expect(0)
        forget(two, "0004")
        found = project.manage("check", "--database", "other").expect(0).err
        assert "other: (schemaguard.W002)" in found
        assert "HINT: manage.py schemaguard reconcile --database other\n" in found
        assert "W002" not in project.manage("check", "--database", "default").expect(0).err


def test_w001_a_database_that_does_not_answer(tmp_path: Path) -> None:
    nowhere = Database(vendor="sqlite", name=str(tmp_path / "nowhere" / "db.sqlite3"))
    project = make_project(tmp_path, apps=SHOP, database=nowhere)
    result = project.manage("check", "--database", "default").expect(0)
    assert "(schemaguard.W001) the database could not be compared with its migrations: cannot connect" in result.err


def test_w001_migrations_that_do_not_load(tmp_path: Path, sqlite_database: Database) -> None:
    broken = {"shop": {"migrations": {"0001_initial": "import nothing_at_all", "0002_email": EMAIL}}}
    project = make_project(tmp_path, apps=broken, database=sqlite_database)
    found = project.manage("check", "--database", "default").expect(0).err
    assert "(schemaguard.W001)" in found
    assert "migrations do not import" in found


def test_plain_check_makes_no_query(tmp_path: Path) -> None:
    nowhere = Database(vendor="sqlite", name=str(tmp_path / "nowhere" / "db.sqlite3"))
    project = make_project(tmp_path, apps=SHOP, database=nowhere)
    assert project.manage("check").expect(0).out == "System check identified no issues (0 silenced).\n"


def test_migrate_does_not_report_drift(project: Project) -> None:
    project.database.execute("CREATE TABLE by_hand (id integer PRIMARY KEY)")
    assert "schemaguard" not in project.manage("migrate").expect(0).err


def test_errors_are_mistakes_in_the_setting_and_do_not_block_the_repair_tool(tmp_path: Path, project: Project) -> None:
    forget(project.database, "0004")
    settings = {"SCHEMAGUARD": {"GUARD": "stop"}}
    make_project(tmp_path, apps=SHOP, settings=settings, database=project.database)
    result = project.manage("check").expect(1)
    assert "(schemaguard.E002) settings.SCHEMAGUARD: unknown key 'GUARD'." in result.err
    assert "unknown key 'GUARD'" in project.manage("schemaguard", "check").expect(2).err
    make_project(tmp_path, apps=SHOP, database=project.database)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)


def test_a_note_is_no_warning() -> None:
    note = finding(Kind.CHECK, Problem.INCOMPARABLE, "check price_positive cannot be told", table="shop_price")
    assert list(checks._messages("default", [note])) == []


def test_every_id_has_its_anchor() -> None:
    anchors = set(re.findall(r"^### ([WE]\d{3})$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    told = {*checks.IDS.values(), checks.STALE, "W001", "W009", "W011"}
    values: list[object] = [
        [],
        {"x": 1},
        {"ALLOW_PUSH": 1},
        {"IGNORE": [1]},
        {"IGNORE": [{"code": "SG999", "reason": " "}]},
        {"IGNORE": [{"reason": "x"}]},
    ]
    told |= {mistake.id for value in values for mistake in read(value).mistakes}
    assert anchors == told


# ------------------------------------------------------------------------------------------------------- installation
def distribution(folder: Path, name: str, *files: str) -> None:
    """What an installer leaves behind beside the package."""
    path = folder / f"{name}.dist-info"
    path.mkdir()
    (path / "RECORD").write_text("".join(f"{file},sha256=0,1\n" for file in files), encoding="utf-8")


def test_w011_the_other_distribution_of_our_name(tmp_path: Path) -> None:
    distribution(tmp_path, "django_schemaguard-0.1.0", "schemaguard/__init__.py")
    assert checks.other_distribution(tmp_path) is None
    distribution(tmp_path, "schemaguard-0.4.2", "schemaguard/__init__.py", "schemaguard/cli.py")
    assert checks.other_distribution(tmp_path) == "schemaguard 0.4.2"


def test_one_of_that_name_with_another_package_is_none_of_our_business(tmp_path: Path) -> None:
    distribution(tmp_path, "schemaguard-0.4.2", "guard_of_schemas/__init__.py")
    (tmp_path / "schemaguard-0.4.3.dist-info").mkdir()
    assert checks.other_distribution(tmp_path) is None


def test_w011_is_said_by_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_installation() == []
    monkeypatch.setattr(checks, "other_distribution", lambda folder: "schemaguard 0.4.2")
    (message,) = checks.check_installation()
    assert message.id == "schemaguard.W011"
    assert "schemaguard 0.4.2" in message.msg
