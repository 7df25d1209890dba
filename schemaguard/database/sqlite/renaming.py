"""An index or a trigger of which columns were renamed, when its table was made anew without it.

SQLite's own RENAME COLUMN would have respelled it. A name in double quotes that is no column any more is a string to
SQLite: an index over the old name would be made without an error, over a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.database.sqlite.lexer import Token, quoted, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def over_renamed_columns(sql: str, names: Mapping[str, str]) -> str:
    """A CREATE INDEX or CREATE TRIGGER on a table whose columns have got other names: old → new.

    The body of a trigger may be about other tables. So there it is what follows NEW and OLD.
    """
    new = {old.lower(): name for old, name in names.items()}
    text, end = [], 0
    for token in _columns(tokens(sql)):
        name = new.get(token.name.lower())
        if name is not None:
            text += [sql[end : token.start], quoted(name)]
            end = token.end
    return "".join([*text, sql[end:]])


def _columns(found: list[Token]) -> Iterator[Token]:
    """The tokens that are names of the table's own columns, or words of other sorts."""
    words = [token.word for token in found]
    on = words.index("on") if "on" in words else len(words)
    is_trigger = "trigger" in words[:4]
    listed = is_trigger and "of" in words[:on]
    for place, token in enumerate(found):
        if token.text.startswith("'") or words[place + 1 : place + 2] == ["("]:
            continue
        if is_trigger:
            of_row = place > 1 and words[place - 1] == "." and found[place - 2].name.lower() in ("new", "old")
            if of_row or (listed and words.index("of") < place < on):
                yield token
        elif place > on + 1:
            yield token
