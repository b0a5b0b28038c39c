"""Read-only CalDAV (RFC 4791): calendar apps find the organization's calendars and synchronize them."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from accounts import principal
from accounts.engine import entity_tags
from accounts.engine.roles import READ, Area
from accounts.principal import Principal
from calendars.engine.icalendar import content_lines, occurrence_cut
from calendars.engine.icalendar.caldav import (
    CS,
    DATA,
    ZONE,
    C,
    D,
    DavAnswer,
    ReportQuery,
    Value,
    element,
    error_body,
    href_element,
    multistatus_body,
    read_only_condition,
)
from calendars.engine.icalendar.caldav import parse_propfind as read_propfind
from calendars.engine.icalendar.caldav import parse_report as read_report
from calendars.engine.icalendar.event_writer import ExportStyle, WrittenEvent
from calendars.engine.icalendar.occurrence_cut import OccurrenceCut
from calendars.errors import BadReport, TooManyOccurrences, UnsupportedFilter, UnsupportedReport
from calendars.models import Calendar
from calendars.services import event_times, time_range
from calendars.services.exchange import access_log, ical_export
from config.kernel.api.calendar_renderer import CONTENT_TYPE

ROOT, PERSON, HOME = "/caldav/", "/caldav/principal/", "/caldav/calendars/"
EVENT = re.compile(rf"{HOME}(\d{{1,18}})/(\d{{1,18}})\.ics")
OWN_UID = re.compile(r"event-(\d{1,18})@.+")
ALLOW = "OPTIONS, GET, HEAD, PROPFIND, REPORT"
XML = "application/xml; charset=utf-8"
READ_ONLY = gettext_lazy(
    "These calendars can be read here, and not changed; use the pages or the REST interface of Punctual."
)
OBJECT_TYPE = "text/calendar; charset=utf-8; component=VEVENT"
REPORTS = (f"{C}calendar-query", f"{C}calendar-multiget", f"{D}sync-collection")

View = Callable[..., HttpResponse]


class CalendarResponse(HttpResponse):
    """A response with the contents of a calendar, whose reading is recorded."""

    def __init__(self, calendar: Calendar, content: str | bytes, **kwargs: Any) -> None:
        super().__init__(content, **kwargs)
        self.calendar = calendar


def resource(*methods: str) -> Callable[[View], View]:
    """Decorate a CalDAV view: permissions, allowed methods, transaction, audit."""

    def around(view: View) -> View:
        # Each answer is one transaction; what the trail is told of it comes after.
        @transaction.non_atomic_requests
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            response = _refusal(request, methods) or _answer(view, request, kwargs)
            if isinstance(response, CalendarResponse):
                access_log.record_read(response.calendar)
            response["DAV"] = "1, 3, calendar-access"
            return response

        return guarded

    return around


@csrf_exempt
def redirect_to_root(request: HttpRequest) -> HttpResponse:
    """Redirect to the root for any method: apps begin with a PROPFIND."""
    return HttpResponsePermanentRedirect(ROOT)


@resource("PROPFIND")
def root(request: HttpRequest, found: Principal) -> HttpResponse:
    """Return the root collection with the current principal."""
    return _multistatus(request, [DavAnswer(ROOT, _collection("Punctual"))])


@resource("PROPFIND")
def principal_resource(request: HttpRequest, found: Principal) -> HttpResponse:
    """Return the principal with its calendar home (RFC 4791 6.2.1)."""
    told = _properties(
        element(f"{D}resourcetype", element(f"{D}principal"), element(f"{D}collection")),
        element(f"{D}displayname", text=found.name),
        href_element(f"{D}principal-URL", PERSON),
        href_element(f"{C}calendar-home-set", HOME),
        element(f"{C}calendar-user-address-set"),
    )
    return _multistatus(request, [DavAnswer(PERSON, told)])


@resource("PROPFIND")
def calendar_home(request: HttpRequest, found: Principal) -> HttpResponse:
    """List the organization's calendars."""
    answers = [DavAnswer(HOME, _collection(found.organization.name))]
    if _depth(request):
        rows = list(Calendar.objects.all())
        versions = ical_export.versions(rows)
        zones = event_times.zones_of_calendars()
        answers += [_calendar(row, versions[row.pk][0], zones[row.pk]) for row in rows]
    return _multistatus(request, answers)


@resource("PROPFIND", "REPORT")
def calendar_collection(request: HttpRequest, found: Principal, pk: str) -> HttpResponse:
    """Return a calendar, its events (Depth: 1), or the result of a REPORT."""
    calendar = _calendar_or_404(pk)
    version = ical_export.versions([calendar])[calendar.pk][0]
    if request.method == "REPORT":
        return _report_response(read_report(request.body), calendar, version, _style(found))
    answers = [_calendar(calendar, version, event_times.zone_of(calendar))]
    if _depth(request):
        answers += [_event(calendar, each) for each in ical_export.load(ical_export.roots(calendar))]
    return _multistatus(request, answers)


@resource("PROPFIND", "GET", "HEAD")
def event_resource(request: HttpRequest, found: Principal, calendar_pk: str, pk: str) -> HttpResponse:
    """Return one event or series; 304 to who holds it as it is."""
    calendar = _calendar_or_404(calendar_pk)
    shown = ical_export.load(ical_export.roots(calendar).filter(pk=pk))
    if not shown:
        raise Http404
    if request.method == "PROPFIND":
        return _multistatus(request, [_event(calendar, shown[0])])
    headers = {"ETag": f'"{shown[0].tag}"'}
    if entity_tags.is_known(request.headers.get("If-None-Match"), headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    text = ical_export.render_events(shown, _style(found))
    return CalendarResponse(calendar, text, content_type=CONTENT_TYPE, headers=headers)


@resource("PROPFIND", "GET", "HEAD")
def nothing(request: HttpRequest, found: Principal) -> HttpResponse:
    """Say that there is nothing; also where an app wants to put something of its own, which is refused."""
    raise Http404


def _refusal(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse | None:
    found = principal.find(request)
    if not found:
        return HttpResponse(
            _("Sign in with any name and an API key."),
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": 'Basic realm="Punctual", charset="UTF-8"'},
        )
    if not found.may(Area.DESK, READ):
        return HttpResponse(_("This key may not read the desk."), status=403, content_type="text/plain")
    if request.method == "OPTIONS":
        return HttpResponse(headers={"Allow": ALLOW})
    if request.method == "PROPFIND" and request.headers.get("Depth", "").lower() == "infinity":
        return _error(403, element(f"{D}propfind-finite-depth"), words=_("Ask with a depth of 0 or 1."))
    if request.method in methods:
        return None
    if request.method in ("GET", "HEAD", "REPORT"):
        return HttpResponse(status=405, headers={"Allow": ALLOW})
    return _error(403, read_only_condition(request.path), words=str(READ_ONLY))


def _answer(view: View, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse:
    try:
        with transaction.atomic():
            return view(request, principal.require(request), **kwargs)
    except BadReport as problem:
        return _error(400, words=problem.message)
    except TooManyOccurrences as problem:
        return _error(403, element(f"{D}number-of-matches-within-limits"), words=problem.message)
    except UnsupportedFilter as problem:
        return _error(403, element(f"{C}supported-filter"), words=problem.message)
    except UnsupportedReport as problem:
        return _error(403, element(f"{D}supported-report"), words=problem.message)


def _error(status: int, condition: Value | None = None, *, words: str = "") -> HttpResponse:
    return HttpResponse(error_body(condition, words=words), status=status, content_type=XML)


def _multistatus(request: HttpRequest, answers: list[DavAnswer]) -> HttpResponse:
    return HttpResponse(multistatus_body(answers, read_propfind(request.body)), status=207, content_type=XML)


def _report_response(asked: ReportQuery, calendar: Calendar, version: str, style: ExportStyle) -> HttpResponse:
    """Answer a REPORT on a calendar."""
    token = _token(calendar, version)
    if asked.kind == "sync" and asked.token not in ("", token):
        # What went is not remembered: the app reads the list anew, as RFC 6578 lets it.
        return _error(403, element(f"{D}valid-sync-token"))
    lost: list[DavAnswer] = []
    if asked.kind == "multiget":
        shown, lost = _events_by_href(asked, calendar)
    elif asked.kind == "sync":
        shown = [] if asked.token else ical_export.load(ical_export.roots(calendar))
    else:
        shown = _query_events(asked, calendar)
    wants_data = DATA in asked.asked.names
    answers = [_event(calendar, each, style if wants_data else None, asked.asked.cut) for each in shown]
    told = multistatus_body(answers + lost, asked.asked, token=token if asked.kind == "sync" else "")
    if wants_data:
        return CalendarResponse(calendar, told, status=207, content_type=XML)
    return HttpResponse(told, status=207, content_type=XML)


def _query_events(asked: ReportQuery, calendar: Calendar) -> list[WrittenEvent]:
    if asked.component != "VEVENT":
        return []
    if asked.uid is not None:
        own = OWN_UID.fullmatch(asked.uid)
        wanted = Q(uid=asked.uid) | Q(pk=int(own[1]) if own else 0, uid="")
        return ical_export.load(ical_export.roots(calendar).filter(wanted))
    if asked.span:
        return time_range.list_events(calendar, asked.span, asked.zone)
    return ical_export.load(ical_export.roots(calendar))


def _events_by_href(asked: ReportQuery, calendar: Calendar) -> tuple[list[WrittenEvent], list[DavAnswer]]:
    """Return the events of a multiget, and answers for those that are not there (any more)."""
    paths = {href: EVENT.fullmatch(unquote(urlsplit(href).path)) for href in asked.hrefs}
    wanted = {href: int(path[2]) for href, path in paths.items() if path and int(path[1]) == calendar.pk}
    shown = ical_export.load(ical_export.roots(calendar).filter(pk__in=set(wanted.values())))
    there = {each.root.pk for each in shown}
    return shown, [DavAnswer(href, status="404 Not Found") for href in asked.hrefs if wanted.get(href) not in there]


def _event(
    calendar: Calendar, shown: WrittenEvent, style: ExportStyle | None = None, cut: OccurrenceCut | None = None
) -> DavAnswer:
    told = _properties(
        element(f"{D}resourcetype"),
        element(f"{D}getetag", text=f'"{shown.tag}"'),
        element(f"{D}getcontenttype", text=OBJECT_TYPE),
    )
    if style:
        told[DATA] = element(DATA, text=_data(shown, style, cut))
    return DavAnswer(f"{HOME}{calendar.pk}/{shown.root.pk}.ics", told)


def _data(shown: WrittenEvent, style: ExportStyle, cut: OccurrenceCut | None) -> str:
    if cut and cut.expands:
        return occurrence_cut.write_expanded(shown, cut, style)
    return ical_export.render_events([occurrence_cut.limited(shown, cut) if cut else shown], style)


def _calendar(calendar: Calendar, version: str, home: str) -> DavAnswer:
    kinds = element(f"{C}supported-calendar-component-set", Value(f"{C}comp", name="VEVENT"))
    reports = [element(f"{D}supported-report", element(f"{D}report", element(name))) for name in REPORTS]
    told = _properties(
        element(f"{D}resourcetype", element(f"{D}collection"), element(f"{C}calendar")),
        element(f"{D}displayname", text=calendar.name),
        kinds,
        element(f"{D}supported-report-set", *reports),
        element(f"{D}current-user-privilege-set", element(f"{D}privilege", element(f"{D}read"))),
        element(f"{CS}getctag", text=f'"{version}"'),
        element(f"{D}sync-token", text=_token(calendar, version)),
        href_element(f"{D}owner", PERSON),
    )
    if zone := content_lines.zone_definition(home):
        told[ZONE] = element(ZONE, text=f"{content_lines.CALENDAR_BEGIN}{zone}{content_lines.CALENDAR_END}")
    return DavAnswer(f"{HOME}{calendar.pk}/", told)


def _collection(name: str) -> dict[str, Value]:
    return _properties(element(f"{D}resourcetype", element(f"{D}collection")), element(f"{D}displayname", text=name))


def _properties(*elements: Value) -> dict[str, Value]:
    own = href_element(f"{D}current-user-principal", PERSON)
    return {each.tag: each for each in (*elements, own)}


def _token(calendar: Calendar, version: str) -> str:
    return f"urn:punctual:calendar:{calendar.pk}:{version}"


def _style(found: Principal) -> ExportStyle:
    return ExportStyle(str(found.organization.uuid))


def _depth(request: HttpRequest) -> bool:
    """Return whether what is inside is asked for, too."""
    return request.headers.get("Depth", "1") != "0"


def _calendar_or_404(pk: str) -> Calendar:
    found = Calendar.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
