"""The files of a generated project that are the same in all of them."""

from __future__ import annotations

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

# BENCH_APPS names what only one of the commands needs, so that no other pays for it; BENCH_QUERIES names a file for
# the number of queries, and is never set while time is taken.
SETTINGS = """\
import os

SECRET_KEY = "only for benchmarks"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    *os.environ.get("BENCH_APPS", "").split(),
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *{apps!r},
]
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        **{{key: os.environ["SCHEMAGUARD_DB_" + key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}},
    }}
}}
if "BENCH_QUERIES" in os.environ:
    import counting  # noqa: F401
"""

COUNTING = """\
import atexit
import os
from pathlib import Path

from django.db.backends.signals import connection_created

queries = []


def note(execute, sql, params, many, context):
    queries.append(sql)
    return execute(sql, params, many, context)


def listen(connection, **kwargs):
    connection.execute_wrappers.append(note)


connection_created.connect(listen)
atexit.register(lambda: Path(os.environ["BENCH_QUERIES"]).write_text("\\0".join(queries), encoding="utf-8"))
"""
