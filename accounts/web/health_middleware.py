"""`/healthz`, `/readyz` and the older `/health_check/`, answered before host names, TLS and sessions are looked at."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.services import health


class HealthMiddleware:
    """Stands first, because a load balancer asks by address, without TLS and without a host name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the two addresses; let everything else pass."""
        match request.path.rstrip("/"):
            case "/healthz":
                return JsonResponse({"status": "ok"})
            case "/readyz" | "/health_check":
                found = health.check_readiness()
                body = {"status": "ok" if found.is_well else "unready", "detail": found.sentence}
                return JsonResponse(body, status=200 if found.is_well else 503)
        return self.get_response(request)
