"""What can be copied: commands and SQL, each by a button that the script makes."""

from __future__ import annotations

import re

from schemaguard.report.formats.html.icons import icon
from schemaguard.report.formats.html.tags import Html, lines, tag

COMMAND = re.compile(r"manage\.py (?:[^,;]|, (?=--))+")
"""A command at the beginning of a hint, up to the words that follow it."""
KEYWORD = (
    r"\b(?:ADD|ALTER|AS|AND|BEGIN|BY|CASCADE|CHECK|COLUMN|COMMENT|COMMIT|CONCURRENTLY|CONSTRAINT|CREATE|DEFAULT|"
    r"DEFERRABLE|DEFERRED|DELETE|DROP|EXISTS|EXTENSION|FOREIGN|FROM|FUNCTION|GENERATED|IDENTITY|IF|INDEX|INITIALLY|"
    r"INSERT|INTO|IS|KEY|MODIFY|NOT|NULL|ON|OR|PRIMARY|REFERENCES|RENAME|REPLACE|RESTRICT|SELECT|SEQUENCE|SET|TABLE|"
    r"TO|TRIGGER|TYPE|UNIQUE|UPDATE|USING|VALUES|VIEW|WHERE)\b"
)
WORD = re.compile(
    r"(?P<s>--[^\n]*)"
    r"|(?P<i>'(?:[^']|'')*')"
    r"|(?P<name>\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`)"
    rf"|(?P<b>{KEYWORD}(?: {KEYWORD})*)"
)
"""Comments, strings, names in quotes, and keywords; the groups are called after the elements that they become."""


def copying() -> Html:
    """What the script puts into the button that each command and each piece of SQL gets."""
    return tag("template", icon("copy"), tag("span", "Copy"), id="copying")


def copying_all(text: str, selector: str) -> Html:
    """A button that copies what stands in several elements of the section, one below the other."""
    return tag("button", icon("copy"), tag("span", text), type="button", class_="copy all", data_of=selector)


def command(text: str) -> Html:
    """A line to type."""
    return tag("div", tag("code", text), class_="command")


def commanded(hint: str) -> tuple[str | None, str]:
    """The command that a hint begins with, and what it says beside it."""
    found = COMMAND.match(hint)
    if found is None:
        return None, hint
    return found[0].strip(), hint[found.end() :].lstrip(",; ")


def sql(statements: tuple[str, ...]) -> Html:
    """Statements, in colours, to copy."""
    code = tag("code", [tag("span", coloured(f"{each}\n"), class_="statement") for each in statements])
    return tag("div", tag("pre", code), class_="sql")


def coloured(text: str) -> Html:
    """SQL, its words, strings and comments told apart; names in quotes are nothing else, whatever is in them."""
    parts: list[Html] = []
    end = 0
    for found in WORD.finditer(text):
        parts.append(lines(text[end : found.start()]))
        kind = found.lastgroup
        parts.append(lines(found[0]) if kind is None or kind == "name" else tag(kind, lines(found[0])))
        end = found.end()
    return Html("".join([*parts, lines(text[end:])]))
