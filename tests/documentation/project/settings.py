"""The shop of the documentation's pages: with schemaguard, or as it was before that was installed."""

import os

SECRET_KEY = "only for the documentation"
DEBUG = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop"]
if "WITHOUT_SCHEMAGUARD" not in os.environ:
    INSTALLED_APPS += ["schemaguard"]
if os.environ["SCHEMAGUARD_DB_ENGINE"].endswith("mysql"):
    try:
        import MySQLdb  # noqa: F401
    except ImportError:
        import pymysql

        pymysql.install_as_MySQLdb()
DATABASES = {
    "default": {
        "ENGINE": os.environ["SCHEMAGUARD_DB_ENGINE"],
        "NAME": os.environ["SCHEMAGUARD_DB_NAME"],
        "HOST": os.environ["SCHEMAGUARD_DB_HOST"],
        "PORT": os.environ["SCHEMAGUARD_DB_PORT"],
        "USER": os.environ["SCHEMAGUARD_DB_USER"],
        "PASSWORD": os.environ["SCHEMAGUARD_DB_PASSWORD"],
    }
}
