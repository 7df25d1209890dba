"""A JSON document ─▶ the diagnosis that it was made of, for the reports on many databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model import (
    Action,
    DatabaseInfo,
    DiagnosedMigration,
    DiagnosedOperation,
    Diagnosis,
    Finding,
    Hazard,
    OperationState,
    PlanStep,
    State,
    Verdict,
)
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def more_of(diagnosis: Diagnosis, **beside: Any) -> str:
    """As JSON, what a text tells and the document has not. Examples: what nobody can mend, what is unseen.

    `beside` is what the caller has to tell with it.
    """
    steps = [[step.summary, step.record_sql] for step in diagnosis.plan]
    breaks = [number for number, finding in enumerate(diagnosis.findings) if finding.breaks]
    return json.dumps(
        {"unmendable": diagnosis.unmendable, "unseen": diagnosis.unseen, "breaks": breaks,
         "steps": steps,
         "name_bytes": diagnosis.database.name_bytes, **beside}
    )  # fmt: skip


def diagnosis_of(document: Mapping[str, Any], more: Mapping[str, Any]) -> Diagnosis:
    """The diagnosis, but for what no report tells of many."""
    database = document["database"]
    breaks = set(more.get("breaks", ()))
    return Diagnosis(
        database=DatabaseInfo(
            alias=database["alias"], vendor=database["vendor"], version=database["version"], name=database["name"],
            schema=database.get("schema"), name_bytes=more.get("name_bytes"),
        ),
        verdict=Verdict(document["verdict"]),
        digest=lambda: str(document["fingerprint"]),
        migrations=tuple(map(_migration, document["migrations"])),
        findings=tuple(_finding(each, n in breaks) for n, each in enumerate(document["findings"])),
        plan=tuple(map(_step, document["plan"], more.get("steps", ()))),
        plan_hash=document["plan_hash"],
        unmendable=tuple(more.get("unmendable", ())),
        unseen=tuple(more.get("unseen", ())),
    )  # fmt: skip


def _migration(value: Mapping[str, Any]) -> DiagnosedMigration:
    operations = tuple(
        DiagnosedOperation(
            index=each["index"], description=each["description"], state=OperationState(each["state"])
        )
        for each in value["operations"]
    )  # fmt: skip
    return DiagnosedMigration(**{**value, "state": State(value["state"]), "operations": operations})


def _finding(value: Mapping[str, Any], breaks: bool) -> Finding:
    plain = {key: part for key, part in value.items() if key != "known_since"}
    columns = value["columns"]
    return Finding(
        **{
            **plain,
            "level": Level(value["level"]),
            "kind": Kind(value["kind"]),
            "problem": Problem(value["problem"]),
            "columns": tuple(columns) if columns is not None else None,
            "breaks": breaks,
        }
    )


def _step(value: Mapping[str, Any], told: Sequence[Any]) -> PlanStep:
    summary, record_sql = told
    hazards = tuple(Hazard(**{**each, "columns": tuple(each["columns"])}) for each in value["hazards"])
    return PlanStep(
        action=Action(value["action"]), app=value["app"], name=value["name"],
        summary=summary, record_sql=tuple(record_sql),
        operations=tuple(value["operations"]), sql=tuple(value["sql"]), hazards=hazards,
    )  # fmt: skip
