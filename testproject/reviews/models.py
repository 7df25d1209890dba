from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from testproject.compat import check_constraint


class Review(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    stars = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"], name="reviews_review_about")]
        constraints = [check_constraint(models.Q(stars__range=(1, 5)), "reviews_review_one_to_five")]


class Answer(models.Model):
    review = models.ForeignKey(Review, models.CASCADE)
    text = models.TextField()

    class Meta:
        order_with_respect_to = "review"


class Vote(models.Model):
    review = models.ForeignKey(Review, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    useful = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="reviews_vote_once")]
