from django.db import migrations, models

from testproject.compat import check_constraint


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_answers_in_order")]

    operations = [
        migrations.AddIndex("review", models.Index(fields=["content_type", "object_id"], name="reviews_review_about")),
        migrations.AddConstraint(
            "review", check_constraint(models.Q(stars__range=(1, 5)), "reviews_review_one_to_five")
        ),
    ]
