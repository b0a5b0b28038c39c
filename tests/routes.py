"""Every address that the URL resolver knows, and the rows that stand behind it."""

import re
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, get_resolver

from accounts import tenancy
from accounts.models import Membership, Organization, PlatformEntry, RateCounter, User
from accounts.tenancy import TenantOwned
from appointments.models import Appointment
from calendars.models import Calendar, Event, Rule
from config.kernel.http import crm_service
from contacts.models import Contact, ContactType, GlobalContactType
from notifications.models import StaffItem
from simulator.models import CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost

ABSENT, ABSENT_UUID = 987654321, "98765432-1987-4654-8321-987654321987"
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
ADMIN_PAGE = re.compile(r"admin/(\w+)/(\w+)/")


@dataclass(frozen=True)
class Route:
    """An address pattern, its name with namespaces (else the pattern), and its view."""

    name: str
    pattern: str
    view: Any

    @property
    def groups(self):
        """Return the names of its variable parts."""
        return [one or two for one, two in GROUP.findall(self.pattern)]

    @property
    def methods(self):
        """Return the methods to try: those that a viewset knows, and how to ask for them."""
        if is_rest(self):
            known = getattr(self.view, "actions", ())
            return (*(method.upper() for method in known if method != "head"), "OPTIONS")
        return ("GET", "PROPFIND", "REPORT") if self.is_dav else ("GET", "POST")

    @property
    def is_dav(self):
        """Return whether calendar programs ask here."""
        return self.pattern.startswith("^caldav/")

    @property
    def model(self):
        """Return whose rows it shows; None when it shows none."""
        if self.name in SPECIAL:
            return SPECIAL[self.name]
        found = ADMIN_PAGE.match(self.pattern)
        if found and found[1] in apps.app_configs:
            return apps.get_model(found[1], found[2])
        return getattr(getattr(self.view, "cls", None), "model", None)

    def url(self, **values):
        """Return an address with these values in it."""
        text = GROUP.sub(lambda found: str(values[found[1] or found[2]]), self.pattern)
        return "/" + text.replace("^", "").replace("$", "").replace("/?", "/").replace("\\.", ".")

    def address_of(self, row):
        """Return the address of one row, or of a number that no row has."""
        return self.url(**{group: self._value(group, row) for group in self.groups})

    def address_of_nothing(self):
        """Return an address of its form, whichever row stands there."""
        parts = {"uuid": ABSENT_UUID, **OTHER_PARTS}
        return self.url(**{group: parts.get(group, 1) for group in self.groups})

    def _value(self, group, row):
        if group in OTHER_PARTS:
            return OTHER_PARTS[group]
        if group == "uuid":
            return row.uuid if row else ABSENT_UUID
        if group == "content_type_id":
            return ContentType.objects.get_for_model(self.model).pk
        if group not in ("pk", "id", "object_id", "user_id", "calendar_pk"):
            raise KeyError(
                f"{self.name}: say in tests/routes.py what stands in its part “{group}”, or why it is public"
            )
        if row is None:
            return ABSENT
        if group == "calendar_pk":
            return row.calendar_id
        return row.user_id if group == "user_id" else row.pk


# Whose rows an address shows where the view does not say it, or says another.
SPECIAL = {
    "admin:view_on_site": Contact,
    "alarmrequest-get-nested-alarm-request": Event,
    "caldav-calendar": Calendar,
    "caldav-event": Event,
    "event": Event,
    "event-ics": Event,
    "thing-done": StaffItem,
    "visit": Appointment,
    "mfa_edit_webauthn": Authenticator,
    "mfa_remove_webauthn": Authenticator,
}
SPECIAL |= {f"older-module-{page}": Event for page in ("change", "delete", "password")}
SPECIAL |= {"older-admin-change": Event}
# Variable parts that name no row.
OTHER_PARTS = {"thing": "event", "action": "pause", "app_label": "calendars"}
# Shown to everybody on purpose: what signs in, what documents, what a secret path protects, what a setting allows.
PUBLIC = {
    "schema",
    "docs",
    "redoc",
    "crm-service-json",
    "crm-service-yaml",
    f"^(?:{'|'.join(crm_service.COLLECTIONS)})(?:/.*)?$",
    "home",
    "^rest-api$",
    "^rest-api/.*",
    "^admin$",
    "^admin/(?P<rest>.*[^/])$",
    "hook-inbound",
    "hook-receipt",
    "calendar-feed",
    "caldav-well-known",
    "caldav-slash",
    "sign-in",
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
    "admin/(?P<url>.*)$",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "openid_connect_login",
    "openid_connect_callback",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    # They only lead on.
    "account",
    "change-password",
    "admin:password_change",
    "admin:password_change_done",
}
# The phones of the demo: no organization's rows, and not installed in production.
PUBLIC_SPACES = ("simulator:", "simulator/")
# Rows that no organization owns and everybody may read.
SHARED = {Rule, ContentType}
# Of models with rows that every organization has a copy of: which are its own alone.
PRIVATE = {ContactType: {"is_global": False}}
# Rows that platform administrators alone see.
PLATFORM = {GlobalContactType, RateCounter, PlatformEntry, CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost}


def is_rest(route):
    """Return whether a viewset answers, as opposed to a page."""
    return hasattr(route.view, "cls")


def everything():
    """Return all routes."""
    return list(_below(get_resolver(), "", ()))


def named(name):
    """Return the route of a name."""
    return next(route for route in everything() if route.name == name)


def is_public(route):
    """Return whether a route lets everybody in."""
    return route.name in PUBLIC or route.name.startswith(PUBLIC_SPACES)


def is_of_row(route):
    """Return whether a route names a row of an organization."""
    return not is_public(route) and bool(set(route.groups) - set(OTHER_PARTS)) and route.model not in SHARED


def by_model(found):
    """Group routes by the model whose rows they show."""
    groups = {}
    for route in found:
        groups.setdefault(route.model.__name__ if route.model else "none", []).append(route)
    return groups


def _below(resolver, prefix, spaces):
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = ":".join([*spaces, entry.name]) if entry.name else pattern
            yield Route(name, pattern, entry.callback)
        else:
            yield from _below(entry, pattern, spaces + ((entry.namespace,) if entry.namespace else ()))


def row_of(route, world):
    """Return a clinic's row behind a route; a route whose model has none fails."""
    model, organization = route.model, world.organization
    if model is Organization:
        return organization
    if model is User:
        return world.staff
    if model is Authenticator:
        return Authenticator.objects.get_or_create(
            user=world.staff, type="webauthn", defaults={"data": {"name": "A key"}}
        )[0]
    if model in PLATFORM | SHARED:
        return model.objects.earliest("pk")
    assert issubclass(model or object, TenantOwned), f"{route.name}: say in tests/routes.py whose rows it shows"
    with tenancy.tenant(organization.pk):
        rows = owned_by(model, organization)
        if hasattr(getattr(route.view, "cls", None), "channel"):
            rows = rows.filter(channel=route.view.cls.channel)
        row = rows.filter(**PRIVATE.get(model, {})).order_by("pk").first()
    assert row, f"{route.name}: tests/admin_rows.py makes no {model.__name__}"
    return row


def numbers_of(model, world):
    """Return the numbers of all of a clinic's rows of a model."""
    if model is Organization:
        return {world.organization.pk}
    with tenancy.tenant(world.organization.pk):
        if model is User:
            return set(owned_by(Membership, world.organization).values_list("user_id", flat=True))
        owned = model and issubclass(model, TenantOwned)
        return set(owned_by(model, world.organization).values_list("pk", flat=True)) if owned else set()


def owned_by(model, organization):
    """Return an organization's rows without asking the manager, which a test may have taken away."""
    return model._base_manager.filter(organization_id=organization.pk)
