"""Addresses under /hooks/, each with a secret."""

from django.urls import re_path

from notifications.api import hooks

urlpatterns = [
    re_path(r"^(?P<hook>[A-Za-z0-9_-]{8,64})/inbound/?$", hooks.inbound, name="hook-inbound"),
    re_path(
        r"^(?P<hook>[A-Za-z0-9_-]{8,64})/receipt/(?P<token>[A-Za-z0-9_-]{8,64})/?$", hooks.receipt, name="hook-receipt"
    ),
]
