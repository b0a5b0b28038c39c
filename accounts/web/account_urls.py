"""The pages of signing in and of one's own account: allauth's, as our pages."""

from collections.abc import Iterator

from allauth.urls import urlpatterns as allauths
from django.db import transaction
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from accounts.web import language_page


def _ours(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    """Yield the same addresses; their views stand outside any transaction, so that wrong tries stay counted.

    What has no name is an old address of allauth's own.
    """
    for entry in found:
        if isinstance(entry, URLPattern) and not entry.name:
            continue
        if isinstance(entry, URLPattern):
            view = transaction.non_atomic_requests(entry.callback)
            yield URLPattern(entry.pattern, view, entry.default_args, entry.name)
        else:
            yield URLResolver(entry.pattern, list(_ours(entry.url_patterns)), entry.default_kwargs)


LANGUAGE = re_path(r"^language/?$", language_page.choose, name="account_language")
urlpatterns = [path("", RedirectView.as_view(pattern_name="mfa_index"), name="account"), LANGUAGE, *_ours(allauths)]
