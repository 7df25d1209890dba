"""Elements of HTML and SVG, in which text is escaped unless it is made of elements itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset({"meta", "link"})
SHORT = frozenset({"use", "path", "rect"})
"""Of SVG: without content they are written `<use/>`."""


class Html(str):
    """Text that is HTML already. Only this module, and texts of our own, may make one."""

    __slots__ = ()


Child = Any
"""An Html, a text, None, or an iterable of these."""


def tag(element: str, /, *children: Child, **attributes: Any) -> Html:
    """One element. `class_` is written `class`, and `aria_label` `aria-label`; what is None or False is left out.

    Whatever a text holds, it is shown as text: controls and characters that turn the direction are spelt out.
    """
    opened = f"<{element}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if element in VOID:
        return Html(opened)
    inner = join(children)
    return Html(f"{opened[:-1]}/>" if element in SHORT and not inner else f"{opened}{inner}</{element}>")


def join(children: Iterable[Child]) -> Html:
    return Html("".join(map(_child, children)))


def lines(text: str) -> Html:
    """Text that keeps its lines, for `pre`. In the file it is one line, so that a CI server finds no command in it."""
    return Html("&#10;".join(_escaped(line) for line in text.expandtabs(4).split("\n")))


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    return _escaped(child) if isinstance(child, str) else join(child)


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(str(value)))}"'


def _escaped(text: str) -> str:
    return escape(visible(text), quote=False)
