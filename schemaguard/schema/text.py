"""One spelling for SQL expressions, without asking a server; and what the spelling of a type says.

The promise: `canonical(sql)` means the same as `sql`. So two texts that come out equal mean the same. Two that come out
different may still mean the same. Text that servers read differently is left alone.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

_TOKEN = r"""
      [ \t\n\r\f\v]+                                                  # white space
    | --[^\n\r]*(?:\n|$) | /\*(?:(?!/\*|\*/)[\s\S])*\*/               # comments; a nested one does not match
    | [eE]'(?:[^'\\]|''|\\[\s\S])*'                                   # PostgreSQL's strings with escapes
    | (?:[uU]&|[A-Za-z_]\w*)?'(?:[^']|'')*'                           # strings, with or without a prefix
    | (?:[uU]&)?"(?:[^"]|"")*"                                        # quoted names
    | (?<=[aA][rR][rR][aA][yY])\[                                     # PostgreSQL's ARRAY[…]
    | `[^`'"$]*` | \[(?:(?!--|/\*)[^][`'"$])*\]                       # SQLite's other quotes; PostgreSQL's subscripts
    | [A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*                   # words
    | (?:[0-9][\w.]*|\.[0-9]\w*)(?:(?<=[eE])[+-][0-9]+)?              # numbers
    | \$(?P<tag>\w*)\$[\s\S]*?\$(?P=tag)\$                            # PostgreSQL's dollar quotes
    | ::|[(),.\]]
    | (?:(?!--|/\*)[-+*/<>=~!@\#%^&|?])+                              # operators, a run of them as one
    | (?P<odd>[\s\S])                                                 # anything else: not understood
"""
_MYSQL_TOKEN = r"""
      [ \t\n\r\f\v]+
    | (?:[A-Za-z_]\w*)?'(?:[^'\\]|''|\\[\s\S])*'
    | "(?:[^"\\]|""|\\[\s\S])*"
    | `(?:[^`]|``)*`
    | [A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*
    | (?:[0-9][\w.]*|\.[0-9]\w*)(?:(?<=[eE])[+-][0-9]+)?
    | [(),.]
    | (?:(?!--|/\*)[-+*/<>=~!@%^&|?:])+
    | (?P<odd>[\s\S])
"""
_BLANK = " \t\n\r\f\v"
_PLAIN = re.compile(r'"[a-z_][a-z0-9_]*"', re.ASCII)
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_WORD_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")

# Words that mean one thing bare and another in quotes, on PostgreSQL or SQLite: reserved words, names of types that
# only the grammar knows ("char" is not char), functions with a syntax of their own.
KEYWORDS = frozenset(
    """
    add all alter always analyse analyze and any array as asc asymmetric authorization autoincrement between bigint
    binary bit boolean both by case cast char character check coalesce collate collation column commit concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
    current_user dec decimal default deferrable delete desc distinct do double drop else end escape except exists
    extract false fetch filter float for foreign freeze from full generated glob grant greatest group grouping having
    ilike in index indexed initially inner inout insert int integer intersect interval into is isnull join json
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table
    json_value lateral leading least left like limit localtime localtimestamp match merge_action national natural nchar
    none normalize not nothing notnull null nullif nulls numeric offset on only operator or order out outer over
    overlaps overlay placing position precision primary raise real references regexp returning right row select
    session_user set setof similar smallint some substring symmetric system_user table tablesample then time timestamp
    to trailing transaction treat trim true union unique update user using values varchar variadic varying verbose when
    where window with within xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable
    """.split()  # noqa: SIM905
)


# Words that are followed by a blank where a parenthesis follows: they are not called.
_APART = frozenset(
    """
    all and any as asc between by case collate desc distinct else end escape except exists filter from glob having ilike
    in intersect is isnull like limit match not notnull on or over regexp select similar some then union using values
    when where with
    """.split()  # noqa: SIM905
)
_TIGHT_AFTER = frozenset(["(", "[", "::"])
_TIGHT_BEFORE = frozenset([")", "]", ",", "::", "["])
_NAME_START = _WORD_START | {'"', "`"}
_INTEGERS = ("smallint", "integer", "bigint")
_TEXTS = ("text", "character varying")
_FAMILIES = (frozenset(_INTEGERS), frozenset(_TEXTS))
_STRING = re.compile(r"(?:character varying|varchar|char)\((\d+)\)")


def length_of(type_: str) -> int | None:
    """How many characters a string type takes. None for any other, a `timestamp(3)` or a `varchar(5)[]`.

    Nor for PostgreSQL's `character(5)`, in which blanks at the end are lost at whatever length.
    """
    found = _STRING.fullmatch(type_)
    return int(found[1]) if found is not None else None


def differ_in_length(type_: str, other: str) -> bool:
    """Whether two are string types of one name that take other numbers of characters: then no server calls them one."""
    length, other_length = length_of(type_), length_of(other)
    if length is None or other_length is None:
        return False
    return length != other_length and type_.partition("(")[0] == other.partition("(")[0]


def of_one_family(type_: str, other: str) -> bool:
    """Whether a foreign key may stay between two columns of these types of PostgreSQL while one of them is altered."""
    bases = {type_.partition("(")[0], other.partition("(")[0]}
    return len(bases) == 1 or any(bases <= family for family in _FAMILIES)


def holds_all_of(type_: str, other: str) -> bool:
    """Whether a column of the first type takes every value of the second as it is: a longer text, a larger integer."""
    if type_ == other:
        return True
    integers = _INTEGERS
    if type_ in integers and other in integers:
        return integers.index(type_) >= integers.index(other)
    length, least = length_of(type_), length_of(other)
    if least is None:
        return other in _TEXTS and type_ == "text"
    return type_ in _TEXTS or (length is not None and length >= least)


def words_of(sql: str) -> frozenset[str]:
    """Every word and quoted name in an expression of PostgreSQL: the columns that it reads are among them."""
    tokens = (token[0] for token in _tokenizer(False).finditer(sql))
    return frozenset(token[1:-1].replace('""', '"') if token[0] == '"' else token for token in tokens)


@cache
def _tokenizer(mysql: bool) -> re.Pattern[str]:
    return re.compile(_MYSQL_TOKEN if mysql else _TOKEN, re.VERBOSE | re.ASCII)


@lru_cache(maxsize=4096)
def canonical(sql: str, *, quote: str = '"') -> str:
    """`sql`, an expression, in the spelling that the same expression most likely has on the other side.

    Bare words become lower case. Plain names lose their quotes. White space and comments shrink. Parentheses around the
    whole go. Text that is not understood comes back as it is, without the blanks around it.
    `quote` is what quotes a name. A backtick says that this is MySQL, whose strings know backslashes.
    """
    tokens = _tokens(sql, quote)
    if tokens is None:
        return sql.strip(_BLANK)
    return _spell(_without_outer_parentheses(tokens))


def _tokens(sql: str, quote: str) -> list[str] | None:
    """The tokens, each in its one spelling. None where the text is not understood."""
    mysql = quote == "`"
    found: list[str] = []
    previous = ""
    for match in _tokenizer(mysql).finditer(sql):
        if match.lastgroup == "odd":
            return None
        token = match[0]
        first = token[0]
        if first in _BLANK or token.startswith(("--", "/*")):
            continue
        if token[-1] == "'":
            # PostgreSQL takes 'a' and, on the next line, 'b' for one string.
            if previous[-1:] == "'":
                return None
            prefix, _, rest = token.partition("'")
            token = f"{prefix.translate(_UPPER_TO_LOWER)}'{rest}"
        elif first == '"':
            if not mysql and _PLAIN.fullmatch(token) and token[1:-1] not in KEYWORDS:
                token = token[1:-1]
        elif first in _WORD_START and token[-1] != '"':
            token = token.translate(_UPPER_TO_LOWER)
        found.append(token)
        previous = token
    return found


def _without_outer_parentheses(tokens: list[str]) -> list[str]:
    while len(tokens) > 2 and tokens[0] == "(" and tokens[-1] == ")" and tokens[1] not in ("select", "values", "with"):
        depth = 0
        for place, token in enumerate(tokens):
            if token == "(":
                depth += 1
            elif token == ")":
                depth -= 1
                if depth == 0 and place < len(tokens) - 1:
                    return tokens
            elif token == "," and depth == 1:
                return tokens
        if depth:
            return tokens
        tokens = tokens[1:-1]
    return tokens


def _spell(tokens: list[str]) -> str:
    """The tokens with the blanks that a person would put between them; nothing but the tokens decides."""
    spelt: list[str] = []
    previous = before = ""
    for token in tokens:
        if (
            not previous
            or previous in _TIGHT_AFTER
            or token in _TIGHT_BEFORE
            or (token in ("(", ".") and _is_name(previous))
            or (previous == "." and _is_name(token) and _is_name(before))
        ):
            spelt.append(token)
        else:
            spelt.append(" " + token)
        before, previous = previous, token
    return "".join(spelt)


def _is_name(token: str) -> bool:
    first = token[:1]
    return first in _NAME_START and token[-1:] != "'" and token not in _APART


def literal(text: str) -> str:
    """The text as a string of standard SQL."""
    return "'" + text.replace("'", "''") + "'"
