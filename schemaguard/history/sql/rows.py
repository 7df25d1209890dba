"""Statements about rows, sessions and privileges: they leave nothing to see in a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.history.sql.cursor import Cursor

_UNSEEN = frozenset(
    """
    SET RESET SHOW ANALYZE ANALYSE VACUUM REINDEX CLUSTER GRANT REVOKE LOCK UNLOCK BEGIN START COMMIT END SAVEPOINT
    RELEASE TRUNCATE COPY NOTIFY LISTEN UNLISTEN CHECKPOINT DISCARD DEALLOCATE OPTIMIZE FLUSH CHECK REPAIR
    """.split()  # noqa: SIM905
)
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})
_READS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "("})
_CATALOGS = ("pg_catalog", "information_schema", "sqlite_master", "sqlite_schema", "mysql")

# Functions that change nothing, or rows and sequences at most; any other may be one that makes tables.
_HARMLESS = frozenset(
    """
    SETVAL NEXTVAL CURRVAL LASTVAL PG_GET_SERIAL_SEQUENCE SET_CONFIG CURRENT_SETTING COALESCE NULLIF GREATEST LEAST
    MAX MIN COUNT SUM AVG NOW LOWER UPPER CONCAT LENGTH SUBSTRING TRIM REPLACE ROUND ABS CAST CONVERT EXTRACT
    PG_ADVISORY_LOCK PG_ADVISORY_XACT_LOCK PG_ADVISORY_UNLOCK PG_SLEEP PG_NOTIFY VERSION ROW_NUMBER ARRAY_AGG
    STRING_AGG JSONB_BUILD_OBJECT JSON_BUILD_OBJECT TO_CHAR DATE_TRUNC RANDOM GEN_RANDOM_UUID UUID_GENERATE_V4 MD5
    IFNULL UNNEST GENERATE_SERIES SLEEP TO_REGCLASS
    """.split()  # noqa: SIM905
)
# Words that may stand before a parenthesis without being a function's name.
_KEYWORDS = frozenset(
    """
    SELECT FROM WHERE AND OR NOT IN EXISTS AS ON USING OVER BY VALUES ANY ALL SOME ARRAY ROW CASE WHEN THEN ELSE
    UNION INTERSECT EXCEPT DISTINCT FILTER LATERAL JOIN HAVING LIMIT OFFSET INTO WITH RECURSIVE MATERIALIZED
    BETWEEN LIKE IS INTERVAL NUMERIC VARCHAR DECIMAL CHAR SETS
    """.split()  # noqa: SIM905
)


def about_rows(cursor: Cursor) -> bool:
    """Whether a statement surely leaves the schema as it is."""
    word = cursor.word()
    if word in _UNSEEN:
        return True
    if word == "PRAGMA":
        return "WRITABLE_SCHEMA" not in cursor.words()
    if word == "REFRESH":
        return cursor.at("REFRESH", "MATERIALIZED", "VIEW")
    if word == "ALTER":
        return cursor.at("ALTER", "DEFAULT", "PRIVILEGES")
    if word == "COMMENT":
        return cursor.at("COMMENT", "ON")
    if word == "SECURITY":
        return cursor.at("SECURITY", "LABEL")
    if word in _WRITES:
        return len(cursor.tokens) > 2 and not _writes_catalog(cursor)
    return word in _READS and len(cursor.tokens) > 1 and _only_reads(cursor)


def _writes_catalog(cursor: Cursor) -> bool:
    """UPDATE pg_attribute and the like, by which a schema is changed behind the server's back."""
    for token in cursor.tokens[1:5]:
        if token.kind in ("word", "quoted"):
            name = token.text.strip('"`[]').lower()
            if name not in ("into", "from", "only", "or", "ignore", "replace", "low_priority"):
                return name in _CATALOGS or name.startswith("pg_")
    return True


def _only_reads(cursor: Cursor) -> bool:
    """No SELECT INTO, and no call of a function that is not known to be harmless."""
    depth = 0
    writes = cursor.at("WITH") and bool(cursor.words() & {"INSERT", "UPDATE", "DELETE", "MERGE"})
    for place, token in enumerate(cursor.tokens):
        depth += (token.word == "(") - (token.word == ")")
        if token.word == "INTO" and not writes:
            return False
        if cursor.tokens[place + 1 : place + 2] and cursor.tokens[place + 1].word == "(":
            if token.kind == "quoted" and not writes:
                return False
            if token.kind == "word" and token.word not in _HARMLESS and token.word not in _KEYWORDS and not writes:
                return False
    return depth == 0
