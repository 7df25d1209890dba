from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "testproject.warehouse"
    # Older than DEFAULT_AUTO_FIELD, and never changed.
    default_auto_field = "django.db.models.AutoField"
