from django.db import models


class Carrier(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=80)


class Shipment(models.Model):
    """Was orders.Shipment once, and kept its table."""

    order = models.ForeignKey("orders.Order", models.CASCADE)
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, db_column="carrier_code")
    tracking = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "orders_shipment"
