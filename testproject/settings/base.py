"""What every database has in common; `sqlite`, `postgresql` and `mysql` add their own."""

import os
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = "a shop that sells nothing needs no secret"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "testproject.urls"
USE_TZ = True
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "testproject.accounts",
    "testproject.catalog",
    "testproject.orders",
    "testproject.reviews",
    "testproject.shipping",
    "testproject.warehouse",
]
if django.VERSION >= (5, 0):
    INSTALLED_APPS += ["testproject.modern"]  # db_default, GeneratedField
if django.VERSION >= (5, 2):
    INSTALLED_APPS += ["testproject.compositekeys"]  # CompositePrimaryKey
if django.VERSION >= (6, 1):
    INSTALLED_APPS += ["testproject.dbcascade"]  # on_delete=DB_CASCADE
if os.environ.get("SCHEMAGUARD_OFF") != "1":
    INSTALLED_APPS += ["schemaguard"]

AUTH_USER_MODEL = "accounts.User"
ORDERS_INVOICE_MODEL = "orders.TaxInvoice"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def database(engine: str, name: str, **options: object) -> dict[str, object]:
    """One entry of DATABASES, from the environment variables SCHEMAGUARD_DB_*."""
    return {
        "ENGINE": engine,
        "NAME": os.environ.get("SCHEMAGUARD_DB_NAME", name),
        "HOST": os.environ.get("SCHEMAGUARD_DB_HOST", "localhost"),
        "PORT": os.environ.get("SCHEMAGUARD_DB_PORT", ""),
        "USER": os.environ.get("SCHEMAGUARD_DB_USER", ""),
        "PASSWORD": os.environ.get("SCHEMAGUARD_DB_PASSWORD", ""),
        "OPTIONS": options,
    }
