"""Names are made visible."""

from __future__ import annotations

import pytest

from schemaguard.report.escape import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("users", "users"),
        ("naïve Tabelle ☃ 表 🦄", "naïve Tabelle ☃ 表 🦄"),
        (r"C:\shop", r"C:\shop"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x07\x7f\x9b", r"\x1b[2J\x07\x7f\x9b"),
        ("\u202edrop\u2066", r"\u202edrop\u2066"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("no\xa0break", r"no\xa0break"),
        ("\u2028", r"\u2028"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown
