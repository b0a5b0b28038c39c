"""Addresses of the desk."""

from django.urls import re_path

from appointments.web import calendar_views, event_add_views, event_views, views, visit_views

urlpatterns = [
    re_path(r"^$", views.home, name="home"),
    re_path(r"^calendar/?$", calendar_views.calendar, name="calendar"),
    re_path(r"^events/add/?$", event_add_views.add, name="event-add"),
    re_path(r"^events/(?P<pk>[0-9]{1,18})/?$", event_views.event, name="event"),
    re_path(r"^events/(?P<pk>[0-9]{1,18})/calendar\.ics$", event_views.file, name="event-ics"),
    re_path(r"^visits/add/?$", event_add_views.book, name="visit-add"),
    re_path(r"^visits/(?P<pk>[0-9]{1,18})/?$", visit_views.visit, name="visit"),
    re_path(r"^things/(?P<pk>[0-9]{1,18})/done/?$", views.finish, name="thing-done"),
]
