"""The reconcile of a batch, in whatever process: each target in its own transaction, with its own journal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections

from schemaguard.database import many_schemas
from schemaguard.database.connecting import connect
from schemaguard.exceptions import Refused
from schemaguard.failures import told, without_password
from schemaguard.fleet.examining import Examined, Examiner
from schemaguard.report.base import report
from schemaguard.report.documents import more_of
from schemaguard.report.formats.json import document
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemaguard.fleet.targets import Batch
    from schemaguard.reconcile.requests import Outcome, Request


class Carrier(Examiner):
    """Of one process. `options["shown"]` has the hash of the plan that was agreed to, of each target by its name."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self.options = options

    def examine(self, batch: Batch) -> Iterator[Examined]:
        """What became of each; where one is refused, nothing of it was changed, and the next one is done."""
        for name in batch.schemas or (None,):
            try:
                yield self._carried_out(batch, name)
            except Exception as error:  # noqa: BLE001 (nothing that happens to one of them ends the others)
                refused = isinstance(error, Refused)
                more = json.dumps({"exit": 1 if refused else 2})
                yield Examined({"alias": batch.alias, "schema": name}, None, more, told(error, batch.alias))
            finally:
                connections[batch.alias].close()

    def _carried_out(self, batch: Batch, schema: str | None) -> Examined:
        from schemaguard.reconcile.carry_out import reconcile

        if schema is None:
            connect(batch.alias)
        else:
            connection = self.connection(batch.alias)
            many_schemas(connection).enter(connection, schema)
        _forget_other_tenants()
        outcome = reconcile(self._request(batch, schema))
        return self._told(outcome)

    def _request(self, batch: Batch, schema: str | None) -> Request:
        from schemaguard.reconcile.requests import Request

        options = self.options
        return Request(
            alias=batch.alias, app_labels=self.labels, options=self.choices, settings=self.settings,
            rehearse=options["rehearse"], accept_data_loss=options["accept_data_loss"],
            lock_timeout=options["lock_timeout"], verbosity=0,
            shown=batch.options["shown"][schema if schema is not None else batch.alias],
        )  # fmt: skip

    def _told(self, outcome: Outcome) -> Examined:
        after = without_password(outcome.after)
        written = report(after, self.root).diagnosis
        value = document(written)
        database = {**value.pop("database"), "schema": after.database.schema}
        value["performed"] = [step.as_value() for step in outcome.performed]
        value["journal"] = outcome.journal
        left = [each for each in after.findings if each.level is Level.ERROR and each not in outcome.accepted]
        more = more_of(written, exit=int(bool(left)), warnings=outcome.warnings)
        return Examined(database, json.dumps(value), more)


def _forget_other_tenants() -> None:
    """Django keeps content types by alias: the numbers of one schema are others in the next one."""
    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes.models import ContentType

        ContentType.objects.clear_cache()


def shown_in(batch: Batch, hashes: Mapping[str, str]) -> Batch:
    """The batch with the plans that its targets may carry out."""
    names = batch.schemas or (batch.alias,)
    return replace(batch, options={**batch.options, "shown": {name: hashes[name] for name in names}})
