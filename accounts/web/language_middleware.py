"""The reader's language for pages, the admin and errors of the REST interface."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import trans_real

from accounts import principal
from accounts.models import User
from accounts.request_facts import attributes
from config.kernel import language

# Machines read these, and demo's phones.
FOREIGN = ("/hooks/", "/feeds/", "/simulator/", "/docs/", "/rest-api/schema/")


class LanguageMiddleware:
    """Answers in the language that the request asks for, until it is known who reads; says which language it became."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate a language for this request alone."""
        if request.path.startswith(FOREIGN):
            with translation.override("en"):
                return self.get_response(request)
        with translation.override(language.first(_asked_for(request))):
            response = self.get_response(request)
            patch_vary_headers(response, ["Accept-Language"])
            response.headers.setdefault("Content-Language", _spoken(request))
            return response


def speaking(request: HttpRequest) -> AbstractContextManager[None]:
    """Answer in the reader's language, now that the principal is known.

    A person's own choice comes first, then their organization's language, then what their browser asks for. Programs
    that come with a key or a token ask on purpose: what they ask for comes before the organization's.
    """
    if request.path.startswith(FOREIGN):
        return translation.override("en")
    found = language.first(_wanted(request))
    attributes(request).language = found
    return translation.override(found)


def _wanted(request: HttpRequest) -> list[str]:
    user, found = request.user, principal.find(request)
    own = [user.language] if isinstance(user, User) else []
    organization = [found.organization.language] if found else []
    asked = _asked_for(request)
    is_program = "Authorization" in request.headers
    return [*own, *asked, *organization] if is_program else [*own, *organization, *asked]


def _asked_for(request: HttpRequest) -> list[str]:
    header = request.headers.get("Accept-Language", "")
    return [code for code, _ in trans_real.parse_accept_lang_header(header)]


def _spoken(request: HttpRequest) -> str:
    return getattr(request, "language", "") or language.current()
