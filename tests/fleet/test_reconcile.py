"""`reconcile` on many schemas: a plan is carried out on one first, then on the others; each in its own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.database.postgresql.locking import ADVISORY
from tests.fleet.tenants import check, documents, groups, in_schema, provision, tenants_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Database, Postgres, Project, Result

NAMES = ("a1", "a2", "a3", "b1", "b2", "fine")
TROUBLES = "".join(
    f"DELETE FROM {name}.django_migrations WHERE name >= '0003';" for name in ("a1", "a2", "a3")
) + "".join(f"DROP INDEX {name}.one_name;" for name in ("b1", "b2"))  # fmt: skip


@pytest.fixture(scope="module")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Three that have lost records, two that have lost an index, and one that is fine."""
    with postgres.fresh() as database:
        project = tenants_project(tmp_path_factory.mktemp("tenants"), database)
        provision(project, *NAMES)
        database.script(TROUBLES)
        yield project


@pytest.fixture
def project(postgres: Postgres, template: Project) -> Iterator[Project]:
    with postgres.fresh(template.database) as database:
        yield template.on(database)


def reconcile(project: Project, *argv: str, stdin: str = "") -> Result:
    return project.manage("schemaguard", "reconcile", "--all-schemas", *argv, stdin=stdin)


def journals(database: Database) -> dict[str, int]:
    """schema → the entries of its journal."""
    tables = database.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'schemaguard_journal'")
    return {
        name: int(database.execute(f'SELECT count(*) FROM "{name}".schemaguard_journal')[0][0]) for (name,) in tables
    }


def refuse_records(project: Project, schema: str) -> None:
    """Only seen by whoever writes a record: all of them have the trigger, which asks where it is."""
    for name in ("a1", "a2", "a3"):
        project.database.script(
            f"""CREATE FUNCTION {name}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF TG_TABLE_SCHEMA = '{schema}' THEN RAISE 'no more records'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON {name}.django_migrations
                FOR EACH ROW EXECUTE FUNCTION {name}.refuse()"""
        )


def test_all_are_mended_each_with_its_own_journal(project: Project) -> None:
    found = reconcile(project, "--noinput", "--format", "json", "--jobs", "2").expect(0)
    assert groups(found) == [("in_sync", list(NAMES))]
    done = {name: [step["action"] for step in each["performed"]] for name, each in documents(found).items()}
    assert done == {
        **{key: ["fake", "fake"] for key in ("a1", "a2", "a3")}, **{key: ["redo"] for key in ("b1", "b2")}, "fine": [],
    }  # fmt: skip
    assert journals(project.database) == dict.fromkeys(("a1", "a2", "a3", "b1", "b2"), 1)
    for name in NAMES:
        alone = project.manage("schemaguard", "check", "--format", "json", env=in_schema(name)).expect(0)
        assert alone.json["verdict"] == "in_sync"
    assert groups(reconcile(project, "--noinput", "--format", "json")) == [("in_sync", list(NAMES))]
    assert journals(project.database) == dict.fromkeys(("a1", "a2", "a3", "b1", "b2"), 1)


def test_each_plan_is_asked_for_once(project: Project) -> None:
    found = reconcile(project, stdin="yes\nno\n").expect(1)
    assert found.err.count("Carry this out on") == 2
    assert "3 with this plan: a1, a2, a3" in found.err
    assert journals(project.database) == dict.fromkeys(("a1", "a2", "a3"), 1)
    assert "2 alike: reconcilable" in found.out


WIDER = "".join(f"ALTER TABLE {name}.shop_item ALTER COLUMN note TYPE varchar(33);" for name in ("a1", "a2", "fine"))


def test_a_choice_is_asked_for_once_for_those_that_have_it(project: Project) -> None:
    """a1 and a2 have lost records as well, so they have another plan than `fine`: each group is asked by itself."""
    project.database.script(f"{WIDER} ALTER TABLE b1.shop_item ALTER COLUMN note TYPE varchar(44)")
    answers = ["alter", "stop", "accept", *(["yes"] * 9)]
    found = reconcile(project, "--format", "json", stdin="\n".join([*answers, ""]))
    assert found.err.count("shop_item.note is character varying(") == 3
    assert [line for line in found.err.splitlines() if " with this question: " in line] == [
        "2 with this question: a1, a2"
    ]
    lengths = database_lengths(project.database)
    assert lengths == {"a1": 20, "a2": 20, "a3": 20, "b1": 44, "b2": 20, "fine": 33}
    assert set(journals(project.database)) == {"a1", "a2", "a3", "b2"}  # of b1 nothing at all was to be changed
    assert documents(found)["a1"]["verdict"] == "in_sync"


def database_lengths(database: Database) -> dict[str, int]:
    rows = database.execute(
        "SELECT table_schema, character_maximum_length FROM information_schema.columns "
        "WHERE table_name = 'shop_item' AND column_name = 'note'"
    )
    return {str(schema): int(length) for schema, length in rows}


def test_an_option_answers_such_questions(project: Project) -> None:
    project.database.script(WIDER)
    found = reconcile(project, "--on-conflict", "alter", stdin="yes\n" * 9).expect(0)
    assert "with this question" not in found.err
    assert found.err.count("Carry this out on") == 4


def test_nobody_answers_and_nothing_is_changed(project: Project) -> None:
    reconcile(project).expect(1)
    assert journals(project.database) == {}


def test_a_dry_run_shows_each_plan_once_and_its_hash_carries_it_out(project: Project) -> None:
    found = reconcile(project, "--dry-run").expect(1)
    assert found.out.count("2 with this plan: b1, b2") == 1
    assert "CREATE UNIQUE INDEX" in found.out
    hashes = [line.removeprefix("plan ") for line in found.out.splitlines() if line.startswith("plan sha256:")]
    assert len(hashes) == 2
    reconcile(project, "--plan-hash", hashes[1]).expect(1)
    assert journals(project.database) == {"b1": 1, "b2": 1}
    refused = reconcile(project, "--plan-hash", hashes[1]).expect(1)
    assert refused.err.strip() == f"schemaguard: no target has the plan {hashes[1]} now; nothing was changed"


def test_a_first_one_that_fails_leaves_the_others_untouched(project: Project) -> None:
    refuse_records(project, "a1")
    found = reconcile(project, "--noinput", "--format", "json").expect(1)
    each = documents(found)
    assert "no more records" in each["a1"]["error"]
    assert each["a2"]["error"].startswith("not begun, since a1 with the same plan did not come out as promised")
    assert each["a2"]["performed"] == []
    assert journals(project.database) == {"b1": 1, "b2": 1}


def test_one_that_turns_out_otherwise_is_left_and_told(project: Project) -> None:
    refuse_records(project, "a2")
    found = reconcile(project, "--noinput").expect(1)
    assert "a2 left as it was: " in found.out
    assert journals(project.database) == dict.fromkeys(("a1", "a3", "b1", "b2"), 1)


def test_one_that_is_being_migrated_is_no_drift(project: Project) -> None:
    """Another process holds the lock that `migrate` and `reconcile` take."""
    with_lock = f"SELECT pg_advisory_lock({ADVISORY}, hashtext('a1'))"
    connection: Any = project.database.connect()
    try:
        connection.execute(with_lock)
        found = check(project, "--all-schemas", "--format", "json").expect(2)
        assert "a migrate or a reconcile is running here" in documents(found)["a1"]["error"]
        assert documents(found)["a2"]["verdict"] == "reconcilable"
        mended = reconcile(project, "--noinput", "--format", "json").expect(2)
        assert ("failed", ["a1"]) in groups(mended)
        assert ("in_sync", ["a2", "a3", "b1", "b2", "fine"]) in groups(mended)
    finally:
        connection.close()
