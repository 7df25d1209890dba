"""What a server family can do, asked instead of its name: an attribute each, with a sentence for what it means."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Capabilities:
    """Those of an unknown server, which a backend replaces by its own; and what its last reading found."""

    vendor: str
    """Django's name of the server family, for reports."""
    dialect: str = ""
    """How its SQL is spelled, by the name that `history.sql` has for it. Of an unknown one no SQL is read."""
    name_bytes: int | None = None
    """After how many bytes the server cuts a name, and says nothing; None where it keeps a name whole or refuses it."""
    transactional_ddl: bool = False
    """Whether DDL is a part of its transaction, and can be rolled back."""
    has_comments: bool = False
    """Whether tables and columns have comments."""
    serves_threads: bool = False
    """Whether the driver lets two threads take turns on one connection, and a server works meanwhile."""
    drops_many: bool = False
    """Whether one DROP TABLE takes several tables, which may point at each other."""
    name_quote: str = '"'
    """What the server puts around a name."""
    remakes_tables: bool = False
    """Whether Django's editor alters most of a table by making it anew with its rows, and the catalog keeps texts."""
    cascades: bool = False
    """Whether nothing that hangs on a column outlives it: it goes along, or the server refuses to drop the column."""
    retypes_references: bool = True
    """Whether Django's editor alters the columns that point at a key along with the key's type."""
    merges_uniques: bool = False
    """Whether two equal unique constraints of one CREATE TABLE become one."""
    indexes_for_like: bool = False
    """Whether Django's editor gives a key of text a second index, for LIKE."""
    has_index_methods: bool = False
    """Whether Django's editor writes the method and the operator classes of an index."""
    serves_contrib_postgres: bool = False
    """Whether the fields, constraints and operations of django.contrib.postgres do anything here."""
    reads_all_as_text: bool = False
    """Whether a value of any type is read, and written again, as text."""
    keeps_any_value: bool = False
    """Whether a column keeps a value that its type does not hold, as it is."""
    casts_in_queries: bool = False
    """Whether a query can try if every value of a column casts to another type."""
    links_unique_keys_alone: bool = True
    """Whether a foreign key points at a unique key; else any index that begins with the column will do."""
    replaces_in_place: bool = False
    """Whether CREATE OR REPLACE makes a view or a function again, with what hangs on it."""
    editor_mixin: Any = None
    """A class that is put before the connection's schema editor, which does more, or less, than is asked."""
    sees_expressions: bool = True
    """Whether the catalog shows predicates, indexed expressions and the texts of checks."""
    rewrites_expressions: bool = False
    """Whether a column's new type changes the texts of the checks and indexes that read it."""
    numbers_keys_alone: bool = False
    """Whether a column numbers its rows only as the primary key, and loses that with the key."""
    keys_lose_numbers: bool = False
    """Whether a key may be left that gives no numbers to its rows."""
    remakes_checks: bool = False
    """Whether Django's editor drops the check of a field that says something else, and makes another one at the end."""
    alters_columns: bool = False
    """Whether one attribute of a column can be altered by itself, without restating the column or its table."""
    restates_columns: bool = False
    """Whether a column is altered by saying anew all that it has (`restate`)."""
    retypes: frozenset[str] = frozenset({"type", "collation"})
    """The attributes of Column that Django's editor calls its type: what points at such a column is made again."""
    indexes_foreign_keys: bool = False
    """Whether the server makes an index for a foreign key that has none, so that Django's editor leaves it out."""
    uniques_are_indexes: bool = False
    """Whether Django's introspection takes a unique constraint for an index as well."""
    readers_keep_names: bool = False
    """Whether no column is renamed that a check, a generated column or an indexed expression reads."""
    takes_nothing_along: bool = False
    """Whether nothing is dropped or altered that a foreign key, a generated column or an index of others is about."""
    keeps_unique_columns: bool = False
    """Whether no column is dropped that a unique key has beside others."""
    keeps_length_under_keys: bool = False
    """Whether a text that a foreign key is about cannot even get longer."""
    keeps_rests: bool = False
    """Whether an index outlives a column of its own that is dropped, over those that are left."""
    may_keep_default: frozenset[str] | None = None
    """The types of which a column may have a default that no migration gives; None: any type."""
    is_altered_online: bool = False
    """Whether people alter large tables by tools that copy them under another name (gh-ost)."""
    cuts_keys: bool = False
    """Whether an index over one column that is too long for `longest_key` is made over the beginning of it."""
    longest_key: int | None = None
    """How many bytes a key of an index has at the most; None where that is not known."""
    wants_keys: bool = False
    """Whether the server refuses a table without a primary key."""
    makes_keys: bool = False
    """Whether the server gives a new table without a primary key one of its own."""
    goes_forward: bool = False
    """Whether each statement of DDL commits, so that a reconcile goes step by step under a lock of the session."""
    builds_concurrently: bool = False
    """Whether an index can be built without keeping anybody from writing, outside of a transaction."""
    integers: frozenset[str] = frozenset({"smallint", "integer", "bigint"})
    """The types of Django's automatic keys, as `normal_type` spells them."""
    drops_constraints: bool = False
    """Whether a unique constraint is dropped by a statement that no unique index answers to."""
    nondeterministic: frozenset[str] = frozenset()
    """Collations that cannot serve LIKE, as the last `read` found them."""
    unreadable: frozenset[str] = frozenset()
    """Tables from which this role may not SELECT, as the last `read` found them."""
    next_numbers: Mapping[str, int] = MappingProxyType({})
    """By table, the number that its AUTO_INCREMENT gives next, as the last `read` found it."""
    blind: tuple[str, ...] = ()
    """Why the last `read` cannot have seen what is there, a sentence each; the first says most."""
    schema_name: str | None = None
    """The one schema that is looked at, where it is one of many."""
