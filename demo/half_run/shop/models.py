from django.db import models


class User(models.Model):
    name = models.CharField(max_length=75)
    email = models.EmailField(unique=True)
    points = models.IntegerField(default=0)
    since = models.DateField(null=True)

    class Meta:
        db_table = "users"
