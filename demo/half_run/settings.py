"""The shop with schemaguard: one line more."""

from settings_before import *  # noqa: F403
from settings_before import INSTALLED_APPS

INSTALLED_APPS += ["schemaguard"]
