"""What is silent on purpose, and what cannot be altered, with reasons: by kind and attribute, never by object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.matrix.alterations import Alteration

EVERY = "*"
CONSTRAINTS = ("unique", "index", "primary_key", "foreign_key", "check")

SILENT: dict[tuple[str, str, str, str], str] = {
    # (kind, attribute, way, vendor), `*` for any
    **{
        (kind, "name", "a name that nobody chose", EVERY): "Django and the server made the name up; nothing asks for it"
        for kind in CONSTRAINTS
    },
    **{
        (kind, "name", "given by hand", "sqlite"): "Django gives it no name, and asks for none"
        for kind in CONSTRAINTS
        if kind != "index"
    },
    ("column", "auto", "a serial in place of an identity", EVERY): "Django made serials before 4.1; both give numbers",
    ("column", "auto", "a sequence that nobody owns", EVERY): "it gives numbers, as a serial does",
    ("column", "generated", "the same in another spelling", EVERY): "the same expression",
    ("check", "expression", "the same in another spelling", EVERY): "the same expression",
    ("column", "comment", "given by hand", EVERY): "a comment that no migration gives is a person's own note",
    ("table", "comment", "given by hand", EVERY): "a comment that no migration gives is a person's own note",
    **{
        ("foreign_key", event, "restrict", "mysql"): "InnoDB takes RESTRICT and NO ACTION for one"
        for event in ("on_delete", "on_update")
    },
    ("table", "columns", "in another order", EVERY): "Django names the columns in every statement",
    ("unique", "constraint", EVERY, EVERY): "a unique index does what a unique constraint does",
    ("sequence", "name", "renamed", EVERY): "Django asks the server for the sequence of a column",
    ("sequence", "last", "far ahead of the rows", EVERY): "gaps in the numbers are nobody's harm",
    ("sequence", "step", "in tens", EVERY): "gaps in the numbers are nobody's harm",
    ("sequence", "least", "below zero", EVERY): "it goes up from where it is",
    ("sequence", "most", "far away", EVERY): "it has numbers to give",
    ("sequence", "cycles", "round", EVERY): "it has numbers to give before it begins anew",
    ("column", "auto", "given by hand", EVERY): "Django gives the column its value in every INSERT",
    ("table", "forced", "forced, and not enabled", EVERY): "without row level security itself it does nothing",
    ("table", "policies", "one, and not enabled", EVERY): "without row level security itself it does nothing",
}

NAMELESS = "SQLite keeps no name of a rule within a table, so nothing ties what is gone to what is new"
TWO_CAUSES: dict[tuple[str, str, str], str] = {
    # (kind, attribute, vendor)
    ("foreign_key", "columns", EVERY): "a key on another column is another key",
    ("unique", "parts.column", EVERY): "a unique over another column is another rule",
    ("index", "parts.column", EVERY): "an index over another column is another index",
    ("unique", "method", "mysql"): "an index of words is no unique one",
    ("unique", "parts.expression", "sqlite"): NAMELESS,
    ("unique", "unique", "sqlite"): NAMELESS,
    ("check", "expression", "sqlite"): NAMELESS,
}
"""Of which a missing thing and a stranger are as good an answer as one thing in another shape."""

STAYS: dict[tuple[str, str, str], str] = {
    (
        "column",
        "auto",
        "a sequence that nobody owns, behind the rows",
    ): "what is mended is the number that it stands at",
}
"""What is mended without giving the schema back its shape, since that shape does no harm by itself."""

NOT_ALTERABLE: dict[tuple[str, str], str] = {
    ("Column", "also"): "of the expected side alone: types that are as good",
    ("IndexPart", "default_opclass"): "the name of the type's own; it changes with the type",
    ("Index", "named"): "of the expected side alone: whether a migration gives the name",
    ("Index", "for_key"): "it follows from the foreign keys of the table",
    ("PrimaryKey", "named"): "of the expected side alone",
    ("ForeignKey", "named"): "of the expected side alone",
    ("Check", "named"): "of the expected side alone",
    ("Check", "columns"): "what its expression reads, which is altered",
    ("Exclusion", "named"): "of the expected side alone",
    ("Table", "constraints"): "each is altered as a kind of its own",
    ("Table", "filtered"): "what row level security comes to for this role",
    ("Table", "keeps_history"): "what a system-versioned table comes to in this session",
    ("Elsewhere", "name"): "a table that was moved to another schema, which `Table.schema` is",
    ("Elsewhere", "schema"): "a table that was moved to another schema, which `Table.schema` is",
    ("Elsewhere", "columns"): "a table that was moved to another schema, which `Table.schema` is",
    ("Elsewhere", "usable"): "what the role may do with it",
    ("Sequence", "column"): "it goes with `table`: who owns it",
    ("Sequence", "feeds"): "a key that takes its numbers from elsewhere, which `Column.auto` is",
    ("Schema", "vendor"): "the server",
    ("Schema", "tables"): "each is altered",
    ("Schema", "sequences"): "each is altered",
    ("Schema", "others"): "each is altered by its own kind",
    ("Schema", "kinds"): "the kinds of other things that a reader looks at",
    ("Schema", "unseen"): "what a reader could not see",
    ("Schema", "ignores_name_case"): "the server",
    ("Schema", "others_of_every_schema"): "the server",
    ("Schema", "remakes_tables"): "the server",
}

POSTGRESQL_ALONE = frozenset(
    {
        ("Column", "always"),
        ("IndexPart", "nulls_first"),
        *(("Index", each) for each in ("include", "nulls_distinct", "deferrable", "deferred", "valid")),
        *((each, "validated") for each in ("ForeignKey", "Check")),
        ("ForeignKey", "enforced"),
        *(("Exclusion", each) for each in ("name", "parts", "operators", "method", "condition", "include")),
        *(("Exclusion", each) for each in ("deferrable", "deferred")),
        *(("Table", each) for each in ("schema", "logged", "row_security", "forced", "policies")),
        *(("Sequence", each) for each in ("name", "table", "last", "used", "step", "least", "most", "cycles")),
    }
)
MYSQL_ALONE = frozenset({("Table", "engine"), ("Table", "collation"), ("Index", "visible")})
NOT_SQLITE = frozenset(
    {
        *(("Column", "comment"), ("Table", "comment"), ("Table", "owner"), ("Check", "enforced")),
        *(("Index", "method"), ("IndexPart", "opclass")),
    }
)
NOT_POSTGRESQL = frozenset({("Table", "columns")})
NOT_MYSQL = frozenset(
    {
        *(("IndexPart", "collation"), ("Index", "condition"), ("Index", "constraint"), ("PrimaryKey", "name")),
        *(("ForeignKey", each) for each in ("deferrable", "deferred")),
    }
)
LACKS = {
    "postgresql": NOT_POSTGRESQL | MYSQL_ALONE,
    "sqlite": POSTGRESQL_ALONE | NOT_SQLITE | MYSQL_ALONE,
    "mysql": POSTGRESQL_ALONE | NOT_MYSQL,
}
"""What a server does not have, or has no statement for."""


def silent_because(alteration: Alteration) -> str | None:
    kind, attribute, way, vendor = alteration.cell
    for key in (
        (kind, attribute, way, vendor),
        (kind, attribute, way, EVERY),
        (kind, attribute, EVERY, vendor),
        (kind, attribute, EVERY, EVERY),
    ):
        if key in SILENT:
            return SILENT[key]
    return None


def is_two_causes(alteration: Alteration) -> bool:
    kind, attribute, _, vendor = alteration.cell
    return (kind, attribute, vendor) in TWO_CAUSES or (kind, attribute, EVERY) in TWO_CAUSES
