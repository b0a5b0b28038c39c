"""All addresses."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path, re_path
from django.utils.module_loading import import_string
from django.views.generic import RedirectView
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView

from config.kernel.api.docs import CrmServiceSchemaView, RedocView, SwaggerView
from config.kernel.api.routing import RootlessRouter, Router, no_such_address
from config.kernel.http import crm_service

router = Router()
# By name only, so that no import leads from here to an app and back.
for app in ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments"):
    import_string(f"{app}.api.urls.register")(router)
crm_service_router = RootlessRouter()
for app in ("contacts", "appointments"):
    import_string(f"{app}.api.crm_service_urls.register")(crm_service_router)

urlpatterns = [
    re_path(r"^rest-api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    path("rest-api/", include(router.urls)),
    re_path(r"^rest-api$", RedirectView.as_view(url="/rest-api/")),
    re_path(r"^rest-api/.*", no_such_address),
    re_path(r"^docs/?$", SwaggerView.as_view(url_name="schema"), name="docs"),
    re_path(r"^docs/redoc/?$", RedocView.as_view(url_name="schema"), name="redoc"),
    re_path(
        r"^docs/swagger\.json$",
        CrmServiceSchemaView.as_view(patterns=crm_service_router.urls, renderer_classes=[OpenApiJsonRenderer2]),
        name="crm-service-json",
    ),
    re_path(
        r"^docs/swagger\.yaml$",
        CrmServiceSchemaView.as_view(patterns=crm_service_router.urls, renderer_classes=[OpenApiYamlRenderer2]),
        name="crm-service-yaml",
    ),
    path("", include(crm_service_router.urls)),
    re_path(rf"^(?:{'|'.join(crm_service.COLLECTIONS)})(?:/.*)?$", no_such_address),
    path("hooks/", include("notifications.api.webhook_urls")),
    path("feeds/", include("calendars.api.feed_urls")),
    path("", include("calendars.api.dav_urls")),
    # Before the admin, whose own sign-in page it wraps.
    path("", include("accounts.web.urls")),
    path("", include("calendars.web.urls")),
    re_path(r"^admin$", RedirectView.as_view(url="/admin/")),
    re_path(r"^admin/(?P<rest>.*[^/])$", RedirectView.as_view(url="/admin/%(rest)s/", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("appointments.web.urls")),
]
if apps.is_installed("simulator"):
    urlpatterns.append(path("simulator/", include("simulator.urls")))
