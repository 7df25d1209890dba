"""The reports for CI servers and pull requests: each read back by what reads it there, or by its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import junitparser
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from schemaguard.diagnosis.model import Action, Diagnosis, PlanStep, State, Verdict
from schemaguard.exceptions import CannotStart
from schemaguard.report import FORMATS, render
from schemaguard.report.base import Report, report, repository_of
from schemaguard.report.baseline import Baseline, NewBaseline, read_baseline
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from tests.report.diagnoses import diagnosis, extra_table, finding, migration, missing_column

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/report.schema.json").read_text())
HOSTILE = "a|b`c``d\n::error::e <script>@all</script> %0A \x1b[31m \u202e"
SARIF = {  # the parts of the specification's own schema that we write (sections 3.14 to 3.30)
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "results": {
                        "items": {
                            "required": ["message", "ruleId", "ruleIndex"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
                                "message": {"required": ["text"]},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                            },
                        }
                    }
                },
            },
        },
    },
}


def of(*findings: Any, known: dict[str, str] | None = None, **more: Any) -> Report:
    migrations = (migration("shop.0001_initial"), migration("shop.0002_user_email", State.MISSING))
    found = diagnosis(Verdict.RECONCILABLE, migrations=migrations, findings=findings, **more)
    return report(found, Path.cwd(), known)


def hostile() -> Diagnosis:
    step = PlanStep(action=Action.REDO, app="shop", name="0001", sql=(f"SELECT '{HOSTILE}'",))
    table = finding(
        Kind.TABLE, Problem.EXTRA, f"table {HOSTILE} was made outside", table=HOSTILE, name=HOSTILE, hint=HOSTILE
    )
    return diagnosis(Verdict.CONFLICT, name=HOSTILE, findings=(table,), plan=(step,))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_from_outside_gets_out_of_its_place(name: str) -> None:
    text = render(name, report(hostile(), Path.cwd()))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("::error::e") for line in text.splitlines())
    assert name != "junit" or "<script>" not in text
    assert name != "openmetrics" or "script" not in text  # no table is a label
    assert name != "markdown" or "&lt;script&gt;@<!-- -->all" in text


# ----------------------------------------------------------------------------------------------------------------- json
def test_the_document_is_as_its_schema_says() -> None:
    for found in (of(), of(missing_column(), extra_table()), report(hostile(), Path.cwd())):
        jsonschema.validate(json.loads(render("json", found)), SCHEMA)


def test_paths_are_relative_to_the_root(tmp_path: Path) -> None:
    inside = finding(Kind.TABLE, Problem.EXTRA, "m", table="t", file=str(tmp_path / "shop" / "a.py"), line=3)
    outside = replace(inside, table="u", file="/elsewhere/b.py")
    found = report(diagnosis(findings=(inside, outside)), tmp_path)
    assert [each.file for each in found.diagnosis.findings] == ["shop/a.py", "/elsewhere/b.py"]
    assert render("github", found).splitlines() == [
        "::warning file=shop/a.py,line=3,title=SG202 table extra::m%0A"
        "https://django-schemaguard.readthedocs.io/en/latest/findings.html#sg202",
        "::warning title=SG202 table extra::m%0Ahttps://django-schemaguard.readthedocs.io/en/latest/findings.html#sg202",
    ]


def test_the_root_is_the_nearest_folder_with_git(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert repository_of(below) == below
    (tmp_path / ".git").mkdir()
    assert repository_of(below) == tmp_path


# ------------------------------------------------------------------------------------------------------------- the rest
def test_an_annotation_stands_at_the_line_of_the_migration() -> None:
    assert render("github", of(missing_column())) == (
        "::error file=shop/migrations/0002_user_email.py,line=14,title=SG203 column missing::"
        "users.email is missing; shop.0002_user_email makes it%0Amanage.py schemaguard reconcile%0A"
        "https://django-schemaguard.readthedocs.io/en/latest/findings.html#sg203\n"
    )


def test_code_quality_of_gitlab() -> None:
    first, second = json.loads(render("gitlab", of(missing_column(), extra_table())))
    assert first == {
        "description": "SG203: users.email is missing; shop.0002_user_email makes it (manage.py schemaguard reconcile)",
        "check_name": "SG203",
        "fingerprint": of(missing_column()).fingerprint(missing_column()),
        "severity": "critical",
        "location": {"path": "shop/migrations/0002_user_email.py", "lines": {"begin": 14}},
    }
    assert (second["severity"], second["location"]) == ("minor", {"path": "manage.py", "lines": {"begin": 1}})


def test_sarif() -> None:
    document = json.loads(render("sarif", of(missing_column(), extra_table())))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SG202", "SG203"]
    first = run["results"][0]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "SG203"
    assert first["locations"] == [
        {
            "logicalLocations": [{"fullyQualifiedName": "users.email", "kind": "column"}],
            "physicalLocation": {
                "artifactLocation": {"uri": "shop/migrations/0002_user_email.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 14},
            },
        }
    ]
    assert "physicalLocation" not in run["results"][1]["locations"][0]


def test_junit_has_a_case_for_each_migration_and_one_for_what_belongs_to_none() -> None:
    found = of(missing_column(), extra_table())
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", found).encode())
    assert (suite.tests, suite.failures, suite.skipped) == (3, 1, 0)
    first, second, other = suite
    assert (first.classname, first.name, first.result) == ("shop", "0001_initial", [])
    (failure,) = second.result
    assert failure.message == "users.email is missing; shop.0002_user_email makes it"
    assert other.name == "outside of migrations"
    assert other.system_out.startswith("SG202 warning: ")


def test_what_is_pending_is_skipped() -> None:
    pending = diagnosis(Verdict.PENDING, migrations=(migration("shop.0001_initial", State.PENDING),))
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", report(pending, Path.cwd())).encode())
    assert (suite.tests, suite.failures, suite.skipped) == (1, 0, 1)


def test_markdown() -> None:
    lines = render("markdown", of(missing_column())).splitlines()
    assert lines[0] == "### ❌ schemaguard: reconcilable"
    assert lines[6] == (
        "| ❌ error | [SG203](https://django-schemaguard.readthedocs.io/en/latest/findings.html#sg203) | "
        "users.email is missing; shop.0002\\_user\\_email makes it<br>`manage.py schemaguard reconcile` | "
        "`shop/migrations/0002_user_email.py:14` |"
    )
    assert lines[-4:] == ["", "```sh", "manage.py schemaguard reconcile", "```"]


# ------------------------------------------------------------------------------------------------------------- baseline
def test_a_fingerprint_does_not_move_with_lines_and_words() -> None:
    found = of()
    first = missing_column()
    assert found.fingerprint(first) == found.fingerprint(replace(first, line=99, message="other words", hint=None))
    assert found.fingerprint(first) != found.fingerprint(replace(first, name="mail"))


def test_what_a_baseline_knows_is_told_as_known_and_what_is_gone_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(written(of(missing_column(), extra_table()), Baseline(), date(2026, 1, 2)))
    known = read_baseline(path).of_database("default")
    assert set(known.values()) == {"2026-01-02"}

    found = of(missing_column(), known=dict(known))
    assert found.gone == 1
    assert found.known_since(missing_column()) == "2026-01-02"
    document = json.loads(render("json", found))
    jsonschema.validate(document, SCHEMA)
    assert document["baseline"] == {"known": 1, "gone": 1}
    assert document["findings"][0]["known_since"] == "2026-01-02"
    text = render("text", found)
    assert "1 finding of the baseline\n" in text
    assert "1 finding of the baseline is gone: --write-baseline brings it up to date" in text
    assert render("github", found).startswith("::notice ")
    assert json.loads(render("sarif", found))["runs"][0]["results"][0]["baselineState"] == "unchanged"
    # Written again, it keeps the date.
    assert "2026-01-02" in written(found, read_baseline(path), date(2027, 1, 1))


def written(found: Report, past: Baseline, today: date) -> str:
    new = NewBaseline(past, today)
    new.add_database(found.diagnosis)
    return new.text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no baseline: "),
        ("[]", "is no baseline of this version; "),
        ('{"format": 1, "findings": [{"fingerprint": "a", "since": "b", "targets": 7}]}', "is no baseline: "),
        ('{"format": 1, "findings": [7]}', "is no baseline: "),
        ('{"format": 1, "findings": [{}]}', "is no baseline: an entry of it has no fingerprint or no date"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(CannotStart, match=why):
        read_baseline(path)


# ---------------------------------------------------------------------------------------------------------- openmetrics
def samples(text: str, parse: Callable[[str], Any]) -> dict[tuple[str, ...], float]:
    """(name, value of a label, …) → number, of what a parser of Prometheus's own reads."""
    return {
        (sample.name, *(value for label, value in sorted(sample.labels.items()) if label != "database")): sample.value
        for family in parse(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("parse", [openmetrics, prometheus])
def test_prometheus_reads_the_metrics(parse: Callable[[str], Any]) -> None:
    found = samples(render("openmetrics", of(missing_column(), extra_table())), parse)
    assert found["schemaguard_verdict", "reconcilable"] == 1
    assert found["schemaguard_verdict", "in_sync"] == 0
    assert found["schemaguard_findings", "error"] == found["schemaguard_findings", "warning"] == 1
    assert found["schemaguard_findings", "info"] == 0
    assert found["schemaguard_findings_by_code", "SG203", "column", "error", "missing"] == 1
    assert found["schemaguard_migrations", "missing"] == found["schemaguard_migrations", "applied"] == 1
    assert found["schemaguard_migrations", "pending"] == found[("schemaguard_plan_steps",)] == 0


def test_a_baseline_is_counted_by_itself() -> None:
    known = {of(missing_column()).fingerprint(missing_column()): "2026-01-01"}
    found = samples(render("openmetrics", of(missing_column(), known=known)), openmetrics)
    assert found["schemaguard_findings", "error"] == 0
    assert found[("schemaguard_known_findings",)] == 1


def test_a_label_holds_any_alias() -> None:
    alias = 'a"b\\c\n'
    odd = replace(diagnosis(), database=replace(diagnosis().database, alias=alias))
    read: Callable[[str], Any] = openmetrics
    families = read(render("openmetrics", report(odd, Path.cwd())))
    assert {sample.labels["database"] for family in families for sample in family.samples} == {'a"b\\c\\n'}
