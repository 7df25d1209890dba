"""The reports on many databases: each finding once, with its targets, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import junitparser
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from schemaguard.diagnosis.model import State, Verdict
from schemaguard.report import FORMATS
from schemaguard.report.many.base import Many
from schemaguard.report.many.formats import render
from tests.report.diagnoses import extra_table, finding, missing_column
from tests.report.many import group, hostile, known, many, tenants, whole
from tests.report.test_formats import HOSTILE, SARIF, samples

if TYPE_CHECKING:
    from collections.abc import Callable

LOST = "users.email is missing; shop.0040_step makes it (in 812 of 1,000 schemas: tenant_00000, tenant_00001, "


def with_baseline() -> Many:
    """Of 5 schemas 3 have a finding, which is known in 2 of them."""
    found = whole(State.MISSING, verdict=Verdict.RECONCILABLE, findings=(missing_column("shop.0040_step"),))
    past = known(missing_column("shop.0040_step"))
    groups = (group(["c"], found), group(["a", "b"], found, known=past), group(["d", "e"], whole()))
    return Many(groups=groups, what="schemas", has_baseline=True, gone=4)


@pytest.mark.parametrize("name", [each for each in FORMATS if each != "json"])
def test_nothing_from_outside_gets_out_of_its_place(name: str) -> None:
    text = render(name, hostile(HOSTILE))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("::error::e") for line in text.splitlines())
    assert name not in ("junit", "html") or "<script>@" not in text
    assert name != "openmetrics" or "script" not in text


def test_an_annotation_is_one_for_all_that_share_a_finding() -> None:
    failed, first, *others = render("github", many()).splitlines()
    assert failed == '::error title=2 not checked::permission denied for "…"%0Ashut, sealed'
    assert first.startswith(f"::error file=shop/migrations/0040_step.py,line=14,title=SG203 column missing::{LOST}")
    assert "and 806 more)" in first
    assert len(others) == 2
    assert all(" (in 3 of 1,000 schemas: tenant_00000, tenant_00001, tenant_00002)%0A" in each for each in others)


def test_code_quality_of_gitlab_has_each_finding_once() -> None:
    issues = json.loads(render("gitlab", many()))
    assert [each["check_name"] for each in issues] == ["not-checked", "SG203", "SG204", "SG202"]
    assert issues[1]["description"].startswith(f"SG203: {LOST}")
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    for each in issues:  # what GitLab asks for
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["path"]
        assert each["location"]["lines"]["begin"] >= 1


def test_sarif_tells_of_those_that_were_not_checked() -> None:
    document = json.loads(render("sarif", many()))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    assert run["automationDetails"] == {"id": "schemaguard/schemas/"}
    assert run["results"][0]["message"]["text"].startswith(LOST)
    (told,) = run["invocations"]
    assert told["executionSuccessful"] is False
    assert told["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": 'not checked: shut, sealed: permission denied for "…"'}}
    ]


def test_junit_has_a_case_for_each_migration_of_all() -> None:
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", many()).encode())
    assert suite.name == "schemaguard 1,000 schemas"
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (42, 2, 1, 0)
    cases = {each.name: each for each in suite}
    (failure,) = cases["0040_step"].result
    assert failure.message.startswith(LOST)
    assert cases["0001_step"].result == []
    (error,) = cases["2 not checked: shut"].result
    assert error.text == "shut, sealed"


def test_what_is_pending_in_some_is_skipped_where_nothing_is_wrong_with_it() -> None:
    behind = whole(State.PENDING, verdict=Verdict.PENDING)
    found = Many(groups=(group(["a", "b"], behind), group(["c"], whole())), what="schemas")
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", found).encode())
    (skipped,) = next(each for each in suite if each.name == "0040_step").result
    assert skipped.message == "pending in 2 of 3 schemas"


@pytest.mark.parametrize("parse", [openmetrics, prometheus])
def test_prometheus_reads_the_metrics(parse: Callable[[str], Any]) -> None:
    found = samples(render("openmetrics", many()), parse)
    assert found["schemaguard_targets", "conflict"] == 3
    assert found["schemaguard_targets", "reconcilable"] == 809
    assert found["schemaguard_targets", "failed"] == 2
    assert found["schemaguard_targets_findings", "error"] == 815
    assert found["schemaguard_targets_findings_by_code", "SG203", "column", "error", "missing"] == 812
    assert found[("schemaguard_targets_ways",)] == 5
    # So many series, however many targets.
    more = samples(render("openmetrics", many(5000)), parse)
    assert more.keys() == found.keys()


def test_findings_of_one_thing_that_are_different_are_two() -> None:
    """Both have one fingerprint in a baseline; a reader of code quality wants two."""
    short, long = (
        replace(missing_column(), actual=f"varchar({length})", message=f"it is varchar({length})") for length in (7, 8)
    )
    found = Many(groups=tuple(group([each.actual or ""], whole(findings=(each,))) for each in (short, long)))
    first, second = json.loads(render("gitlab", found))
    assert first["fingerprint"] != second["fingerprint"]


# ------------------------------------------------------------------------------------------------------------- baseline
def test_a_finding_is_new_where_it_is_new_in_any_target() -> None:
    (annotation,) = render("github", with_baseline()).splitlines()
    assert annotation.startswith("::error ")
    assert "(in 1 of 5 schemas: c; known in 2 more)" in annotation
    (result,) = json.loads(render("sarif", with_baseline()))["runs"][0]["results"]
    assert result["baselineState"] == "new"


def test_a_finding_that_is_known_everywhere_is_a_notice() -> None:
    found = with_baseline()
    old = replace(found, groups=found.groups[1:])
    (annotation,) = render("github", old).splitlines()
    assert annotation.startswith("::notice ")
    assert "(in 2 of 4 schemas: a, b) (known since 2026-01-02)" in annotation
    assert json.loads(render("sarif", old))["runs"][0]["results"][0]["baselineState"] == "unchanged"
    assert json.loads(render("gitlab", old))[0]["severity"] == "info"
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", old).encode())
    assert suite.failures == 0
    assert samples(render("openmetrics", old), openmetrics)[("schemaguard_targets_known_findings",)] == 2


def test_text_markdown_and_page_tell_what_is_known_and_what_is_gone() -> None:
    text = render("text", with_baseline())
    assert "2 alike: reconcilable, 1 error\n  a, b\n\n1 finding of the baseline\n" in text
    assert "4 findings of the baseline are gone: --write-baseline brings it up to date" in text
    assert "(known since 2026-01-02)" in render("markdown", with_baseline())
    html = render("html", with_baseline())
    assert "<summary>1 finding of the baseline</summary>" in html
    assert "4 findings of the baseline are gone." in html


# ---------------------------------------------------------------------------------------------------------------- sizes
@pytest.mark.parametrize("ways", [5, 10_000])
def test_ten_thousand_targets_are_a_page_of_less_than_a_megabyte(ways: int) -> None:
    """Also where each of them is different from all the others; the page says what is left out then."""
    found = many(10_000)
    if ways > 5:
        each_way = [
            group([name], whole(*[State.PENDING] * (number % 39), State.MISSING, verdict=Verdict.RECONCILABLE,
                                findings=tuple(missing_column("shop.0040_step") for _ in range(30))))
            for number, name in enumerate(tenants(0, ways))
        ]  # fmt: skip
        found = replace(found, groups=each_way)
    html = render("html", found)
    assert len(html.encode()) < 1_000_000
    assert ("9,900 more rows of 9,900 schemas are left out" in html) == (ways > 5)
    assert ("9,975 more rows are told by --format json alone" in html) == (ways > 5)
    assert "10,000 schemas" in html


def test_a_matrix_has_a_row_for_those_that_are_alike_and_a_column_for_what_is() -> None:
    html = render("html", many())
    assert html.count("<tr>") == 2 + 5
    assert '<th scope="col"><span>0039_step</span></th><th scope="col"><span>0040_step</span></th>' in html
    assert "38 migrations that are applied in each of them have no column." in html
    assert "<h1>86 of 1,000 in sync</h1>" in html


def test_names_that_have_no_room_are_counted() -> None:
    names = [f"{'x' * 50}{number:05d}" for number in range(10_000)]
    html = render("html", Many(groups=(group(names, whole(findings=(finding_of(),))),), what="schemas"))
    assert len(html.encode()) < 1_000_000
    assert "more, which --format json names" in html


def finding_of() -> Any:
    return finding(extra_table().kind, extra_table().problem, "m", table="t")
