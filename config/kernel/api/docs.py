"""Pages that explain the REST interface; everything they need comes from this server, nothing stands inside."""

import secrets
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.http.security_headers import STRICT


class SwaggerView(SpectacularSwaggerSplitView):
    """The page where one can try the interface."""


class CrmServiceSchemaView(SpectacularAPIView):
    """The description of the older contact and appointment service's paths."""

    custom_settings: ClassVar = {"TITLE": "CRM Service API", "SCHEMA_PATH_PREFIX": "", "PREPROCESSING_HOOKS": []}


class RedocView(SpectacularRedocView):
    """The page to read."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let the library write its styles under a word that only this answer knows."""
        response = super().get(request, *args, **kwargs)
        nonce = response.data["nonce"] = secrets.token_urlsafe(16)
        response["Content-Security-Policy"] = f"{STRICT}; style-src 'self' 'nonce-{nonce}'; worker-src 'self' blob:"
        return response
