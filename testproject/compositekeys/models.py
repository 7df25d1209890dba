from django.db import models


class Hall(models.Model):
    name = models.CharField(max_length=60)


class Seat(models.Model):
    pk = models.CompositePrimaryKey("hall", "row", "number")
    hall = models.ForeignKey(Hall, models.CASCADE)
    row = models.CharField(max_length=3)
    number = models.PositiveSmallIntegerField()
    reserved_for = models.CharField(max_length=100, blank=True)
