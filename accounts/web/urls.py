"""Addresses of pages about oneself."""

from django.urls import re_path

from accounts.web import views

urlpatterns = [
    re_path(r"^admin/login/$", views.sign_in, name="sign-in"),
    re_path(r"^organization/?$", views.choose, name="choose-organization"),
]
