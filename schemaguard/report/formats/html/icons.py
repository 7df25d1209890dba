"""Shapes: what a colour says, a shape says too. Each is a symbol of the page, 16 by 16, in the colour of the text."""

from __future__ import annotations

from schemaguard.report.formats.html.tags import Html, tag

LINE = 'fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"'
RING = f'<circle cx="8" cy="8" r="5.2" {LINE}/>'
TRIANGLE = '<path d="M8 1.8 15 14H1z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/>'
INK = 'fill="none" stroke="var(--surface)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'
DOT = '<circle cx="8" cy="8" r="7" fill="currentColor"/>'

SHAPES = {
    # states of migrations
    "applied": '<circle cx="8" cy="8" r="5" fill="currentColor"/>',
    "pending": f'<circle cx="8" cy="8" r="5" {LINE} stroke-dasharray="2.2 3"/>',
    "present": '<path d="M8 1.5 14.5 8 8 14.5 1.5 8z" fill="currentColor"/>',
    "partial": f'{RING}<path d="M8 2.8a5.2 5.2 0 0 0 0 10.4z" fill="currentColor"/>',
    "missing": f'{RING}<path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" {LINE}/>',
    "conflicting": f'{TRIANGLE}<path d="M8 6.4v3.2m0 2.1v.1" {INK}/>',
    "orphaned": f'<rect x="3" y="3" width="10" height="10" rx="1.5" {LINE} stroke-dasharray="2.5 2.5"/>',
    # states of operations
    "done": f'<path d="m3.5 8.5 3 3 6-7" {LINE}/>',
    "absent": f'<path d="M4 8h8" {LINE}/>',
    "invisible": '<circle cx="8" cy="8" r="1.7" fill="currentColor"/>',
    # what differs
    "different": f'<path d="M3 6h10M3 10h10M10.5 3l-5 10" {LINE}/>',
    "extra": f'<path d="M8 3.5v9M3.5 8h9" {LINE}/>',
    # levels
    "error": f'{DOT}<path d="M8 4.4v4.2m0 2.7v.1" {INK}/>',
    "warning": f'{TRIANGLE}<path d="M8 6.4v3.2m0 2.1v.1" {INK}/>',
    "info": f'{DOT}<path d="M8 7.5v4m0-6.9v.1" {INK}/>',
    # verdicts
    "in_sync": f'{DOT}<path d="m4.8 8.3 2.2 2.2 4.2-4.8" {INK}/>',
    "waiting": f'{DOT}<path d="M8 4.2V8l2.4 1.8" {INK}/>',
    "reconcilable": f'{DOT}<path d="M5 6.3h6M9.2 4.5 11 6.3M11 9.7H5m1.8 1.8L5 9.7" {INK}/>',
    "conflict": f'{TRIANGLE}<path d="M8 6.4v3.2m0 2.1v.1" {INK}/>',
    # actions
    "copy": f'<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" {LINE}/><path d="M3.5 10.5h-1v-8h8v1" {LINE}/>',
    "theme": f'{RING}<path d="M8 2.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor"/>',
}
ARROWS = tag(
    "defs",
    [
        tag(
            "marker", tag("path", d="M0 0 8 4 0 8z"), id=name, viewBox="0 0 8 8", refX="7", refY="4", markerWidth="8",
            markerHeight="8", markerUnits="userSpaceOnUse", orient="auto", class_=name,
        )
        for name in ("arrow", "arrow-missing")
    ],
)  # fmt: skip


def sprite() -> Html:
    """All shapes, once a page."""
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 16 16">{shape}</symbol>' for name, shape in SHAPES.items())
    return tag("svg", Html(symbols), ARROWS, class_="sprite", aria_hidden="true", width=0, height=0)


def icon(name: str) -> Html:
    """For the eye alone: what it says stands beside it as text. The style sheet gives it its size."""
    return tag("svg", tag("use", href=f"#i-{name}"), class_="i", aria_hidden="true")
