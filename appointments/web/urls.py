"""Addresses of the desk."""

from django.urls import re_path

from appointments.web import calendar, event, event_add, views, visit

urlpatterns = [
    re_path(r"^$", views.home, name="home"),
    re_path(r"^calendar/?$", calendar.calendar, name="calendar"),
    re_path(r"^events/add/?$", event_add.add, name="event-add"),
    re_path(r"^events/(?P<pk>[0-9]{1,18})/?$", event.event, name="event"),
    re_path(r"^events/(?P<pk>[0-9]{1,18})/calendar\.ics$", event.file, name="event-ics"),
    re_path(r"^visits/(?P<pk>[0-9]{1,18})/?$", visit.visit, name="visit"),
    re_path(r"^things/(?P<pk>[0-9]{1,18})/done/?$", views.finish, name="thing-done"),
]
