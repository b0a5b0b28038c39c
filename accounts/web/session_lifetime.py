"""Session lifetime: an idle limit and a total limit."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from accounts.services.sessions import LAST_USED_AT, STARTED_AT
from config.kernel import clock

STEP = 60  # seconds; writing the session with every request would be waste


class SessionLifetimeMiddleware:
    """Ends expired sessions; requests of self-refreshing pages do not extend them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the clock for people with a session only."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _age(request, int(clock.now().timestamp()))
        return self.get_response(request)


def _age(request: HttpRequest, now: int) -> None:
    begun, seen = request.session.get(STARTED_AT, now), request.session.get(LAST_USED_AT, now)
    if now - begun >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE:
        return logout(request)
    is_polling = "HX-Request" in request.headers
    if STARTED_AT not in request.session or (now - seen >= STEP and not is_polling):
        request.session.update({STARTED_AT: begun, LAST_USED_AT: now})
    return None
