from .base import *  # noqa: F403
from .base import database

try:
    import MySQLdb  # noqa: F401
except ImportError:
    import pymysql

    pymysql.install_as_MySQLdb()

DATABASES = {"default": database("django.db.backends.mysql", "shop", charset="utf8mb4")}

# What MySQL or MariaDB does not have, and Django leaves out: conditional and expression indexes and constraints.
SILENCED_SYSTEM_CHECKS = ["models.W036", "models.W037", "models.W043", "models.W044", "mysql.W003"]
