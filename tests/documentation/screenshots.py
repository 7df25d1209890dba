"""Takes the screenshots of the pages, of real runs: `make screenshots`. Needs Chromium, and PostgreSQL comes along.

A database of testproject is broken in several ways at once. The HTML report on it is photographed in three widths and
two colours; what the commands print on a terminal is written as SVG.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.documentation.pages import DOCS
from tests.harness import Database, run_manage
from tests.harness.embedded import embedded_server
from tests.report.html.conftest import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

IMAGES = DOCS / "images"
RECORDED = Path(__file__).parent / "recorded"
BROKEN = (
    "DELETE FROM django_migrations WHERE app = 'orders' AND name > '0013'",
    "DELETE FROM django_migrations WHERE app = 'accounts' AND name > '0010'",
    "ALTER TABLE accounts_membership DROP COLUMN joined_on",
    "ALTER TABLE catalog_product ALTER COLUMN sku TYPE varchar(20)",
    "ALTER TABLE catalog_product ADD COLUMN imported_at timestamptz",
    "ALTER TABLE orders_order ALTER COLUMN note TYPE varchar(33)",
    "DROP TABLE reviews_vote",
    "CREATE TABLE legacy_orders (id integer PRIMARY KEY, payload jsonb)",
)
SIZES = ((400, 860), (1000, 1150), (1600, 1150))
PARTS = {"history": "#history", "tables": "#tables", "findings": "#findings", "plan": "#plan"}
COLOURS = ("3c4048", "f07169", "6cc68c", "e0b05c", "7aa8f5", "c896eb", "62c4d0", "dee1e6")
BRIGHT = ("828892", "ff8c84", "82dca0", "f0c478", "96beff", "d7aaf5", "82d7e1", "ffffff")
FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
OTHERS = {
    "drizzle-kit": "npx drizzle-kit push --strict --verbose",
    "atlas-schema-apply": "atlas schema apply --url $DATABASE --to file://shop.sql --dev-url $DEV --dry-run",
    "atlas-migrate-apply": "atlas migrate apply --dir file://migrations --url $DATABASE --allow-dirty",
    "atlas-migrate-status": "atlas migrate status --dir file://migrations --url $DATABASE",
}
"""What programs printed that no Python package brings along: recorded once, from a terminal, byte by byte."""
SLIP = "from shop import price\n\n\ndef total(lines):\n    return sum(price(line) for line in rows)\n"
"""A file in which Ruff finds something, for a picture beside ours."""


def theme() -> TerminalTheme:
    """A dark terminal of the colours of the report."""
    normal, bright = ([_rgb(each) for each in colours] for colours in (COLOURS, BRIGHT))
    return TerminalTheme(_rgb("181a1e"), _rgb("dee1e6"), normal, bright)


def _rgb(text: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def main() -> int:
    """Writes docs/images. Exit code 1 where there is no Chromium."""
    if CHROMIUM is None:
        print("no Chromium was found: apt-get install chromium, or set CHROMIUM", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with embedded_server() as admin, tempfile.TemporaryDirectory() as folder:
        admin.execute("CREATE DATABASE shop")
        database = replace(admin, name="shop")
        run_manage(database, "migrate", "-v0").expect(0)
        for statement in BROKEN:
            database.execute(statement)
        page = Path(folder) / "report.html"
        _terminals(database, Path(folder), page)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for name, picture in _photographs(browser, page):
                _write(name, picture)
            browser.close()
    return 0


# ------------------------------------------------------------------------------------------------------------- browser
def _photographs(browser: Browser, page: Path) -> Iterator[tuple[str, bytes]]:
    for colours in ("light", "dark"):
        for width, height in SIZES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
            opened = context.new_page()
            opened.goto(page.as_uri())
            yield f"report-{width}-{colours}.png", opened.screenshot()
            if width == 1000:
                for name, selector in PARTS.items():
                    yield f"report-{name}-{colours}.png", opened.locator(selector).screenshot()
            context.close()


def _write(name: str, picture: bytes) -> None:
    """With a palette of its own, which is a quarter of the size and looks the same."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(IMAGES / name, optimize=True)


# ------------------------------------------------------------------------------------------------------------ terminal
def _terminals(database: Database, folder: Path, page: Path) -> None:
    """Each command as it is typed, with what it says. The first also writes the HTML report."""
    _terminal("check", database, "schemaguard", "check", "--report", f"html={page}", shown=("schemaguard", "check"))
    _terminal("check-narrow", database, "schemaguard", "check", width=64)
    _terminal("migrate", database, "migrate")
    _terminal("reconcile", database, "schemaguard", "reconcile", "accounts", "catalog", "reviews", stdin="n\n")
    for name, typed in OTHERS.items():
        _svg(name, typed, RECORDED.joinpath(f"{name}.ansi").read_text(encoding="utf-8"), 84)
    file = folder / "totals.py"
    file.write_text(SLIP)
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "--no-cache", file.name]
    env = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    done = subprocess.run(ruff, cwd=folder, env=env, capture_output=True, text=True, check=False)
    _svg("ruff", "ruff check totals.py", done.stdout + done.stderr, 100)


def _terminal(
    name: str, database: Database, *argv: str, width: int = 118, stdin: str = "", shown: tuple[str, ...] = ()
) -> None:
    env = {"FORCE_COLOR": "1", "DJANGO_COLORS": "dark", "COLUMNS": str(width)}
    result = run_manage(database, *argv, "--force-color", env=env, stdin=stdin)
    _svg(name, f"manage.py {' '.join(shown or argv)}", result.out + result.err, width)


def _svg(name: str, typed: str, said: str, width: int) -> None:
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (typed, "bold")))
    console.print(Text.from_ansi(said.rstrip()), soft_wrap=False)
    drawn = console.export_svg(title="", theme=theme(), unique_id=name)
    # No font from elsewhere: any that is monospaced will do, since rich says how long each piece of text is.
    drawn = FONT_FACE.sub("", drawn).replace("Fira Code", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono'")
    (IMAGES / f"terminal-{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
