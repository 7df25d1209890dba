"""Columns of types that Django has no field for."""

from django.db import models


class CaseInsensitiveTextField(models.TextField):
    def db_type(self, connection):
        return "citext"


class MoodField(models.CharField):
    """The enum type that pgzoo.0007 makes."""

    def db_type(self, connection):
        return "pgzoo_mood"
