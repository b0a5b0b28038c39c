"""Every address that the URL resolver knows, and the rows that stand behind it."""

import re
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.urls import URLPattern, get_resolver

from accounts import tenancy
from accounts.models import Organization, User
from accounts.tenancy import TenantOwned
from calendars.models import Calendar, Event
from notifications.models import StaffItem

ABSENT = 987654321
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
        """Return the methods to try: all of them where a viewset answers."""
        rest = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
        return rest if hasattr(self.view, "cls") else ("GET", "POST")

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

    def _value(self, group, row):
        if group in OTHER_PARTS:
            return OTHER_PARTS[group]
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
    "alarmrequest-get-nested-alarm-request": Event,
    "caldav-calendar": Calendar,
    "caldav-event": Event,
    "thing-done": StaffItem,
    "mfa_edit_webauthn": Authenticator,
    "mfa_remove_webauthn": Authenticator,
}
SPECIAL |= {f"older-module-{page}": Event for page in ("change", "delete", "password")}
SPECIAL |= {"older-admin-change": Event}
# Variable parts that name no row.
OTHER_PARTS = {"thing": "event", "verb": "pause", "app_label": "calendars"}


def everything():
    """Return all routes."""
    return list(_below(get_resolver(), "", ()))


def _below(resolver, prefix, spaces):
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = ":".join([*spaces, entry.name]) if entry.name else pattern
            yield Route(name, pattern, entry.callback)
        else:
            yield from _below(entry, pattern, spaces + ((entry.namespace,) if entry.namespace else ()))


def row_of(route, world):
    """Return a clinic's row behind a route; a route whose model has none fails the walk."""
    model, organization = route.model, world.organization
    if model is Organization:
        return organization
    if model is User:
        return world.staff
    if model is Authenticator:
        return Authenticator.objects.get_or_create(
            user=world.staff, type="webauthn", defaults={"data": {"name": "A key"}}
        )[0]
    if not issubclass(model, TenantOwned):
        return None
    with tenancy.tenant(organization.pk):
        rows = model.objects.all()
        if hasattr(getattr(route.view, "cls", None), "channel"):
            rows = rows.filter(channel=route.view.cls.channel)
        row = rows.order_by("pk").first()
    assert row, f"{route.name}: tests/admin_rows.py makes no {model.__name__}"
    return row


def numbers_of(route, world):
    """Return the numbers of all of a clinic's rows that a route could show."""
    if not route.model or not issubclass(route.model, TenantOwned):
        return []
    with tenancy.tenant(world.organization.pk):
        return list(route.model.objects.values_list("pk", flat=True))
