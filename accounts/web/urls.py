"""Addresses of pages about oneself."""

from django.urls import re_path

from accounts.web import views

urlpatterns = [re_path(r"^organization/?$", views.choose, name="choose-organization")]
