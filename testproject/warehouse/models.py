from django.conf import settings
from django.db import models


class Warehouse(models.Model):
    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)
    managers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True)


class Bin(models.Model):
    warehouse = models.ForeignKey(Warehouse, models.CASCADE)
    row = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(default=0)

    class Meta:
        unique_together = [("warehouse", "row", "level")]


class Stock(models.Model):
    product = models.OneToOneField("catalog.Product", models.CASCADE, primary_key=True)
    bin = models.ForeignKey(Bin, models.SET_NULL, null=True)
    quantity = models.PositiveIntegerField(default=0)
    counted_on = models.DateField(null=True)
    reorder_at = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "stock"
