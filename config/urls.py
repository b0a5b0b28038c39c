"""All addresses."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from accounts.api import urls as accounts
from appointments.api import urls as appointments
from calendars.api import urls as calendars
from config.kernel.api import Router
from contacts.api import urls as contacts
from notifications.api import urls as notifications
from surveys.api import urls as surveys

router = Router()
for app in (accounts, contacts, notifications, surveys, calendars, appointments):
    app.register(router)

urlpatterns = [
    re_path(r"^rest-api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    path("rest-api/", include(router.urls)),
    re_path(r"^rest-api$", RedirectView.as_view(url="/rest-api/")),
    re_path(r"^docs/?$", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    re_path(r"^docs/redoc/?$", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("hooks/", include("notifications.api.hook_urls")),
    re_path(r"^admin$", RedirectView.as_view(url="/admin/")),
    re_path(r"^admin/(?P<rest>.*[^/])$", RedirectView.as_view(url="/admin/%(rest)s/", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("appointments.web.urls")),
]
if settings.SIMULATOR_ENABLED and find_spec("notifications.simulator"):
    urlpatterns.append(path("simulator/", include("notifications.simulator.urls")))
