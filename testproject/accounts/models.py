from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower


class ShopUserManager(UserManager):
    use_in_migrations = True

    def staff(self):
        return self.filter(is_staff=True)


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "countries"


class User(AbstractUser):
    country = models.ForeignKey(Country, models.PROTECT, null=True, blank=True)
    display_name = models.CharField(max_length=150)
    referred_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="referrals")

    objects = ShopUserManager()

    class Meta:
        swappable = "AUTH_USER_MODEL"
        ordering = ["username"]
        verbose_name = "customer"
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="accounts_user_email_ci")
        ]


class StaffMember(User):
    class Meta:
        proxy = True
        verbose_name = "staff member"


class Profile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    bio = models.TextField(blank=True)
    birthday = models.DateField(null=True, blank=True)


class Address(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="addresses")
    country = models.ForeignKey(Country, models.PROTECT)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    postal_code = models.CharField(max_length=12, db_column="zip")
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="accounts_one_default_address"
            )
        ]


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    role = models.CharField(max_length=20, default="member")
    joined_on = models.DateField(null=True, blank=True)

    class Meta:
        unique_together = [("team", "user")]
