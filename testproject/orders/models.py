from django.conf import settings
from django.db import models

from testproject.catalog.models import Product
from testproject.compat import check_constraint


class Order(models.Model):
    STATUSES = {"new": "new", "paid": "paid", "sent": "sent", "closed": "closed"}

    number = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    products = models.ManyToManyField(Product, through="OrderLine", related_name="orders")
    status = models.CharField(max_length=10, default="new", choices=list(STATUSES.items()))
    placed_at = models.DateTimeField(db_index=True)
    note = models.CharField(max_length=200, null=True, blank=True)
    total = models.DecimalField(max_digits=12, decimal_places=2, db_comment="Without shipping, in the shop's currency")

    class Meta:
        get_latest_by = "placed_at"
        permissions = [("close_order", "Can close an order")]
        constraints = [
            check_constraint(models.Q(status__in=["new", "paid", "sent", "closed"]), "orders_order_known_status")
        ]
        indexes = [models.Index(fields=["user", "status"], name="orders_order_user_status")]


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="orders_orderline_product_once"),
        ]


class Invoice(models.Model):
    """Swapped out here: ORDERS_INVOICE_MODEL names TaxInvoice."""

    order = models.OneToOneField(Order, models.PROTECT)

    class Meta:
        swappable = "ORDERS_INVOICE_MODEL"


class TaxInvoice(models.Model):
    order = models.OneToOneField(Order, models.PROTECT)
    tax_number = models.CharField(max_length=20)
    issued_on = models.DateField()


class Payment(models.Model):
    invoice = models.ForeignKey(settings.ORDERS_INVOICE_MODEL, models.PROTECT)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reference = models.CharField(max_length=64, blank=True)


class Parcel(models.Model):
    shipment = models.ForeignKey("shipping.Shipment", models.CASCADE, related_name="parcels")
    weight = models.PositiveIntegerField()


class OrderEvent(models.Model):
    """Outlives the order that it tells of, so nothing in the database ties it."""

    order = models.ForeignKey(Order, models.DO_NOTHING, db_constraint=False)
    kind = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    happened_at = models.DateTimeField()


class LegacyExport(models.Model):
    number = models.CharField(max_length=20, primary_key=True)
    exported_on = models.DateField()

    class Meta:
        managed = False
        db_table = "legacy_export"
