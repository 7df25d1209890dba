"""The page in Django's admin: the last check, the journal, and a button that runs a check. It changes no schema.

Imported by every process of a project that has the admin, so the views come when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import path

from schemaguard.models import SchemaCheck

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class SchemaCheckAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For an admin site of a project's own: `site.register(schemaguard.models.SchemaCheck, SchemaCheckAdmin)`."""

    def get_urls(self) -> list[URLPattern]:
        """In the place of those of a model: there is nothing to add, change or delete."""
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("run/", view(self.run_view), name=f"{name}_run"),
            path("report/", view(self.report_view), name=f"{name}_report"),
            path("journal/<int:number>/", view(self.entry_view), name=f"{name}_entry"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        from schemaguard.admin_pages import views

        return views.overview(self, request, extra_context)

    def run_view(self, request: HttpRequest) -> HttpResponse:
        from schemaguard.admin_pages import views

        return views.run(self, request)

    def report_view(self, request: HttpRequest) -> HttpResponse:
        from schemaguard.admin_pages import views

        return views.report(self, request)

    def entry_view(self, request: HttpRequest, number: int) -> HttpResponse:
        from schemaguard.admin_pages import views

        return views.entry(self, request, number)

    def has_add_permission(self, request: HttpRequest, *_args: Any) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_run_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.run_{self.opts.model_name}"))


admin.site.register(SchemaCheck, SchemaCheckAdmin)
