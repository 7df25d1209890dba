"""From an exception that can be foreseen to the one line that is said of it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error, connections
from django.db.migrations.exceptions import (
    AmbiguityError,
    BadMigrationError,
    CircularDependencyError,
    InvalidBasesError,
    NodeNotFoundError,
)

from schemaguard.error_text import first_line
from schemaguard.exceptions import Refused, SchemaguardError
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Diagnosis

STARS = "********"
# Up to the last @: a password may hold some, though it should not.
IN_A_URL = re.compile(r"(://[^/\s:]*:)(\S+)@")
IN_A_DSN = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'&]+)", re.IGNORECASE)


def described(error: BaseException, alias: str | None = None) -> str | None:
    """One line without any password, or a list of what was refused; None where nobody could have foreseen this.

    `alias`: the database asked for.
    """
    if isinstance(error, Refused):
        return "\n".join(visible(scrubbed(line)) for line in error.lines)
    text = _described(error, alias)
    return visible(scrubbed(text)) if text is not None else None


def told(error: BaseException, alias: str | None = None) -> str:
    """One line, whether anybody could have foreseen this or not."""
    return described(error, alias) or visible(scrubbed(f"{type(error).__name__}: {first_line(error)}"))


def _described(error: BaseException, alias: str | None) -> str | None:
    match error:
        case SchemaguardError():
            return str(error)
        case CommandError():
            return " ".join(str(error).split())
        case CircularDependencyError():
            return f"migrations depend on each other in a circle: {first_line(error)}"
        case BadMigrationError() | NodeNotFoundError() | AmbiguityError():
            return f"migrations do not load: {first_line(error)}"
        case InvalidBasesError():
            return f"migrations cannot be replayed: {first_line(error)}"
        case Error():
            return f'database "{alias}": {first_line(error)}{_need(error)}'
        case ImproperlyConfigured():
            return f"settings: {first_line(error)}"
        case SystemExit():
            return f"code of the project ended the process by sys.exit({error.code!r})"
    return None


def scrubbed(text: str) -> str:
    """The text without the passwords of any database of the settings, and without any that stands in a URL."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        for spelling in {secret, quote(secret, safe=""), repr(secret)[1:-1]}:
            # A short one is a part of many innocent words.
            pattern = re.escape(spelling) if len(spelling) > 3 else rf"(?<!\w){re.escape(spelling)}(?!\w)"
            text = re.sub(pattern, STARS, text)
    return IN_A_DSN.sub(rf"\1{STARS}", IN_A_URL.sub(rf"\1{STARS}@", text))


def without_password(diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis for a report: a driver may be given a whole URL as the name of the database."""
    name = IN_A_DSN.sub(rf"\1{STARS}", IN_A_URL.sub(rf"\1{STARS}@", diagnosis.database.name))
    return replace(diagnosis, database=replace(diagnosis.database, name=name))


def _secrets() -> set[str]:
    found = {os.environ.get("PGPASSWORD"), os.environ.get("MYSQL_PWD")}
    try:
        for settings in connections.settings.values():
            options = settings.get("OPTIONS") or {}
            found |= {settings.get("PASSWORD"), options.get("password"), options.get("passwd")}
            found |= _in_a_name(str(settings.get("NAME") or "")) | _in_a_host(str(settings.get("HOST") or ""))
    except ImproperlyConfigured:
        pass
    return {each for each in found if isinstance(each, str) and each}


def _in_a_name(name: str) -> set[str]:
    """The password of a URL, whole and in the pieces into which a driver cuts one that holds an @."""
    found = IN_A_URL.search(name)
    return {found[2], unquote(found[2]), *found[2].split("@")} if found is not None else set()


def _in_a_host(host: str) -> set[str]:
    """What was cut off a password at its first @, and taken for a part of the host."""
    return set(host.split("@")[:-1])


def _need(error: BaseException) -> str:
    return "; a check needs SELECT there" if "permission denied" in first_line(error) else ""
