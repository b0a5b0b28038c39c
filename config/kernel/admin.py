"""Names the admin site to Django."""

from django.contrib.admin.apps import AdminConfig


class PunctualAdminConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "accounts.web.admin_site.PunctualAdminSite"
