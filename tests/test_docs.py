"""The documentation keeps up with the code."""

from __future__ import annotations

import re
from pathlib import Path

from schemaguard.conf import STALE
from schemaguard.diagnosis.codes import CODES, HARM, OTHERS

FINDINGS = Path(__file__).parents[1] / "docs" / "findings.md"


def test_every_code_is_explained_and_no_other():
    assert set(re.findall(r"SG\d{3}", FINDINGS.read_text(encoding="utf-8"))) == {*HARM, STALE}


def test_no_code_has_two_meanings():
    assert len(HARM) == len(CODES) + len(OTHERS)
