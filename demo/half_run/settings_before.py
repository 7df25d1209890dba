"""The shop on MySQL or MariaDB, as it was before schemaguard came into it."""

import os

try:
    import MySQLdb  # noqa: F401
except ImportError:
    import pymysql

    pymysql.install_as_MySQLdb()

SECRET_KEY = "only for the demo"
DEBUG = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": os.environ["SCHEMAGUARD_DB_NAME"],
        "HOST": os.environ["SCHEMAGUARD_DB_HOST"],
        "PORT": os.environ["SCHEMAGUARD_DB_PORT"],
        "USER": os.environ["SCHEMAGUARD_DB_USER"],
        "PASSWORD": os.environ["SCHEMAGUARD_DB_PASSWORD"],
    }
}
