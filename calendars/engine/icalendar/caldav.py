"""Parse CalDAV requests and write responses (RFC 4918, 4791, 6578). Plain Python."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree  # nosec B405 # only builds; defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from calendars.engine.icalendar import zone_names
from calendars.engine.icalendar.occurrence_cut import OccurrenceCut
from calendars.errors import BadReport, UnsupportedFilter, UnsupportedReport
from config.kernel.text import N_

D, C, CS = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
DATA, ZONE = f"{C}calendar-data", f"{C}calendar-timezone"
# What is told only to those who ask for it by name (RFC 4791 5.2.2, 9.6).
UNASKED = frozenset({DATA, ZONE})
# Lines that name the zone of a VTIMEZONE.
TZID, LOCATION = re.compile(r"^TZID:(.+)$", re.MULTILINE), re.compile(r"^X-LIC-LOCATION:(.+)$", re.MULTILINE)
STAMP = re.compile(r"\d{8}T\d{6}Z")
# One such character in one title, and no app reads the answer at all.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BEGIN, END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
for prefix, space in (("D", D), ("C", C), ("CS", CS)):
    ElementTree.register_namespace(prefix, space.strip("{}"))

Value = ElementTree.Element


@dataclass(frozen=True)
class DavRequest:
    """The requested properties by their names in Clark notation; none requests all."""

    names: tuple[str, ...] = ()
    only_names: bool = False
    cut: OccurrenceCut | None = None


@dataclass(frozen=True)
class ReportQuery:
    """A REPORT request: `hrefs` of a multiget, a time range or UID of a query, the `token` of a sync."""

    kind: str
    asked: DavRequest
    hrefs: tuple[str, ...] = ()
    span: tuple[datetime, datetime] | None = None
    uid: str | None = None
    component: str = "VEVENT"
    token: str = ""
    # The IANA zone in which days and floating times are looked at; empty: the calendar's.
    zone: str = ""


@dataclass(frozen=True)
class DavAnswer:
    """One resource of a multistatus: its properties, or the status line of a missing one."""

    href: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    status: str = ""


def parse_propfind(body: bytes) -> DavRequest:
    """Parse a PROPFIND (RFC 4918 9.1); an empty body requests all properties. Raises `BadReport`."""
    if not body.strip():
        return DavRequest()
    root = _parse(body)
    if root.tag != f"{D}propfind":
        raise BadReport(N_("A PROPFIND holds a propfind element."))
    return _requested_properties(root)


def parse_report(body: bytes) -> ReportQuery:
    """Parse a REPORT (RFC 4791 7, RFC 6578); raises `BadReport`, `UnsupportedReport`, `UnsupportedFilter`."""
    root = _parse(body)
    kind, asked = root.tag, _requested_properties(root)
    if kind == f"{C}calendar-multiget":
        return ReportQuery("multiget", asked, hrefs=tuple((each.text or "").strip() for each in root.iter(f"{D}href")))
    if kind == f"{D}sync-collection":
        return ReportQuery("sync", asked, token=(root.findtext(f"{D}sync-token") or "").strip())
    if kind == f"{C}calendar-query":
        return _query(root, asked)
    raise UnsupportedReport


def multistatus_body(answers: Iterable[DavAnswer], asked: DavRequest, *, token: str = "") -> bytes:
    """Return a multistatus body (RFC 4918 13); requested properties that do not exist get status 404."""
    root = Value(f"{D}multistatus")
    for answer in answers:
        told = ElementTree.SubElement(root, f"{D}response")
        ElementTree.SubElement(told, f"{D}href").text = answer.href
        if answer.status:
            ElementTree.SubElement(told, f"{D}status").text = f"HTTP/1.1 {answer.status}"
        else:
            _propstats(told, answer, asked)
    if token:
        ElementTree.SubElement(root, f"{D}sync-token").text = token
    return _bytes(root)


def error_body(condition: Value | None = None, *, words: str = "") -> bytes:
    """Return an error body (RFC 4918 16): a condition for programs, a description for people."""
    root = Value(f"{D}error")
    root.extend([] if condition is None else [condition])
    root.extend([element(f"{D}responsedescription", text=words)] if words else [])
    return _bytes(root)


def read_only_condition(href: str) -> Value:
    """Return the condition need-privileges for write access (RFC 3744 7.1.1)."""
    privilege = element(f"{D}privilege", element(f"{D}write"))
    return element(f"{D}need-privileges", element(f"{D}resource", element(f"{D}href", text=href), privilege))


def element(name: str, *children: Value, text: str = "") -> Value:
    """Return an element with children, or with text."""
    made = Value(name)
    made.text = ILLEGAL.sub("", text) or None
    made.extend(children)
    return made


def href_element(name: str, href: str) -> Value:
    """Return a property that holds an href."""
    return element(name, element(f"{D}href", text=href))


def _propstats(told: Value, answer: DavAnswer, asked: DavRequest) -> None:
    names = asked.names or [name for name in answer.properties if name not in UNASKED]
    found = [answer.properties[name] for name in names if name in answer.properties]
    if asked.only_names:
        found = [Value(each.tag) for each in found]
    missing = [Value(name) for name in names if name not in answer.properties]
    for elements, status in ((found, "200 OK"), (missing, "404 Not Found")):
        if elements or (status == "200 OK" and not missing):
            propstat = ElementTree.SubElement(told, f"{D}propstat")
            propstat.append(element(f"{D}prop", *elements))
            ElementTree.SubElement(propstat, f"{D}status").text = f"HTTP/1.1 {status}"


def _parse(body: bytes) -> Value:
    try:
        root: Value = fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error_:
        raise BadReport(N_("The body is no XML that is read here (%(name)s).", name=type(error_).__name__)) from error_
    return root


def _requested_properties(root: Value) -> DavRequest:
    wanted = root.find(f"{D}prop")
    names = tuple(dict.fromkeys(each.tag for each in wanted)) if wanted is not None else ()
    return DavRequest(names, only_names=root.find(f"{D}propname") is not None, cut=_cut(wanted))


def _cut(wanted: Value | None) -> OccurrenceCut | None:
    """Return what `expand` or `limit-recurrence-set` asks for (RFC 4791 9.6.5, 9.6.6)."""
    data = wanted.find(DATA) if wanted is not None else None
    for name in ("expand", "limit-recurrence-set"):
        asked = data.find(f"{C}{name}") if data is not None else None
        if asked is None:
            continue
        begin, end = (_moment(asked.get(side, ""), BEGIN) for side in ("start", "end"))
        if begin >= end:
            raise BadReport(N_("The span ends before it begins."))
        return OccurrenceCut(begin, end, expands=name == "expand")
    return None


def _query(root: Value, asked: DavRequest) -> ReportQuery:
    outer = root.find(f"{C}filter/{C}comp-filter")
    if outer is None or outer.get("name") != "VCALENDAR":
        raise BadReport(N_("A calendar-query has a filter on VCALENDAR."))
    inner = list(outer)
    if not inner:
        return ReportQuery("query", asked)
    if len(inner) > 1 or inner[0].tag != f"{C}comp-filter":
        raise UnsupportedFilter
    component, span, uid = inner[0].get("name", ""), None, None
    for each in inner[0]:
        if each.tag == f"{C}time-range":
            span = _moment(each.get("start"), BEGIN), _moment(each.get("end"), END)
        elif each.tag == f"{C}prop-filter" and each.get("name") == "UID":
            uid = _text(each)
        else:
            raise UnsupportedFilter
    return ReportQuery("query", asked, span=span, uid=uid, component=component, zone=_zone(root))


def _zone(root: Value) -> str:
    """Return the zone that a query names (RFC 4791 9.8); nothing for one that is not known here."""
    text = (root.findtext(f"{C}timezone") or "").replace("\r", "")
    name, location = TZID.search(text), LOCATION.search(text)
    locations = {name[1]: location[1]} if name and location else {}
    return zone_names.find(name[1], locations) or "" if name else ""


def _text(condition: Value) -> str:
    inner = list(condition)
    if len(inner) != 1 or inner[0].tag != f"{C}text-match" or inner[0].get("negate-condition") == "yes":
        raise UnsupportedFilter
    return (inner[0].text or "").strip()


def _moment(text: str | None, default: datetime) -> datetime:
    if text is None:
        return default
    if not STAMP.fullmatch(text):
        raise BadReport(N_("“%(text)s” is no moment in UTC; write one like 20261201T000000Z.", text=text[:40]))
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error_:
        raise BadReport(N_("“%(text)s” does not exist.", text=text)) from error_


def _bytes(root: Value) -> bytes:
    body: bytes = ElementTree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body
