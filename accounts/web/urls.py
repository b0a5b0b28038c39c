"""Addresses of pages about oneself."""

from django.urls import include, path, re_path

from accounts.web import views

urlpatterns = [
    path("accounts/", include("accounts.web.account_urls")),
    re_path(r"^admin/login/?$", views.sign_in, name="sign-in"),
    re_path(r"^admin/password_change/(?:done/)?$", views.change_password, name="change-password"),
    re_path(r"^admin/roles/$", views.roles_page, name="roles"),
    re_path(r"^support/end/?$", views.end_support, name="end-support"),
    re_path(r"^organization/?$", views.choose, name="choose-organization"),
]
