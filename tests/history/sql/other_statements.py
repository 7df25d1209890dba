"""Statements of SQLite and of MySQL, and what is understood nowhere."""

from __future__ import annotations

from schemaguard.history.changes import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterConstraint,
    Change,
    CommentTable,
    CreateOther,
    CreateTable,
    DropConstraint,
    DropOther,
    DropTable,
    RenameTable,
)
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import (
    Expression,
    PrimaryKey,
)
from tests.history.sql.changes import add, column, foreign_key, index, table, unique

SQLITE: list[tuple[str, list[Change]]] = [
    (
        'CREATE TABLE "t" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, a, [b c] TEXT COLLATE NOCASE UNIQUE '
        "ON CONFLICT IGNORE, `d` int AS (a + 1), FOREIGN KEY (a) REFERENCES u(id)) WITHOUT ROWID, STRICT",
        [
            CreateTable(
                table(
                    "t",
                    column("id", "integer", nullable=False, auto=True),
                    column("a", ""),
                    column("b c", "text", collation="NOCASE"),
                    column("d", "int", generated=Expression("a + 1"), stored=False),
                ),
                {
                    ("pk",): PrimaryKey(columns=("id",)),
                    ("sql", "unique", ("b c",)): unique(None, "b c"),
                    ("sql", "foreign_key", ("a",)): foreign_key(None, "a", "u", "id"),
                },
            )
        ],
    ),
    ("PRAGMA journal_mode=WAL", []),
    ("DROP TABLE main.Items", [DropTable("Items")]),
    ("/* no /* comment in a comment */ DROP TABLE t", [DropTable("t")]),
    (
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE u SET a = 1; DELETE FROM u; END; DROP VIEW v",
        [CreateOther(Kind.TRIGGER, "g"), DropOther(Kind.VIEW, "v")],
    ),
]

MYSQL: list[tuple[str, list[Change]]] = [
    (
        "CREATE TABLE `t` (`id` int unsigned NOT NULL AUTO_INCREMENT, a varchar(20) CHARACTER SET utf8mb4 COLLATE "
        "utf8mb4_bin DEFAULT 'x\\'y' COMMENT 'it', e enum('a','B') NOT NULL COMMENT 'z', at datetime(6) DEFAULT "
        "CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), PRIMARY KEY (`id`), UNIQUE KEY u (a(10)), "
        "KEY k (e) USING BTREE, FULLTEXT KEY f (a)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='hey'",
        [
            CreateTable(
                table(
                    "t",
                    column("id", "int unsigned", nullable=False, auto=True),
                    column("a", "varchar(20)", collation="utf8mb4_bin", default=Expression("'x\\'y'"), comment="it"),
                    column("e", "enum('a','B')", nullable=False, comment="z"),
                    column("at", "datetime(6)", default=Expression("CURRENT_TIMESTAMP(6)")),
                    comment="hey",
                ),
                {
                    ("pk",): PrimaryKey(columns=("id",)),
                    ("name", "u"): unique("u", "a"),
                    ("name", "k"): index("k", "e"),
                    ("name", "f"): index("f", "a", method="fulltext"),
                },
            )
        ],
    ),
    (
        "ALTER TABLE t MODIFY a json, CHANGE COLUMN b c int NOT NULL AFTER a, DROP FOREIGN KEY f, DROP PRIMARY KEY, "
        "ADD INDEX i (a), RENAME INDEX k TO l, ENGINE=InnoDB, ALGORITHM=INPLACE",
        [
            AlterColumn(
                "t",
                "a",
                MODIFIED := {
                    "type": "<json>",
                    "nullable": True,
                    "auto": False,
                    "always": False,
                    "default": None,
                    "generated": None,
                    "stored": True,
                    "collation": None,
                    "comment": None,
                },
            ),
            AlterColumn("t", "b", {**MODIFIED, "name": "c", "type": "<int>", "nullable": False}),
            DropConstraint("t", ("name", "f")),
            DropConstraint("t", ("pk",)),
            add("t", index("i", "a")),
            AlterConstraint("t", ("name", "k"), ("name", "l")),
        ],
    ),
    (
        "CREATE TABLE t (a int UNIQUE COMMENT 'it', b int UNIQUE KEY, at datetime ON UPDATE CURRENT_TIMESTAMP, "
        "UNIQUE (a) USING BTREE, UNIQUE KEY USING BTREE (b) KEY_BLOCK_SIZE=8, KEY k (a) COMMENT 'x')",
        [
            CreateTable(
                table("t", column("a", "int", comment="it"), column("b", "int"), column("at", "datetime")),
                {
                    ("sql", "unique", ("a",)): unique(None, "a"),
                    ("sql", "unique", ("b",)): unique(None, "b"),
                    ("sql", "unique", ("a",), 2): unique(None, "a"),
                    ("sql", "unique", ("b",), 2): unique(None, "b"),
                    ("name", "k"): index("k", "a"),
                },
            )
        ],
    ),
    (
        "ALTER TABLE t ADD FULLTEXT INDEX f (a) WITH PARSER ngram COMMENT 'x', ADD INDEX i (b) INVISIBLE, "
        "ADD KEY k (c) IGNORED, ADD UNIQUE u (d) NOT IGNORED",
        [
            add("t", index("f", "a", method="fulltext")),
            add("t", index("i", "b", visible=False)),
            add("t", index("k", "c", visible=False)),
            add("t", unique("u", "d")),
        ],
    ),
    ("CREATE INDEX i ON t (a) CLUSTERING=YES INVISIBLE", [add("t", index("i", "a", visible=False))]),
    (
        "ALTER TABLE t ADD COLUMN (a int, b int UNIQUE), ALTER c SET DEFAULT 3, ALTER d DROP DEFAULT, DROP INDEX "
        "`PRIMARY`, COMMENT = 'hey'",
        [
            AddColumn("t", column("a", "int")),
            AddColumn("t", column("b", "int")),
            AddConstraint("t", ("sql", "unique", ("b",)), unique(None, "b")),
            AlterColumn("t", "c", {"default": Expression("3")}),
            AlterColumn("t", "d", {"default": None}),
            DropConstraint("t", ("pk",)),
            CommentTable("t", "hey"),
        ],
    ),
    ("CREATE INDEX i ON t (a) USING HASH LOCK=NONE", [add("t", index("i", "a", method="hash"))]),
    ("DROP INDEX i ON t ALGORITHM=INPLACE LOCK NONE", [DropConstraint("t", ("name", "i"))]),
    ("DROP INDEX `PRIMARY` ON t", [DropConstraint("t", ("pk",))]),
    ("DROP INDEX i ON t; # DROP TABLE t", [DropConstraint("t", ("name", "i"))]),
    ("----\nDROP INDEX i ON t; --DROP TABLE t", [DropConstraint("t", ("name", "i"))]),
    ("DROP TEMPORARY SEQUENCE s", []),
    ("RENAME TABLE a TO b, c TO d", [RenameTable("a", "b"), RenameTable("c", "d")]),
    (
        "CREATE DEFINER=`root`@`localhost` PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; END; DROP TABLE t",
        [CreateOther(Kind.FUNCTION, "p"), DropTable("t")],
    ),
    (
        "CREATE ALGORITHM = MERGE DEFINER = CURRENT_USER() SQL SECURITY INVOKER VIEW v AS SELECT 1",
        [CreateOther(Kind.VIEW, "v")],
    ),
]

OPAQUE = [
    ("postgresql", "DO $$ BEGIN PERFORM f(); DROP TABLE t; END $$"),
    ("postgresql", "DO $$ DECLARE a int; BEGIN DROP TABLE t; END $$"),
    ("postgresql", "DO LANGUAGE plpython3u $$ BEGIN DROP TABLE t; END $$"),
    ("postgresql", "DO $$ BEGIN DROP TABLE t; EXCEPTION WHEN others THEN NULL; END $$"),
    ("postgresql", "DO $$ BEGIN DROP TABLE t; EXCEPTION WHEN undefined_table THEN CREATE TABLE u (a int); END $$"),
    ("postgresql", "DO $$ BEGIN CREATE TYPE a AS ENUM (); CREATE TYPE b AS ENUM (); EXCEPTION WHEN others THEN END $$"),
    ("postgresql", "DO $$ BEGIN CREATE EXTENSION a; EXCEPTION WHEN others THEN NULL; END $$"),
    ("postgresql", "DO $$ BEGIN CREATE TYPE a AS ENUM (); EXCEPTION WHEN others THEN RAISE; END $$"),
    ("postgresql", "DO $$ BEGIN IF f() THEN CREATE TYPE a AS ENUM (); END IF; END $$"),
    ("postgresql", "DO $$ BEGIN IF NOT EXISTS (SELECT 'b') THEN CREATE TYPE a AS ENUM (); END IF; END $$"),
    ("postgresql", "DO $$ BEGIN IF NOT EXISTS (SELECT 'a') THEN DROP TYPE a; END IF; END $$"),
    ("postgresql", "CREATE TABLE t AS SELECT 1"),
    ("postgresql", "CREATE TABLE t (LIKE u INCLUDING ALL)"),
    ("postgresql", "SELECT * INTO t FROM u"),
    ("postgresql", "SELECT create_hypertable('t', 'at')"),
    ("postgresql", "CALL f()"),
    ("postgresql", "ALTER TABLE t SET SCHEMA s"),
    ("postgresql", "ALTER TABLE t ADD COLUMN a int, FROB b"),
    ("postgresql", "ALTER TABLE t ADD a int DEFAULT 3 FROB"),
    ("postgresql", "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i"),
    ("postgresql", "ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE"),
    ("postgresql", "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i INITIALLY DEFERRED"),
    ("postgresql", "ALTER TABLE t MODIFY a int"),
    ("postgresql", "ALTER TABLE t CHANGE a b int"),
    ("postgresql", "ALTER TABLE t ADD a int[x]"),
    ("postgresql", "ALTER TABLE t ADD a int CONSTRAINT c DEFAULT 3"),
    ("postgresql", "ALTER TABLE t ADD a int PRIMARY KEY DEFERRABLE"),
    ("postgresql", "ALTER TABLE t ADD a int GENERATED BY DEFAULT AS (b)"),
    ("postgresql", "ALTER TABLE t ADD PRIMARY KEY (lower(a))"),
    ("postgresql", "ALTER TABLE t ADD PRIMARY KEY (a) DEFERRABLE"),
    ("postgresql", "ALTER TABLE t ADD EXCLUDE (a WITH equals)"),
    ("postgresql", "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u MATCH FULL"),
    ("postgresql", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u ON DELETE FROB"),
    ("postgresql", "CREATE INDEX i ON t (a NULLS FROB)"),
    ("postgresql", "DROP TABLE 3"),
    ("postgresql", "COMMENT ON TABLE t IS 3"),
    ("postgresql", "COMMENT ON TABLE t IS X'41'"),
    ("postgresql", "UPDATE ONLY (((t))) SET a = 1"),
    ("postgresql", 'SELECT "Drop_All"()'),
    ("postgresql", "ALTER TABLE t ATTACH PARTITION u DEFAULT"),
    ("postgresql", "ALTER TYPE e ADD VALUE b"),
    ("postgresql", "ALTER TYPE e ADD ATTRIBUTE b int"),
    ("postgresql", "CREATE SCHEMA s CREATE TABLE t (a int)"),
    ("postgresql", "CREATE EVENT TRIGGER g ON ddl_command_end EXECUTE FUNCTION f()"),
    ("postgresql", "UPDATE pg_attribute SET atttypmod = 9"),
    ("postgresql", "CREATE INDEX i ON t (a) WHERE a ))(("),
    ("postgresql", "DROP TABLE 't"),
    ("postgresql", "DROP TABLE t /* for ever"),
    ("sqlite", "CREATE VIRTUAL TABLE t USING fts5(a)"),
    ("sqlite", "PRAGMA writable_schema = 1"),
    ("sqlite", "CREATE TABLE t (a int UNIQUE ON CONFLICT FROB)"),
    ("sqlite", "ALTER TABLE t ALTER a TYPE text"),
    ("mysql", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4"),
    ("mysql", "ALTER TABLE t ADD a int REFERENCES u (id)"),
    ("mysql", "ALTER TABLE t ALTER a SET INVISIBLE"),
    ("mysql", "ALTER TABLE t ALTER a TYPE text"),
    ("mysql", "CREATE SCHEMA s"),
    ("mysql", "DROP SCHEMA s"),
    ("mysql", "DROP TABLE other.t"),
    ("mysql", "/*!40101 DROP TABLE t */"),
    ("oracle", "DROP TABLE t"),
]
