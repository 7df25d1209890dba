"""The types of a function's arguments, which tell it from others of its name."""

from __future__ import annotations

from schemaguard.history.sql.cursor import Cursor, NotUnderstood

_MODES = ("IN", "OUT", "INOUT", "VARIADIC")


def arguments_of(inside: Cursor) -> tuple[str, ...]:
    """Of what stands in the parentheses behind its name."""
    elements = list(inside.elements()) if inside.tokens else []
    return tuple(kind for each in elements if (kind := _argument(each)) is not None)


def _argument(cursor: Cursor) -> str | None:
    """The type of an argument that tells a function from others of its name; None for one that is put out."""
    mode = cursor.take_any(*_MODES)
    end = next((i for i in range(len(cursor.tokens)) if cursor.tokens[i].word in ("DEFAULT", "=", ":=")), None)
    parts = cursor.slice(cursor.position, len(cursor.tokens) if end is None else end)
    if not parts.tokens:
        raise NotUnderstood("an argument")
    if mode == "OUT":
        return None
    alone = type_of(parts)
    if len(parts.tokens) == 1 or _is_known(alone):
        return alone
    return type_of(parts.slice(1, len(parts.tokens)))


def type_of(parts: Cursor) -> str:
    """Without its modifier, which no function keeps, and without a schema."""
    depth, texts = 0, []
    for token in parts.tokens:
        depth += token.word == "("
        if not depth:
            texts.append(token.text if token.kind != "word" else token.text.lower())
        depth -= token.word == ")"
    text = " ".join(texts).replace(" . ", ".").replace(" [ ]", "[]").replace("[ ]", "[]")
    return parts.normal_type(text.rpartition(".")[2])


def _is_known(kind: str) -> bool:
    """Whether a type is spelt in several words, so that the first is no name."""
    return kind.removesuffix("[]") in (
        "double precision", "character varying", "bit varying", "timestamp with time zone", "time with time zone",
        "timestamp without time zone", "time without time zone",
    )  # fmt: skip
