"""Pages that explain the REST interface; everything they need comes from this server."""

from typing import Any

from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.response import Response

# Both libraries write scripts and styles into the page, and Redoc would fetch its maker's logo.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class Closed:
    """Lets the browser ask no other host for anything."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the policy."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        response["Content-Security-Policy"] = POLICY
        return response


class SwaggerView(Closed, SpectacularSwaggerView):
    """The page where one can try the interface."""


class RedocView(Closed, SpectacularRedocView):
    """The page to read."""
