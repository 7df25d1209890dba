"""What the page shows. Names come from outside: `visible` spells out what cannot be seen, and templates escape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from schemaguard.admin_pages.last_check import kept, made
from schemaguard.database.connecting import connect
from schemaguard.exceptions import SchemaguardError
from schemaguard.failures import told
from schemaguard.journal.entries import Journal
from schemaguard.operations.locking import SECONDS, bounded
from schemaguard.report.escape import visible
from schemaguard.report.journal import entry_document, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from schemaguard.admin import SchemaCheckAdmin
    from schemaguard.admin_pages.last_check import LastCheck

PAGE = 50
MOST = 2**63
"""The numbers of entries stay below."""
POLICY = "sandbox allow-scripts allow-downloads allow-modals"
"""The report runs its own script alone; here it is no part of the admin's origin either."""
VERDICTS = {"in_sync": "success", "pending": "info", "reconcilable": "error", "conflict": "error"}


def overview(page: SchemaCheckAdmin, request: HttpRequest, extra: Any = None) -> HttpResponse:
    """The last check, and the journal."""
    alias = _database(page, request)
    return _overview(page, request, alias, kept(alias), extra)


def run(page: SchemaCheckAdmin, request: HttpRequest) -> HttpResponse:
    """Makes a check and shows it. Not by a redirect: a cache of one process would not have it for the next one."""
    alias = _database(page, request)
    if request.method != "POST":  # the address was opened once more
        return HttpResponseRedirect(_urls(page, alias)["changelist"])
    if not page.has_run_permission(request):
        raise PermissionDenied
    try:
        check = made(alias, request.user.get_username())
    except Exception as error:  # noqa: BLE001 (code of the project runs here)
        messages.error(request, f"The check could not be made: {told(error, alias)}")
        return _overview(page, request, alias, kept(alias))
    return _overview(page, request, alias, check)


def report(page: SchemaCheckAdmin, request: HttpRequest) -> HttpResponse:
    """The HTML report of the last check, whole."""
    check = kept(_database(page, request))
    if check is None:
        raise Http404("there is no check yet")
    return HttpResponse(check.html, headers={"Content-Security-Policy": POLICY})


def entry(page: SchemaCheckAdmin, request: HttpRequest, number: int) -> HttpResponse:
    """One entry of the journal: its steps, their SQL, and the evidence that each fake rests on."""
    alias = _database(page, request)
    try:
        with bounded(connect(alias), SECONDS):
            found = Journal(connections[alias]).get(number) if number < MOST else None
    except (SchemaguardError, Error):
        return _overview(page, request, alias, kept(alias))  # which says why
    if found is None:
        raise Http404(f"the journal has no entry {number}")
    try:
        document, damage = entry_document(found), None
    except SchemaguardError as error:
        document, damage = summary(found), str(error)
    shown = _shown(document)
    context = {"title": f"Journal entry {number}", "entry": shown, "damage": damage, "started": found.started}
    return _response(page, request, "entry", alias, context)


# --------------------------------------------------------------------------------------------------------------- parts
def _overview(
    page: SchemaCheckAdmin, request: HttpRequest, alias: str, check: LastCheck | None, extra: Any = None
) -> HttpResponse:
    entries, more, damage = _journal(alias, request.GET.get("before", ""))
    document = _shown(check.document) if check is not None else {}
    context = {
        "title": "Schema check",
        "check": check,
        "document": document,
        "findings": document.get("findings", ()),
        "verdict": str(document.get("verdict", "")).replace("_", " "),
        "tone": VERDICTS.get(document.get("verdict", ""), "info"),
        "may_run": page.has_run_permission(request),
        "entries": entries,
        "older": more,
        "damage": damage,
        "is_kept": check is None or kept(alias) is not None,
        **(extra or {}),
    }
    return _response(page, request, "overview", alias, context)


def _journal(alias: str, before: str) -> tuple[list[dict[str, Any]], int | None, str | None]:
    """The entries, the number before which older ones stand, and what kept them from being read."""
    number = int(before) if before.isascii() and before.isdigit() and int(before) < MOST else None
    try:
        with bounded(connect(alias), SECONDS):
            found = Journal(connections[alias]).page(PAGE + 1, number)
    except (SchemaguardError, Error) as error:
        return [], None, told(error, alias)
    shown = [{**_shown(summary(each)), "started": each.started, "finished": each.finished} for each in found[:PAGE]]
    return shown, found[PAGE - 1].pk if len(found) > PAGE else None, None


def _response(
    page: SchemaCheckAdmin, request: HttpRequest, name: str, alias: str, context: Mapping[str, Any]
) -> HttpResponse:
    request.current_app = page.admin_site.name
    return TemplateResponse(
        request,
        f"admin/schemaguard/{name}.html",
        {
            **page.admin_site.each_context(request),
            "opts": page.opts,
            "alias": alias,
            "aliases": list(connections.settings) if len(connections.settings) > 1 else [],
            "urls": _urls(page, alias),
            "query": _query(alias),
            **context,
        },
    )


def _urls(page: SchemaCheckAdmin, alias: str) -> dict[str, str]:
    base = f"{page.admin_site.name}:{page.opts.app_label}_{page.opts.model_name}"
    return {part: reverse(f"{base}_{part}") + _query(alias) for part in ("changelist", "run", "report")}


def _query(alias: str) -> str:
    return "" if alias == DEFAULT_DB_ALIAS else f"?{urlencode({'database': alias})}"


def _database(page: SchemaCheckAdmin, request: HttpRequest) -> str:
    """The alias that is asked about. Raises PermissionDenied, and Http404 where there is none of that name."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    alias = request.GET.get("database", DEFAULT_DB_ALIAS)
    if alias not in connections.settings:
        raise Http404("there is no such database")
    return alias


def _shown(value: Any) -> Any:
    """The same values, with what cannot be seen spelt out in every text of theirs."""
    if isinstance(value, str):
        return "\n".join(map(visible, value.split("\n")))
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value
