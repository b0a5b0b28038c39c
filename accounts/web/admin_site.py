"""The admin site."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class PunctualAdminSite(UnfoldAdminSite):
    """Makes the list of all models for pages that show it; every page asks for it, and two show it."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the apps and their models that a reader may open, as Django's site does."""
        listed = super().get_app_list
        return SimpleLazyObject(lambda: listed(request, app_label))
