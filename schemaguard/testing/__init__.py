"""For the tests of a project: is the test database what its models and migrations say?

Nothing is imported here that a test run has not imported anyway: what a check needs comes when it is made.
"""

from __future__ import annotations

__all__ = ["assert_in_sync", "differences"]


def assert_in_sync(database: str = "default", *, fail_level: str = "warning") -> None:
    """Raises AssertionError, with the report of `check`, where models, migrations, records and database disagree.

    A migration that has not run fails, too, and so does a finding of `fail_level` ("error", "warning" or "info") or
    above: models that are ahead of their migrations are a warning. What SCHEMAGUARD ignores is ignored.
    Raises CannotStart where the check cannot be made. Works within the transaction of a TestCase, and writes nothing.
    """
    text = differences(database, fail_level=fail_level)
    if text is not None:
        raise AssertionError(f"the schema is not in sync\n\n{text}")


def differences(database: str = "default", *, fail_level: str = "warning") -> str | None:
    """The report of `check` where `assert_in_sync` would fail, else None."""
    from schemaguard.conf import load
    from schemaguard.database.connecting import connect
    from schemaguard.diagnosis.examination import examined
    from schemaguard.diagnosis.model import Verdict
    from schemaguard.failures import without_password
    from schemaguard.report.formats.text import as_text
    from schemaguard.schema.codes import Level

    least = Level(fail_level).rank
    connect(database)
    diagnosis, _ = examined(database, load())
    bad = diagnosis.verdict is not Verdict.IN_SYNC or any(each.level.rank >= least for each in diagnosis.findings)
    return as_text(without_password(diagnosis), verbosity=2 if least == 0 else 1) if bad else None
