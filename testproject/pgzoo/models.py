from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DecimalRangeField, HStoreField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex, GinIndex, GistIndex, HashIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from testproject.compat import check_constraint
from testproject.pgzoo.fields import CaseInsensitiveTextField, MoodField


class Room(models.Model):
    name = models.CharField(max_length=50, unique=True)
    rates = DecimalRangeField(null=True)


class Reservation(models.Model):
    room = models.ForeignKey(Room, models.CASCADE)
    during = DateRangeField()
    cancelled = models.BooleanField(default=False)

    class Meta:
        indexes = [GistIndex(fields=["during"], name="pgzoo_reservation_during", fillfactor=80)]
        constraints = [
            ExclusionConstraint(
                name="pgzoo_reservation_no_overlap",
                expressions=[("room", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=models.Q(cancelled=False),
            )
        ]


class Article(models.Model):
    title = models.CharField(max_length=200, unique=True, db_collation="case_insensitive")
    reference = CaseInsensitiveTextField(unique=True, null=True)
    body = models.TextField(db_comment='Markdown; "raw" HTML isn\'t allowed')
    labels = ArrayField(models.CharField(max_length=40), default=list)
    matrix = ArrayField(ArrayField(models.IntegerField()), null=True)
    attributes = HStoreField(default=dict)
    mood = MoodField(max_length=10, null=True)
    search = SearchVectorField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        db_table_comment = "What the shop writes about its goods"
        db_tablespace = settings.PGZOO_TABLESPACE
        indexes = [
            GinIndex(fields=["search"], name="pgzoo_article_search", fastupdate=False),
            GinIndex(fields=["body"], name="pgzoo_article_body_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(OpClass(Upper("body"), name="gin_trgm_ops"), name="pgzoo_article_upper_trgm"),
            GinIndex(fields=["labels"], name="pgzoo_article_labels"),
            BrinIndex(fields=["created_at"], name="pgzoo_article_created_brin", pages_per_range=64),
            HashIndex(fields=["body"], name="pgzoo_article_body_hash"),
            models.Index(
                fields=["created_at"],
                include=["title", "mood"],
                condition=models.Q(mood__isnull=False),
                db_tablespace=settings.PGZOO_TABLESPACE,
                name="pgzoo_article_covering",
            ),
        ]


class Stock(models.Model):
    """In a schema that is not on the search path; Django's quotes close and open around the dot."""

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="+")
    place = models.CharField(max_length=20)
    quantity = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = 'inventory"."stock'
        constraints = [models.UniqueConstraint(fields=["product", "place"], name="stock_once_in_a_place")]
        indexes = [models.Index(fields=["quantity"], name="stock_quantity")]


class Movement(models.Model):
    stock = models.ForeignKey(Stock, models.CASCADE)
    change = models.IntegerField()

    class Meta:
        db_table = 'inventory"."movement'


class Ledger(models.Model):
    """Stands in the schema `archive`, and is found through the search path."""

    book = models.CharField(max_length=20)
    position = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "position"], name="pgzoo_ledger_position", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=["book", "amount"],
                include=["position"],
                condition=models.Q(amount__lt=0),
                name="pgzoo_ledger_one_refund",
            ),
            check_constraint(~models.Q(amount=0), "pgzoo_ledger_amount_not_zero"),
        ]


class Event(models.Model):
    """Partitioned by year; made and kept by SQL."""

    id = models.BigIntegerField(primary_key=True)
    happened_on = models.DateField()
    kind = models.CharField(max_length=30)

    class Meta:
        managed = False
        db_table = "pgzoo_event"


class ArticleTitle(models.Model):
    id = models.BigIntegerField(primary_key=True)
    title = models.CharField(max_length=200)

    class Meta:
        managed = False
        db_table = "pgzoo_article_titles"


class RoomUse(models.Model):
    room = models.OneToOneField(Room, models.DO_NOTHING, primary_key=True)
    reservations = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "pgzoo_room_use"
