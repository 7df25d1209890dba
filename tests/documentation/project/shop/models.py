from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=75)
    email = models.EmailField(default="")


class Product(models.Model):
    code = models.CharField(max_length=40)
    price = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["price"], name="shop_product_price")]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="shop_product_code"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="shop_product_price_positive"),
        ]


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    note = models.CharField(max_length=60, default="")
