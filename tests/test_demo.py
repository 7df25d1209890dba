"""`make demo` and `make demo-mysql` end as told, and the README shows what the first one prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import django
import pytest

from tests.harness.commands import ROOT, SET

VERSION = re.compile(r"postgresql [\d.]+")


@pytest.mark.skipif(django.VERSION < (5, 2), reason="older versions word makemigrations otherwise")
def test_the_readme_shows_the_real_output_of_the_demo() -> None:
    run = _run("demo.run")
    assert run.returncode == 0, run.stdout + run.stderr
    printed = _lines(run.stdout)
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## What it looks like\n")[1].split("\n## ")[0]
    shown = _lines("\n".join(line for line in section.splitlines() if line.startswith("    ")))
    assert len(shown) > 12
    position = 0
    for line in shown:  # in the same order, though not every line
        if line == "…":
            continue
        assert line in printed[position:], line
        position = printed.index(line, position) + 1


def test_the_half_run_migration_ends_as_told(mysql: Any) -> None:
    run = _run("demo.mysql")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "migrate stopped in operation 3 (Alter field email on user)" in run.stdout
    (name,) = set(re.findall(r"schemaguard_test_\w+", run.stdout))
    assert mysql.admin.execute(f"SHOW DATABASES LIKE '{name}'") in ([], ())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "SCHEMAGUARD_TEST_MYSQL_URL names no server; example: mysql://root@127.0.0.1:3306/"),
        (
            "mysql://root@127.0.0.1:1/",
            "the server that SCHEMAGUARD_TEST_MYSQL_URL names does not answer, or does not let us in",
        ),
    ],
)
def test_without_a_server_one_line_says_so(url: str, said: str) -> None:
    run = _run("demo.mysql", SCHEMAGUARD_TEST_MYSQL_URL=url)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", f"{said}\n")


def _run(module: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**_environment(), **SET, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _lines(text: str) -> list[str]:
    return [VERSION.sub("postgresql", line).strip() for line in text.splitlines() if line.strip()]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "DJANGO_SETTINGS_MODULE")}
