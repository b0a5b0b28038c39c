"""Addresses under /hooks/, each with a secret."""

from django.urls import re_path

from notifications.api.webhook_views import webhook

HOOK = r"^(?P<hook>[A-Za-z0-9_-]{8,64})"

urlpatterns = [
    re_path(rf"{HOOK}/inbound/?$", webhook, name="hook-inbound"),
    re_path(rf"{HOOK}/receipt/(?P<token>[A-Za-z0-9_-]{{8,64}})/?$", webhook, name="hook-receipt"),
]
