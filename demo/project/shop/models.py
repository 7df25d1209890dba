from django.db import models


class User(models.Model):
    name = models.CharField(max_length=75, unique=True)
    email = models.EmailField(default="")

    class Meta:
        db_table = "users"


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    placed_at = models.DateTimeField()

    class Meta:
        db_table = "orders"
        indexes = [models.Index(fields=["placed_at"], name="orders_placed_at")]
