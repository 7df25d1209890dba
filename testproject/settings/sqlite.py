from .base import *  # noqa: F403
from .base import BASE_DIR, database

DATABASES = {"default": database("django.db.backends.sqlite3", str(BASE_DIR / "db.sqlite3"))}

SILENCED_SYSTEM_CHECKS = ["fields.W163"]  # SQLite keeps no comments.
