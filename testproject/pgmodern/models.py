from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models


class Locker(models.Model):
    hall = models.CharField(max_length=20)
    number = models.IntegerField(null=True)
    key = models.UUIDField(db_default=RandomUUID())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], nulls_distinct=False, name="pgmodern_locker_once"),
        ]


class Document(models.Model):
    title = models.CharField(max_length=200)
    body = models.TextField(db_default="")
    pages = ArrayField(models.IntegerField(), db_default=[])
    settings = models.JSONField(db_default={})
    search = models.GeneratedField(
        expression=SearchVector("title", "body", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [GinIndex(fields=["search"], name="pgmodern_document_search")]
