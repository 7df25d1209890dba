"""Draws the pictures of docs/locating.md, as SVG without a network and without a browser: `make findings`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from tests.documentation.pages import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMAGES = DOCS / "images"
LABEL, COLUMN, ROW, TOP = 190, 150, 46, 54
INK, QUIET, LINE = "#1f2328", "#59636e", "#b8c0c8"
FITS, STANDS, WRONG = "#dbe9f9", "#1f6feb", "#cf222e"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One object: the shapes that it has from one migration to the next, and where it is found to be.

    `shapes` has one more entry than there are migrations. `fits` are the positions of those that the catalog agrees
    with, and `stands` the one that was taken: something is missing, or left over, where it does not fit.
    """

    name: str
    shapes: tuple[str, ...]
    fits: tuple[int, ...]
    stands: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Objects as rows, migrations as lines between columns."""

    title: str
    migrations: tuple[str, ...]
    recorded: tuple[bool, ...]
    rows: tuple[Row, ...]
    caption: str


MIGRATIONS = ("0001_initial", "0002_user_email", "0003_order", "0004_longer_email")
PICTURES: Mapping[str, Picture] = {
    "timeline": Picture(
        title="The timeline of one column",
        migrations=MIGRATIONS,
        recorded=(False, False, False, False),
        rows=(
            Row(
                name="users.email",
                shapes=("absent", "absent", "varchar(75)", "varchar(75)", "varchar(254)"),
                fits=(2, 3),
                stands=-1,
            ),
        ),
        caption="The catalog says varchar(75): 0002 ran, and 0004 did not. Of 0003 this column says nothing.",
    ),
    "story": Picture(
        title="All objects together",
        migrations=MIGRATIONS,
        recorded=(False, False, False, False),
        rows=(
            Row(name="users", shapes=("absent", *["table"] * 4), fits=(1, 2, 3, 4), stands=3),
            Row(
                name="users.email",
                shapes=("absent", "absent", "varchar(75)", "varchar(75)", "varchar(254)"),
                fits=(2, 3),
                stands=3,
            ),
            Row(name="orders", shapes=("absent", "absent", "absent", "table", "table"), fits=(3, 4), stands=3),
        ),
        caption="Only one place fits all three: 0001 to 0003 ran, and 0004 did not. No record is needed.",
    ),
    "lost-index": Picture(
        title="Something was dropped by hand",
        migrations=("0001_initial", "0002_name_index", "0003_order"),
        recorded=(True, True, True),
        rows=(
            Row(name="users", shapes=("absent", "table", "table", "table"), fits=(1, 2, 3), stands=3),
            Row(name="users_name_idx", shapes=("absent", "absent", "index", "index"), fits=(0, 1), stands=3),
            Row(name="orders", shapes=("absent", "absent", "absent", "table"), fits=(3,), stands=3),
        ),
        caption="No place fits all. After 0003 only the index is missing, and that explains the most with the least.",
    ),
}


def svg(picture: Picture) -> str:
    """The picture as a document of its own; its text is real text, for who cannot see it."""
    width = LABEL + COLUMN * (len(picture.migrations) + 1) + 20
    height = TOP + ROW * len(picture.rows) + 62
    body = "\n".join(_body(picture, height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title caption" font-family="system-ui, sans-serif" font-size="13">\n'
        f'<title id="title">{escape(picture.title)}</title>\n<desc id="caption">{escape(picture.caption)}</desc>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _body(picture: Picture, height: int) -> Iterator[str]:
    bottom = TOP + ROW * len(picture.rows)
    for at, row in enumerate(picture.rows):
        yield from _row(row, TOP + ROW * at)
    for at, (name, recorded) in enumerate(zip(picture.migrations, picture.recorded, strict=True), start=1):
        x = LABEL + COLUMN * at
        yield f'<line x1="{x}" y1="{TOP - 12}" x2="{x}" y2="{bottom}" stroke="{LINE}" stroke-dasharray="3 3"/>'
        yield _text(x, TOP - 30, name, weight=600, anchor="middle")
        yield _text(x, TOP - 15, "recorded" if recorded else "not recorded", fill=QUIET, anchor="middle", size=11)
    yield _text(16, height - 18, picture.caption, fill=INK)
    yield f'<rect x="16" y="{bottom + 10}" width="12" height="12" rx="2" fill="{FITS}"/>'
    yield _text(34, bottom + 20, "fits what is in the catalog", fill=QUIET, size=11)
    yield f'<circle cx="208" cy="{bottom + 16}" r="5" fill="{STANDS}"/>'
    yield _text(220, bottom + 20, "stands here", fill=QUIET, size=11)
    yield f'<circle cx="308" cy="{bottom + 16}" r="5" fill="none" stroke="{WRONG}" stroke-width="2"/>'
    yield _text(320, bottom + 20, "should stand here, and does not", fill=QUIET, size=11)


def _row(row: Row, y: int) -> Iterator[str]:
    yield _text(16, y + 28, row.name, weight=600)
    for at, shape in enumerate(row.shapes):
        x = LABEL + COLUMN * at
        fill = FITS if at in row.fits else "#f6f8fa"
        yield f'<rect x="{x + 3}" y="{y + 8}" width="{COLUMN - 6}" height="{ROW - 16}" rx="4" fill="{fill}"/>'
        if at == row.stands:
            mark = f'fill="{STANDS}"' if at in row.fits else f'fill="none" stroke="{WRONG}" stroke-width="2"'
            yield f'<circle cx="{x + 16}" cy="{y + ROW / 2:g}" r="5" {mark}/>'
        ink = QUIET if shape == "absent" else INK
        yield _text(x + COLUMN // 2 + 6, y + 28, shape, fill=ink, anchor="middle", italic=shape == "absent")


def _text(
    x: int, y: int, text: str, *, fill: str = INK, weight: int = 400, anchor: str = "start", size: int = 13,
    italic: bool = False,
) -> str:  # fmt: skip
    style = ' font-style="italic"' if italic else ""
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" font-weight="{weight}" text-anchor="{anchor}" font-size="{size}"{style}>'
        f"{escape(text)}</text>"
    )


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(svg(picture), encoding="utf-8")


if __name__ == "__main__":
    main()
