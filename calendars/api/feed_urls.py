"""Addresses under /feeds/, each with a secret."""

from django.urls import re_path

from calendars.api import feeds

urlpatterns = [
    re_path(r"^(?P<secret>[A-Za-z0-9_-]{20,64})\.ics$", feeds.feed, name="calendar-feed"),
]
