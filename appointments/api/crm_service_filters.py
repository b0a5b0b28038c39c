"""Filters and order of appointments at the older service's path."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions, filters
from rest_framework.request import Request

from accounts import principal
from accounts.api import crm_service
from config.kernel.api.fields import EARLIEST, LATEST
from config.kernel.api.lists import StableOrdering

ME = "me"
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


class BareList(exceptions.ValidationError):
    """A refusal that the older service answers as a list without a field."""


class CrmServiceFilter(filters.BaseFilterBackend):
    """The documented filters; others are ignored."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return the rows that fit all that is asked for; an empty value asks for nothing."""
        for name, condition in FILTERS.items():
            if text := request.query_params.get(name, "").strip():
                queryset = queryset.filter(condition(text, request, name))
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the filters."""
        return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in FILTERS]


class CrmServiceOrdering(StableOrdering):
    """Orders by fields under the names that the older service gives them."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        """Return the columns."""
        wanted = super().get_ordering(request, queryset, view)
        return [self._column(name, view.ordering_names) for name in wanted]

    @staticmethod
    def _column(name: str, names: dict[str, str]) -> str:
        sign, plain = ("-", name[1:]) if name.startswith("-") else ("", name)
        return sign + names.get(plain, plain)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _contact(text: str, request: Request, name: str) -> Q:
    wanted = _of_field(text, name)
    return Q(contact__uuid=wanted) | Q(contact=None, named_contact_uuid=wanted)


def _siteprofile(text: str, request: Request, name: str) -> Q:
    return Q(siteprofile_uuid=_of_field(text, name))


def _of_field(text: str, name: str) -> UUID:
    found = _uuid(text)
    if found is None:
        raise exceptions.ValidationError({name: [_("Enter a valid UUID.")]})
    return found


def _owner(text: str, request: Request, name: str) -> Q:
    return Q(owner_uuid=_person(text, request, name))


def _invitee(text: str, request: Request, name: str) -> Q:
    return Q(invitee_uuids__contains=[_person(text, request, name)])


def _person(text: str, request: Request, name: str) -> UUID:
    found = crm_service.person_uuid(request) if text == ME else _uuid(text)
    if found is None:
        raise BareList([_("“%(name)s” takes “me” or a User UUID.") % {"name": name}])
    return found


def _workflow(text: str, request: Request, name: str) -> Q:
    found = _uuid(text)
    if found is None:
        raise BareList([_("“%(name)s” takes a UUID.") % {"name": name}])
    return Q(workflowlevel2_uuids__contains=[found])


def _from_day(text: str, request: Request, name: str) -> Q:
    return Q(starts_at__gte=_midnight(_day(text), request))


def _to_day(text: str, request: Request, name: str) -> Q:
    return Q(starts_at__lt=_midnight(_day(text) + timedelta(days=1), request))


def _day(text: str) -> date:
    """Read a day, its month and day padded or not."""
    found = DAY.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day.year <= LATEST:
        raise exceptions.ValidationError({"start_date": [_("Enter a valid date.")]})
    return day


def _midnight(day: date, request: Request) -> datetime:
    zone = ZoneInfo(principal.require(request).organization.time_zone)
    return datetime.combine(day, time.min, zone)


FILTERS: dict[str, Callable[[str, Request, str], Q]] = {
    "contact_uuid": _contact,
    "siteprofile_uuid": _siteprofile,
    "owner": _owner,
    "invitee": _invitee,
    "workflowlevel2_uuid": _workflow,
    "start_date_gte": _from_day,
    "start_date_lte": _to_day,
}
