"""What a CREATE of a view, a function, a trigger or a rule says, part by part.

The same reader is for the SQL of a migration and for what the server prints of a live thing. So the parts can be
compared.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from schemaguard.history.sql.arguments import arguments_of, type_of
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.dialects import DIALECTS
from schemaguard.history.sql.do_blocks import inner_statements, is_block
from schemaguard.history.sql.indexes import index_on
from schemaguard.history.sql.lexer import Token, split
from schemaguard.history.sql.procedures import body_of_procedure
from schemaguard.schema.definitions import Definition, Function, Rule, Trigger, Verbatim, View, ViewIndex
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WORD = re.compile(r"\w+")
_TIMINGS = {("BEFORE",): "BEFORE", ("AFTER",): "AFTER", ("INSTEAD", "OF"): "INSTEAD OF"}
_EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
_ENDS_TYPE = frozenset(
    """
    LANGUAGE IMMUTABLE STABLE VOLATILE STRICT CALLED RETURNS SECURITY EXTERNAL LEAKPROOF NOT PARALLEL COST ROWS SUPPORT
    SET AS WINDOW TRANSFORM BEGIN RETURN
    """.split()  # noqa: SIM905
)


def definition_of(sql: str, *, dialect: str, normal_type: Callable[[str], str]) -> Definition | None:
    """What one CREATE statement says. None where it is not understood."""
    rules = DIALECTS.get(dialect)
    statements = list(split(sql, rules)) if rules is not None else []
    if rules is None or len(statements) != 1:
        return None
    cursor = Cursor(statements[0], rules, normal_type)
    try:
        if not is_block(cursor):
            return _definition(cursor)
        inner = inner_statements(cursor)
        return _definition(inner[0].cursor) if len(inner) == 1 else None
    except NotUnderstood:
        return None


def _definition(cursor: Cursor) -> Definition:
    cursor.expect("CREATE")
    cursor.take("OR", "REPLACE")
    cursor.take_any("TEMP", "TEMPORARY")
    if cursor.dialect.keeps_bodies:
        return _of_mysql(cursor)
    if not cursor.dialect.has_schemas:
        return _verbatim(cursor)
    if cursor.take("CONSTRAINT", "TRIGGER"):
        return _trigger(cursor, constraint=True)
    if cursor.at("UNIQUE") or cursor.at("INDEX"):
        return _view_index(cursor)
    recursive = cursor.take("RECURSIVE")
    materialized = cursor.take("MATERIALIZED")
    word = cursor.take_any("VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "RULE")
    if word == "VIEW" and not recursive:
        return _view(cursor, materialized)
    if word == "TRIGGER":
        return _trigger(cursor, constraint=False)
    if word in ("FUNCTION", "PROCEDURE"):
        return _function(cursor)
    if word == "RULE":
        return _rule(cursor)
    raise NotUnderstood("a definition")


def _of_mysql(cursor: Cursor) -> Definition:
    """Before the kind stand who defined it and the like. Of a function the body alone is kept as it was written."""
    kinds = ("VIEW", "TRIGGER", "FUNCTION", "PROCEDURE")
    while not cursor.done and cursor.tokens[cursor.position].word not in kinds:
        cursor.position += 1
    if cursor.at("TRIGGER"):
        return _verbatim(cursor)
    if cursor.take("VIEW"):
        return _view(cursor, materialized=False)
    if cursor.take("PROCEDURE"):
        return Verbatim(tokens=tuple(map(_spelt, body_of_procedure(cursor))), reads=names_of(cursor.tokens))
    words = [token.word for token in cursor.tokens]
    starts = [words.index(word) for word in ("BEGIN", "RETURN") if word in words]
    if not starts:
        raise NotUnderstood("the body of a function")
    body = cursor.tokens[min(starts) :]
    return Verbatim(tokens=tuple(map(_spelt, body)), reads=names_of(cursor.tokens))


def _verbatim(cursor: Cursor) -> Verbatim:
    """SQLite keeps the text from the name on."""
    if not cursor.take_any("VIEW", "TRIGGER"):
        raise NotUnderstood("a definition")
    cursor.take("IF", "NOT", "EXISTS")
    cursor.key()
    rest = cursor.tokens[cursor.position :]
    table = next((_name(after) for token, after in pairwise(rest) if token.word == "ON"), None)
    return Verbatim(tokens=tuple(map(_spelt, rest)), reads=names_of(rest), on=table)


def _view(cursor: Cursor, materialized: bool) -> View:
    cursor.take("IF", "NOT", "EXISTS")
    cursor.key()
    columns = cursor.names() if cursor.at("(") else ()
    cursor.skip_to("AS")
    cursor.expect("AS")
    rest = list(cursor.tokens[cursor.position :])
    words = [token.word for token in rest]
    for ending in (("WITH", "NO", "DATA"), ("WITH", "DATA"), ("WITH", "CHECK", "OPTION")):
        if tuple(words[-len(ending) :]) == ending:
            rest = rest[: -len(ending)]
            break
    else:
        if words[-4:-3] == ["WITH"] and words[-2:] == ["CHECK", "OPTION"]:
            rest = rest[:-4]
    if not rest:
        raise NotUnderstood("a query")
    query = rest[0].source[rest[0].start : rest[-1].end]
    return View(
        query=query, tokens=tuple(map(_spelt, rest)), columns=columns, materialized=materialized, star=_has_star(rest),
        reads=names_of(rest),
    )  # fmt: skip


def _view_index(cursor: Cursor) -> ViewIndex:
    table, index = index_on(cursor)
    return ViewIndex(on=bare(table), index=index)


def _has_star(tokens: list[Token]) -> bool:
    """Whether all columns of something are taken, whatever they were when the view was made; `count(*)` is none."""
    before = ""
    for token in tokens:
        if token.word == "*" and before in ("SELECT", "DISTINCT", "ALL", ",", "."):
            return True
        before = token.word or token.text
    return any(token.word == "TABLE" for token in tokens[:1])


def _function(cursor: Cursor) -> Function:
    cursor.key()
    arguments = arguments_of(cursor.parentheses())
    found: dict[str, Any] = {}
    while not cursor.done:
        if cursor.take("AS"):
            found["body"] = cursor.string()
            if cursor.take(","):
                raise NotUnderstood("a body")
        elif cursor.take("LANGUAGE"):
            token = cursor.peek()
            quoted = token is not None and token.kind == "string"
            found["language"] = (cursor.string() if quoted else cursor.name()).lower()
        elif cursor.word() in ("IMMUTABLE", "STABLE", "VOLATILE"):
            found["volatility"] = cursor.step().word
        elif cursor.take("STRICT") or cursor.take("RETURNS", "NULL", "ON", "NULL", "INPUT"):
            found["strict"] = True
        elif cursor.take("SECURITY", "DEFINER"):
            found["definer"] = True
        elif cursor.take("RETURNS"):
            found["returns"] = _returned(cursor)
        else:
            cursor.step()
    return Function(arguments=arguments, reads=names_of(cursor.tokens), **found)


_PLAIN = frozenset({
    "bigint", "boolean", "bytea", "character varying", "date", "double precision", "integer", "json", "jsonb",
    "numeric", "real", "smallint", "text", "timestamp with time zone", "timestamp without time zone", "trigger",
    "uuid", "void",
})  # fmt: skip


def _returned(cursor: Cursor) -> str | None:
    """The type that is returned, where it is one of the server's own; a person's own may have another schema."""
    start = cursor.position
    if cursor.at("TABLE") or cursor.at("SETOF"):
        cursor.step()
        return None
    while not cursor.done and cursor.word() not in _ENDS_TYPE:
        cursor.step()
    parts = cursor.slice(start, cursor.position)
    kind = type_of(parts) if parts.tokens else None
    return kind if kind in _PLAIN else None


def _trigger(cursor: Cursor, *, constraint: bool) -> Trigger:
    cursor.name()
    timing = next((said for words, said in _TIMINGS.items() if cursor.take(*words)), None)
    if timing is None:
        raise NotUnderstood("a time")
    events: set[tuple[str, ...]] = set()
    while True:
        event = cursor.take_any(*_EVENTS)
        if not event:
            raise NotUnderstood("an event")
        columns: list[str] = []
        if event == "UPDATE" and cursor.take("OF"):
            columns.append(cursor.name())
            while cursor.take(","):
                columns.append(cursor.name())
        events.add((event, *sorted(columns)))
        if not cursor.take("OR"):
            break
    cursor.expect("ON")
    table = cursor.key()
    found: dict[str, Any] = {"deferral": "", "referencing": (), "level": "STATEMENT", "condition": None}
    while not cursor.at("EXECUTE"):
        _clause(cursor, found)
    cursor.step()
    if not cursor.take_any("FUNCTION", "PROCEDURE"):
        raise NotUnderstood("a function")
    function = cursor.bare_name()
    arguments = tuple(_text_of(token) for token in cursor.parentheses().tokens if token.word != ",")
    cursor.finish()
    return Trigger(
        on=table, timing=timing, events=frozenset(events), function=function, arguments=arguments,
        constraint=constraint, reads=names_of(cursor.tokens), **found,
    )  # fmt: skip


def _text_of(token: Token) -> str:
    """What a trigger's function is handed: always a text, which may be written as a name or a number."""
    quote = token.text[0]
    if quote in "'\"":
        return token.text[1:-1].replace(quote * 2, quote)
    return token.text.lower() if token.kind == "word" else token.text


def _clause(cursor: Cursor, found: dict[str, Any]) -> None:
    """One of what stands between a trigger's table and its function."""
    if cursor.take("NOT", "DEFERRABLE") or cursor.take("INITIALLY", "IMMEDIATE"):
        pass
    elif cursor.take("DEFERRABLE"):
        found["deferral"] = found["deferral"] or "DEFERRABLE"
    elif cursor.take("INITIALLY", "DEFERRED"):
        found["deferral"] = "INITIALLY DEFERRED"
    elif cursor.take("FROM"):
        cursor.key()
    elif cursor.take("FOR"):
        cursor.take("EACH")
        found["level"] = cursor.take_any("ROW", "STATEMENT") or "STATEMENT"
    elif cursor.take("WHEN"):
        found["condition"] = cursor.parentheses().text()
    elif cursor.take("REFERENCING"):
        start = cursor.position
        cursor.skip_to("FOR", "WHEN", "EXECUTE")
        words = [_spelt(token) for token in cursor.tokens[start : cursor.position]]
        found["referencing"] = tuple(sorted(word for word in words if word not in ("AS", "TABLE")))
    else:
        raise NotUnderstood("a clause of a trigger")


def _rule(cursor: Cursor) -> Rule:
    cursor.name()
    cursor.expect("AS", "ON")
    event = cursor.step().word
    cursor.expect("TO")
    table = cursor.key()
    condition = None
    if cursor.take("WHERE"):
        start = cursor.position
        cursor.skip_to("DO")
        condition = cursor.slice(start, cursor.position).text()
    cursor.expect("DO")
    instead = cursor.take_any("ALSO", "INSTEAD") == "INSTEAD"
    rest = list(cursor.tokens[cursor.position :])
    if rest and rest[0].word == "(" and rest[-1].word == ")":
        rest = rest[1:-1]
    while rest and rest[-1].word == ";":
        rest.pop()
    return Rule(
        on=table, event=event, instead=instead, condition=condition, actions=_actions(rest),
        reads=names_of(cursor.tokens),
    )  # fmt: skip


def _actions(tokens: list[Token]) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[]]
    for token in tokens:
        if token.word == ";":
            found.append([])
        else:
            found[-1].append(_spelt(token))
    return tuple(tuple(each) for each in found if each)


def _spelt(token: Token) -> str:
    if token.kind == "quoted":
        return _name(token).upper()
    return token.word or token.text


def _name(token: Token) -> str:
    return token.text[1:-1] if token.kind == "quoted" else token.text.lower()


def names_of(tokens: Iterable[Token]) -> frozenset[str]:
    """All words, of strings too: the body of a function is one."""
    found = {_name(token) for token in tokens if token.kind in ("word", "quoted")}
    for token in tokens:
        if token.kind == "string":
            found.update(WORD.findall(token.text.lower()))
    return frozenset(found)
