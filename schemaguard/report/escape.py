"""Names come from outside: what a report shows of them is text, and nothing that a terminal obeys or hides."""

from __future__ import annotations

NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    r"""The text with every character that cannot be seen, or that moves others about, spelt out: ESC becomes `\x1b`.

    These are what Python calls not printable. Example: controls, bidi and zero-width characters, lone surrogates,
    separators other than the space. Letters of any script stay as they are. So does a backslash: paths are full of
    them.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _spelt(each) for each in text)


def _spelt(character: str) -> str:
    code = ord(character)
    if character in NAMED:
        return NAMED[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
