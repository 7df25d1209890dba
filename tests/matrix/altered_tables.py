"""Tables, sequences, and what is neither: views, triggers, functions, extensions, collations, schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import ForeignKey, Schema, Table
from tests.matrix.alterations import Alteration, ours
from tests.matrix.spelling import NEW, anew, beside, quoted, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.schema.sequences import Sequence

TABLE = frozenset({Kind.TABLE})


def of_tables(schema: Schema, table: Table) -> Iterator[Alteration]:
    full = relation(table)

    def made(attribute: str, way: str, *sql: str, **more: Any) -> Alteration:
        return Alteration(
            **{
                "vendor": schema.vendor,
                "kind": "table",
                "attribute": attribute,
                "way": way,
                "table": table.name,
                "name": table.name,
                "names": frozenset({bare(table.name)}),
                "finds": TABLE,
                "sql": sql,
                **more,
            }
        )

    postgres = schema.vendor == "postgresql"
    other = frozenset({NEW})
    if _points_at(schema, table) == 0:
        yield made("dropped", "", f"DROP TABLE {full}")
    yield made("name", "renamed", f"ALTER TABLE {full} RENAME TO {quoted(NEW)}", names=other, tables=other)
    new = replace(table, columns=dict(reversed(list(table.columns.items()))))
    if not postgres:
        yield made("columns", "in another order", *anew(table, new))
        return
    homes = sorted({each.schema for each in ours(schema) if each.schema not in (None, table.schema)})
    if homes:
        yield made("schema", "moved to another", f"ALTER TABLE {full} SET SCHEMA {homes[-1]}")
    comment = f"COMMENT ON TABLE {full} IS "
    finds = TABLE | {Kind.COMMENT}
    if table.comment is None:
        yield made("comment", "given by hand", f"{comment}'by hand'", finds=finds)
    else:
        yield made("comment", "another", f"{comment}'by hand'", finds=finds)
        yield made("comment", "taken away", f"{comment}NULL", finds=finds)
    yield made("logged", "unlogged", f"ALTER TABLE {full} SET UNLOGGED")
    yield made("row_security", "switched on", f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY")
    yield made("forced", "forced", f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    yield made("forced", "forced, and not enabled", f"ALTER TABLE {full} FORCE ROW LEVEL SECURITY")
    policy = f"CREATE POLICY by_hand ON {full} USING (true)"
    yield made("policies", "one, and not enabled", policy)
    yield made("policies", "one, and enabled", policy, f"ALTER TABLE {full} ENABLE ROW LEVEL SECURITY")
    moved = beside(table, NEW)
    view = f"CREATE VIEW {full} AS SELECT * FROM {moved}"
    renamed = f"ALTER TABLE {full} RENAME TO {quoted(NEW)}"
    yield made("owner", "a view in its place", renamed, view, names=other, tables=other)
    parent = f"CREATE TABLE {moved} ()"
    child = f"ALTER TABLE {full} INHERIT {moved}"
    yield made("owner", "a child of a table made by hand", parent, child, names=other, tables=other)


def _points_at(schema: Schema, table: Table) -> int:
    """How many foreign keys of other tables point at it: SQLite would drop it all the same."""
    return sum(
        isinstance(key, ForeignKey) and key.target == table.name
        for other in schema.tables.values()
        if other is not table
        for key in other.constraints
    )


def of_sequences(schema: Schema) -> Iterator[Alteration]:
    """Of each automatic key: the sequence that Django's INSERT takes its number from."""
    known = {(each.table, each.column): each for each in schema.sequences}
    for table in ours(schema):
        for column in table.columns.values():
            sequence = known.get((table.name, column.name))
            if column.auto and sequence is not None:
                yield from _of_sequence(schema, table, sequence)


def _of_sequence(schema: Schema, table: Table, sequence: Sequence) -> Iterator[Alteration]:
    def made(attribute: str, way: str, *sql: str, **more: Any) -> Alteration:
        return Alteration(
            **{
                "vendor": schema.vendor,
                "kind": "sequence",
                "attribute": attribute,
                "way": way,
                "table": table.name,
                "name": sequence.name,
                "columns": frozenset({sequence.column}),
                "names": frozenset({NEW, beside(table, NEW)}),
                "finds": frozenset({Kind.SEQUENCE, Kind.COLUMN}),
                "sql": sql,
                **more,
            }
        )

    full = f"pg_get_serial_sequence('{relation(table)}', '{sequence.column}')"

    def altered(what: str) -> str:
        return f"DO $$ BEGIN EXECUTE format('ALTER SEQUENCE %s {what}', {full}); END $$"

    yield made("last", "behind the rows", f"SELECT setval({full}, 1)")
    yield made("last", "far ahead of the rows", f"SELECT setval({full}, 900000)")
    yield made("used", "begun anew", f"SELECT setval({full}, 1, false)")
    yield made("used", "restarted", altered("RESTART WITH 1"))
    yield made("name", "renamed", altered(f"RENAME TO {NEW}"))
    yield made("table", "owned by nobody", altered("OWNED BY NONE"))
    yield made("step", "in tens", altered("INCREMENT BY 10"))
    yield made("step", "backwards", altered("INCREMENT BY -1 MINVALUE -1000"))
    yield made("least", "below zero", altered("MINVALUE -7"))
    yield made("most", "at its end", altered("MAXVALUE 1000"), f"SELECT setval({full}, 1000)")
    yield made("most", "far away", altered("MAXVALUE 2000000"))
    yield made("cycles", "round", altered("CYCLE"))


# ------------------------------------------------------------------------------------------------ neither of these
KINDS = {
    "extension": Kind.EXTENSION,
    "collation": Kind.COLLATION,
    "view": Kind.VIEW,
    "trigger": Kind.TRIGGER,
    "function": Kind.FUNCTION,
    "rule": Kind.RULE,
}


def of_others(schema: Schema) -> Iterator[Alteration]:
    """What is no table."""
    yield from _added_table(schema)
    for kind, name in sorted(schema.others):
        ways = {("dropped", ""): _dropped(schema.vendor, kind, name)}
        if schema.vendor == "postgresql":
            ways |= {("definition", way): sql for way, sql in _redefined(kind, name)}
        finds = frozenset({KINDS[kind]}) if kind in KINDS else frozenset[Kind]()
        for (attribute, way), sql in ways.items():
            if sql is not None:
                yield Alteration(
                    vendor=schema.vendor, kind=kind, attribute=attribute, way=way, table="", name=name, sql=(sql,),
                    finds=finds,
                )  # fmt: skip


def _dropped(vendor: str, kind: str, name: str) -> str | None:
    if vendor != "postgresql":
        return f"DROP {kind.upper()} {quoted(name)}" if kind in ("view", "trigger") else None
    match kind:
        case "view":
            return (
                f"DO $$ DECLARE v record; BEGIN SELECT * INTO v FROM pg_class WHERE relname = '{name}'"
                " AND relkind IN ('v', 'm'); EXECUTE format('DROP %s %s',"
                " CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, v.oid::regclass); END $$"
            )
        case "trigger":
            return (
                f"DO $$ DECLARE t regclass; BEGIN SELECT tgrelid INTO t FROM pg_trigger WHERE tgname = '{name}';"
                f" EXECUTE format('DROP TRIGGER %I ON %s', '{name}', t); END $$"
            )
        case "rule":
            return (
                f"DO $$ DECLARE t regclass; BEGIN SELECT ev_class INTO t FROM pg_rewrite WHERE rulename = '{name}';"
                f" EXECUTE format('DROP RULE %I ON %s', '{name}', t); END $$"
            )
        case "function":
            return f"DROP FUNCTION {quoted(name)}"
        case "extension" | "collation" | "schema" | "type":
            return f"DROP {kind.upper()} {quoted(name)}"
    return None


def _redefined(kind: str, name: str) -> Iterator[tuple[str, str]]:
    """PostgreSQL's own text of it, with a little more in it."""
    match kind:
        case "view":
            yield (
                "another",
                (
                    f"DO $$ DECLARE v record; BEGIN SELECT * INTO v FROM pg_class WHERE relname = '{name}'"
                    " AND relkind IN ('v', 'm'); EXECUTE format("
                    "CASE v.relkind WHEN 'v' THEN 'CREATE OR REPLACE VIEW %1$s AS SELECT * FROM (%2$s) x LIMIT 7'"
                    " ELSE 'DROP MATERIALIZED VIEW %1$s;"
                    " CREATE MATERIALIZED VIEW %1$s AS SELECT * FROM (%2$s) x LIMIT 7'"
                    " END, v.oid::regclass, rtrim(pg_get_viewdef(v.oid), ';')); END $$"
                ),
            )
        case "function":
            yield (
                "another",
                (
                    f"DO $$ DECLARE was text; made text; BEGIN SELECT pg_get_functiondef(oid) INTO was FROM pg_proc"
                    f" WHERE proname = '{name}'; made := replace(was, 'BEGIN', 'BEGIN PERFORM 1;');"
                    " IF made = was THEN RAISE EXCEPTION 'nothing to alter'; END IF; EXECUTE made; END $$"
                ),
            )
        case "trigger":
            yield (
                "switched off",
                (
                    f"DO $$ DECLARE t regclass; BEGIN SELECT tgrelid INTO t FROM pg_trigger WHERE tgname = '{name}';"
                    f" EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', t, '{name}'); END $$"
                ),
            )


def _added_table(schema: Schema) -> Iterator[Alteration]:
    yield Alteration(
        vendor=schema.vendor, kind="table", attribute="added", way="", table=NEW, name=NEW, finds=TABLE,
        sql=(f"CREATE TABLE {quoted(NEW)} (number integer)", f"INSERT INTO {quoted(NEW)} VALUES (1)"),
    )  # fmt: skip
