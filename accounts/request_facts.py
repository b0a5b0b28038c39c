"""Facts about a request besides its principal: the user, platform administration, the instant."""

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest

from accounts import principal
from accounts.models import User
from config.kernel import clock


def is_platform(request: HttpRequest) -> bool:
    """Return whether a platform administrator works here for no organization: on what belongs to the platform."""
    return principal.find(request) is None and request.user.is_active and request.user.is_superuser


def person(request: HttpRequest) -> User:
    """Return the signed-in user; admin pages always have one."""
    return cast("User", request.user)


def now_of(request: HttpRequest) -> datetime:
    """Return the instant of this request, read once from the database clock."""
    own = attributes(request)
    if not hasattr(own, "now"):
        own.now = clock.now()
    return cast(datetime, own.now)


def attributes(request: HttpRequest) -> Any:
    """Return the request as what can hold attributes that Django's class does not declare."""
    return request
