"""Addresses of calendars for calendar apps, under /caldav/, and the one where they look first (RFC 6764)."""

from django.urls import re_path

from calendars.api import dav

urlpatterns = [
    re_path(r"^\.well-known/caldav/?$", dav.redirect_to_root, name="caldav-well-known"),
    re_path(r"^caldav$", dav.redirect_to_root, name="caldav-slash"),
    re_path(r"^caldav/$", dav.root, name="caldav"),
    re_path(r"^caldav/principal/?$", dav.principal_resource, name="caldav-principal"),
    re_path(r"^caldav/calendars/?$", dav.calendar_home, name="caldav-home"),
    re_path(r"^caldav/calendars/(?P<pk>[0-9]{1,18})/?$", dav.calendar_collection, name="caldav-calendar"),
    re_path(
        r"^caldav/calendars/(?P<calendar_pk>[0-9]{1,18})/(?P<pk>[0-9]{1,18})\.ics$",
        dav.event_resource,
        name="caldav-event",
    ),
    re_path(r"^caldav/.+$", dav.nothing, name="caldav-nothing"),
]
