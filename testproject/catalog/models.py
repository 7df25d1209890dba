import uuid

from django.db import models
from django.db.models.functions import Upper

from testproject.compat import check_constraint


class Category(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")

    class Meta:
        db_table = "catalog_tree"
        verbose_name_plural = "categories"


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Supplier(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    tax_number = models.CharField(max_length=20, null=True, blank=True, db_column="taxNumber")

    class Meta:
        db_table = "Supplier"


class Product(models.Model):
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    supplier = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    related = models.ManyToManyField("self", blank=True)
    sku = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200)
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    in_stock = models.BigIntegerField(default=0)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("category", "slug")]
        indexes = [
            models.Index(fields=["name"], condition=models.Q(active=True), name="catalog_product_active"),
            models.Index(Upper("name"), name="catalog_product_upper_name"),
            models.Index(fields=["-created_at"], name="catalog_product_newest"),
        ]
        constraints = [check_constraint(models.Q(price__gte=0), "catalog_product_price_not_negative")]


class DigitalProduct(Product):
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()


class Image(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    path = models.CharField(max_length=255)

    class Meta:
        order_with_respect_to = "product"


class PriceChange(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    changed_at = models.DateTimeField()
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        indexes = [
            models.Index(fields=["product", "changed_at"], name="catalog_pricechange_history"),
            models.Index(fields=["changed_at", "price"], name="catalog_pricechange_by_day"),
        ]


class Currency(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    digits = models.PositiveSmallIntegerField(default=2)

    class Meta:
        verbose_name_plural = "currencies"


class ForeignPrice(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, to_field="sku", db_column="product_sku")
    currency = models.ForeignKey(Currency, models.PROTECT)
    amount = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "currency"], name="catalog_foreignprice_once"),
        ]


class Discount(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        constraints = [check_constraint(models.Q(ends__gte=models.F("starts")), "catalog_discount_ends_after_start")]
