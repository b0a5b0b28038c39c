"""Routes of the REST interface, with and without the trailing slash."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import routers


class SlashOptional(RegexPattern):
    """Matches with and without the trailing slash; addresses are always written with it."""

    def match(self, path: str) -> Any:
        """Read a missing slash as if it stood there."""
        return super().match(path if path.endswith("/") or not path else f"{path}/")


class Router(routers.DefaultRouter):
    """Takes addresses with and without the trailing slash, and no format suffixes."""

    include_format_suffixes = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return DRF's routes, the slash at their end optional."""
        return [self._optional(route) for route in super().get_urls()]

    @staticmethod
    def _optional(route: URLPattern | URLResolver) -> URLPattern | URLResolver:
        # The root is no regular expression: as one it would match everything.
        if isinstance(route, URLResolver) or not isinstance(route.pattern, RegexPattern):
            return route
        pattern = SlashOptional(str(route.pattern), name=route.name, is_endpoint=True)
        return URLPattern(pattern, route.callback, route.default_args, route.name)


class RootlessRouter(Router):
    """A router whose root is no list of its resources, for addresses at the root of the site."""

    include_root_view = False


@csrf_exempt
def no_such_address(request: HttpRequest) -> JsonResponse:
    """Answer as JSON where no view is."""
    return JsonResponse({"detail": _("There is no such address."), "code": "not_found"}, status=404)
