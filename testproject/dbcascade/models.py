from django.db import models


class Wrapping(models.Model):
    colour = models.CharField(max_length=20)


class Basket(models.Model):
    opened_at = models.DateTimeField()


class BasketLine(models.Model):
    basket = models.ForeignKey(Basket, models.DB_CASCADE)
    wrapping = models.ForeignKey(Wrapping, models.DB_SET_NULL, null=True)
    quantity = models.PositiveIntegerField(default=1)
