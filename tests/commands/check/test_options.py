"""The options of a check, and where its report goes."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.check.users import APPS, SHOP, another_type, checked, codes
from tests.harness import Project, Server, make_project, records, run_manage


def test_one_line_where_all_is_well(project: Project) -> None:
    result = project.manage("schemaguard", "check").expect(0)
    assert result.err == ""
    vendor = project.database.vendor
    assert result.out.startswith(f"default ({vendor} ")
    assert result.out.endswith(f", {project.database.name}): in sync, 2 migrations applied\n")
    assert result.out.count("\n") == 1


def test_a_page_shows_the_table_that_differs_with_all_of_its_columns(project: Project, tmp_path: Path) -> None:
    """On a real database, in another process: what a picture needs is in no other report."""
    another_type(project)
    page = tmp_path / "report.html"
    text = project.manage("schemaguard", "check", "--report", f"html={page}").expect(1)
    html = page.read_text(encoding="utf-8")
    assert "<h1>Conflict</h1>" in html
    assert re.findall(r'class="t-name">([^<]*)<', html) == ["users"]
    assert "+ 3 columns alike" in html
    assert 'aria-label="0002_user: conflicting"' in html
    assert text.out.splitlines()[0].endswith(": conflict, 1 error")


def test_hints_are_commands_for_the_database_that_was_checked(tmp_path: Path, server: Server) -> None:
    """As they stand: told of another database they would mend the default one, or hand a name to the shell."""
    odd = "a b; $(touch pwned)"
    with server.fresh() as one, server.fresh() as two:
        settings = {**APPS, "DATABASES": {"default": one.settings, "fleet 2": two.settings}}
        project = make_project(tmp_path, apps=SHOP, settings=settings, database=two)
        project.manage("migrate", "--database", "fleet 2").expect(0)
        two.execute(f'CREATE TABLE "{odd}" (id integer)')
        two.execute("DELETE FROM django_migrations WHERE name = '0002_user'")

        found = project.manage("schemaguard", "check", "--database", "fleet 2", "--format", "json").expect(1).json
        hints = {each["code"]: each["hint"] for each in found["findings"]}
        adopt, _, rest = hints["SG202"].rpartition(", or list it")
        database = ["--database", "fleet 2"]
        assert shlex.split(adopt) == ["manage.py", "schemaguard", "adopt", *database, odd, "--app", "APP_LABEL"]
        assert rest == ' under SCHEMAGUARD["IGNORE_TABLES"]'
        mend = shlex.split(hints["SG101"])
        assert mend == ["manage.py", "schemaguard", "reconcile", *database]
        text = project.manage("schemaguard", "check", "--database", "fleet 2").expect(1).out
        assert text.count("manage.py schemaguard") == text.count("--database 'fleet 2'") == 2

        project.manage(*mend[1:], "--noinput").expect(0)
        assert ("shop", "0002_user") in records(two)
        assert records(one) == []


def test_what_a_person_reads(sqlite_project: Project) -> None:
    another_type(sqlite_project)
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    result = sqlite_project.manage("schemaguard", "check").expect(1)
    assert result.err == ""
    assert result.out.splitlines()[1:] == [
        "",
        "  shop  ●▲  ▲ 1 conflicting",
        "",
        "shop.0002_user  conflicting",
        "  error    SG204  column age of users has another type  shop/migrations/0002_user.py:8",
        "                  expected  integer NULL",
        "                  actual    date NULL",
        "",
        "  warning  SG202  table legacy was made outside the migrations",
        "                  hint      manage.py schemaguard adopt legacy --app APP_LABEL, "
        'or list it under SCHEMAGUARD["IGNORE_TABLES"]',
        "",
        *([line] if (line := next((x for x in result.out.splitlines() if x.startswith("plan")), "")) else []),
        "next  manage.py schemaguard reconcile --on-conflict alter",
    ]


@pytest.mark.parametrize(
    ("level", "code"),
    [((), 0), (("--fail-level", "error"), 0), (("--fail-level", "warning"), 1), (("--fail-level=info",), 1)],
)
def test_fail_level(sqlite_project: Project, level: str, code: Any) -> None:
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    assert codes(checked(sqlite_project, *level, code=code)) == ["SG202"]


def test_a_report_in_a_file(sqlite_project: Project) -> None:
    report = sqlite_project.path / "report.json"
    sqlite_project.database.execute("DELETE FROM django_migrations")
    result = sqlite_project.manage("schemaguard", "check", "--format", "json", "--output", str(report)).expect(1)
    assert result.out == result.err == ""
    assert json.loads(report.read_text())["verdict"] == "reconcilable"
    umask = os.umask(0)
    os.umask(umask)
    assert report.stat().st_mode & 0o777 == 0o666 & ~umask
    report.chmod(0o640)
    sqlite_project.manage("schemaguard", "check", "--output", str(report), "--force-color").expect(1)
    assert report.read_text().startswith("default (sqlite ")
    assert "\x1b" not in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in sqlite_project.path.glob(".report*")] == []


def test_a_symbolic_link_stays_one(sqlite_project: Project) -> None:
    target, link = sqlite_project.path / "target", sqlite_project.path / "link"
    target.write_text("before")
    link.symlink_to(target)
    sqlite_project.manage("schemaguard", "check", "--output", str(link)).expect(0)
    assert link.is_symlink()
    assert "in sync" in target.read_text()


def test_a_device_is_written_to_and_not_replaced(sqlite_project: Project) -> None:
    sqlite_project.manage("schemaguard", "check", "--output", "/dev/null").expect(0)
    assert not Path("/dev/null").is_file()


def test_options_of_django_work_on_either_side(sqlite_project: Project) -> None:
    before = sqlite_project.manage("schemaguard", "--verbosity", "0", "--no-color", "check").expect(0)
    after = sqlite_project.manage("schemaguard", "check", "-v0", "--no-color", "--settings=project_settings").expect(0)
    assert before.out == after.out
    sqlite_project.database.execute("CREATE TABLE legacy (id integer)")
    one = sqlite_project.manage("schemaguard", "-v", "0", "check").expect(0)
    other = sqlite_project.manage("schemaguard", "check", "-v", "0").expect(0)
    assert one.out == other.out
    assert one.out.count("\n") == 1


def test_colours_are_for_terminals(sqlite_project: Project) -> None:
    assert "\x1b" not in sqlite_project.manage("schemaguard", "check").out
    forced = sqlite_project.manage("schemaguard", "check", "--force-color", env={"TERM": "xterm"}).expect(0)
    assert forced.out.startswith("\x1b[1mdefault\x1b[0m (sqlite ")
    assert forced.out.count("\n") == 1


def test_a_stream_that_takes_no_unicode(sqlite_project: Project) -> None:
    sqlite_project.database.execute('CREATE TABLE "tische_ü" (id integer)')
    env = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    manage = sqlite_project.path / "manage.py"
    result = run_manage(
        sqlite_project.database, "schemaguard", "check", settings="project_settings", env=env, manage=manage
    ).expect(0)
    assert r"table tische_\xfc was made outside the migrations" in result.out


def test_a_reader_who_goes_away(sqlite_project: Project) -> None:
    import subprocess

    environment = {**os.environ, **sqlite_project.database.environment}
    environment["DJANGO_SETTINGS_MODULE"] = "project_settings"
    sqlite_project.database.execute("DELETE FROM django_migrations")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "schemaguard", "check", "--format", "json"],
        cwd=sqlite_project.path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 1
