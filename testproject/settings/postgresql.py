import os

import django

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, database

INSTALLED_APPS += ["django.contrib.postgres", "testproject.pgzoo"]
if django.VERSION >= (5, 0):
    INSTALLED_APPS += ["testproject.pgmodern"]

# `archive` does not exist until pgzoo.0002 makes it; PostgreSQL does not mind.
DATABASES = {"default": database("django.db.backends.postgresql", "shop", options="-c search_path=public,archive")}

# Where pgzoo.Article and its index live. pg_default is on every server.
PGZOO_TABLESPACE = os.environ.get("SCHEMAGUARD_TABLESPACE", "pg_default")
