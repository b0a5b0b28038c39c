"""Sign-in: from credentials to a principal."""

import base64
import hashlib
import hmac
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.engine.roles import SUPPORT
from accounts.errors import BadCredentials, ChooseOrganization, NotAMember, SecondFactorRequired
from accounts.models import Membership, User
from accounts.principal import Principal, Visitor
from accounts.services import identities, keys, second_factor, support, tokens
from accounts.tenancy import system
from config.kernel import clock

PROOF_SECONDS = 60  # hashing a password for every Basic request would cost 0.2 s


def principal_from_header(header: str, organization: str, *, request: HttpRequest) -> Principal | None:
    """Return the principal of an Authorization header, None without one.

    Raises `BadCredentials`, `NotAMember`, `ChooseOrganization`, `SecondFactorRequired` or `Throttled`.
    """
    scheme, _blank, value = header.strip().partition(" ")
    match scheme.lower():
        case "":
            return None
        case "token":
            return _by_key(value.strip(), organization)
        case "bearer" if keys.TEXT.fullmatch(value.strip()):
            return _by_key(value.strip(), organization)
        case "jwt" | "bearer":
            return _by_jwt(value.strip(), organization)
        case "basic":
            return _by_basic(value.strip(), organization, request)
        case _:
            raise BadCredentials(
                _("The scheme “%(scheme)s” is not known here; use Basic, Token or JWT.") % {"scheme": scheme}
            )


@system()
def principal_for_user(user: User, *, via: str, organization: str = "") -> Principal:
    """Return the principal of a user in the named organization (UUID), else in their only one.

    Raises `NotAMember`, or `ChooseOrganization` for members of several.
    """
    memberships = Membership.objects.unscoped().filter(user=user).select_related("organization")
    if organization:
        memberships = memberships.filter(organization__uuid=_uuid(organization))
    found = list(memberships[:2])
    if not found:
        raise NotAMember
    if len(found) > 1:
        raise ChooseOrganization
    return Principal(user=user, organization=found[0].organization, role=found[0].role, via=via)


@system()
def first_membership(user: User) -> Principal | None:
    """Return the principal of a user in the organization they joined first, None for members of none."""
    memberships = Membership.objects.unscoped().filter(user=user).select_related("organization")
    found = memberships.order_by("pk").first()
    return Principal(user=user, organization=found.organization, role=found.role, via="session") if found else None


def support_principal(user: User, *, organization: str = "") -> Principal | None:
    """Return the principal of a support access to the named organization, else to the first; None without one."""
    for access in support.current_accesses(user, now=clock.now()):
        if organization in ("", str(access.organization.uuid)):
            return Principal(user=user, organization=access.organization, role=SUPPORT, via="support", access=access)
    return None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotAMember(
            _("“%(text)s” is no UUID of an organization.") % {"text": text[:60]}, field="X-Organization"
        ) from error


def _by_key(text: str, organization: str) -> Principal:
    now = clock.now()
    key = keys.find(text, now=now)
    if not key:
        raise BadCredentials
    if organization and key.organization.uuid != _uuid(organization):
        raise NotAMember(_("This key acts for another organization than X-Organization names."))
    quota = keys.count_request(key)
    keys.record_use(key, now=now)
    role = keys.role_of(key)
    return Principal(user=key.created_by, organization=key.organization, role=role, via="key", key=key, quota=quota)


def _by_jwt(text: str, organization: str) -> Principal:
    found = tokens.find(text, now=clock.now())
    if not found:
        raise BadCredentials
    issuer, claims = found
    if organization and issuer.organization.uuid != _uuid(organization):
        raise NotAMember(_("This token is for another organization than X-Organization names."))
    visitor = Visitor(issuer=issuer, core_user_uuid=claims.core_user_uuid, username=claims.username)
    return Principal(user=None, organization=issuer.organization, role=issuer.role, via="jwt", visitor=visitor)


def _by_basic(value: str, organization: str, request: HttpRequest) -> Principal:
    """Return the principal of Basic credentials: a username and password, or an API key in the password's place.

    Raises SecondFactorRequired where a password is not enough; a key is, under whatever name.
    """
    _name, password = _credentials(value)
    if keys.TEXT.fullmatch(password):
        return _by_key(password, organization)
    user, has_factor = _by_password(value, request)
    found = principal_for_user(user, via="basic", organization=organization)
    if has_factor or second_factor.is_required(user, found):
        raise SecondFactorRequired
    return found


def _by_password(value: str, request: HttpRequest) -> tuple[User, bool]:
    """Return the user of Basic credentials, and whether they have a second factor; raises `BadCredentials`."""
    username, password = _credentials(value)
    username = identities.username_of(username)
    known = User.objects.annotate(has_factor=second_factor.has_factor())
    user: Any = known.filter(username=username, is_active=True).first()
    # A password that was right a moment ago is accepted while others are trying wrong ones.
    if user and cache.get(_cache_key(user, password)):
        return user, user.has_factor
    found: Any = authenticate(request, username=username, password=password)
    if not found:
        raise BadCredentials
    # The hash may just have been renewed, so name the proof by what is stored now.
    cache.set(_cache_key(found, password), True, PROOF_SECONDS)
    return found, second_factor.user_has_factor(found)


def _credentials(value: str) -> tuple[str, str]:
    """Return username and password of Basic (RFC 7617, UTF-8); raise BadCredentials for anything else."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError as error:
        raise BadCredentials from error
    username, colon, password = text.partition(":")
    if not colon or "\x00" in text:
        raise BadCredentials
    return username, password


def _cache_key(user: User, password: str) -> str:
    """Return a cache key that does not reveal the password and changes with it."""
    text = f"{user.pk}:{user.password}:{password}".encode()
    return "basic:" + hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
