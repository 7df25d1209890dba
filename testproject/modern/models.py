from django.db import models
from django.db.models.functions import Now, Upper


class Subscription(models.Model):
    plan = models.CharField(max_length=20, db_default="basic")
    seats = models.IntegerField(db_default=3)
    started_at = models.DateTimeField(db_default=Now())
    net = models.DecimalField(max_digits=8, decimal_places=2)
    vat = models.DecimalField(max_digits=8, decimal_places=2, db_default=0)
    gross = models.GeneratedField(
        expression=models.F("net") + models.F("vat"),
        output_field=models.DecimalField(max_digits=9, decimal_places=2),
        db_persist=True,
    )
    cancelled = models.BooleanField(db_default=False)


class Contact(models.Model):
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    sort_name = models.GeneratedField(
        expression=Upper("last_name"),
        output_field=models.CharField(max_length=60),
        db_persist=True,
        db_index=True,
    )
