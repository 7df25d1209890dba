"""`make demo` ends as told, and the README shows what it prints."""

from __future__ import annotations

import re
import subprocess
import sys

import django
import pytest

from tests.harness.commands import ROOT, SET

VERSION = re.compile(r"postgresql [\d.]+")


@pytest.mark.skipif(django.VERSION < (5, 2), reason="older versions word makemigrations otherwise")
def test_the_readme_shows_the_real_output_of_the_demo() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "demo.run"],
        cwd=ROOT,
        env={**_environment(), **SET},
        capture_output=True,
        encoding="utf-8",
    )
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


def _lines(text: str) -> list[str]:
    return [VERSION.sub("postgresql", line).strip() for line in text.splitlines() if line.strip()]


def _environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "DJANGO_SETTINGS_MODULE")}
