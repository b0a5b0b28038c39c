"""The entry points by which visits are edited, and the request of each for each verb.

`ENTRY_POINTS` maps verb and entry point to a function; it returns `NOT_OFFERED` where an entry point lacks a verb.
"""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command

from appointments.models import Appointment
from appointments.services import visits
from calendars.engine.states import Reach
from calendars.services import event_edit_routing
from calendars.tests.imports import finished
from tests.parity.forms import fields_of

ZONE = ZoneInfo("America/New_York")
NOT_OFFERED = object()
UID, EXTERNAL = "parity@clinic.example", "parity"
# Of the status of a visit, what the admin's button and the table of a file call it.
BUTTONS = {
    "confirmed": "confirm",
    "arrived": "arrive",
    "in_chair": "seat",
    "completed": "complete",
    "no_show": "no_show",
    "cancelled": "cancel",
}


@dataclass
class Case:
    """One deed: which visit, how far, what it is to be, and who asks."""

    visit: Appointment | None
    reach: Reach
    world: Any
    api: Any
    browser: Any
    now: Any
    folder: Path
    wanted: dict[str, Any]

    @property
    def event(self):
        return self.visit.event

    @property
    def is_root(self):
        return self.event.is_series

    @property
    def usual(self):
        """How far an edit without a reach goes at the pages of events."""
        return Reach.ALL if self.is_root else Reach.THIS

    def link(self, kind, row):
        return f"http://localhost/rest-api/{kind}/{row.pk}/"


def _ok(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:800]


def _local(at):
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def _rest(case, kind, pk, fields):
    _ok(case.api.patch(f"/rest-api/{kind}/{pk}/?edit={case.reach}", fields))


def _fields(case, names):
    """Return what is wanted as REST has it, under the names of a resource."""
    given = {}
    for name, value in case.wanted.items():
        value = _local(value) if name in ("starts_at", "ends_at") else value
        given[names.get(name, name)] = case.link(name, value) if name in ("calendar", "clinic") else value
    return given


def service(case):
    visits.change(case.visit, now=case.now, reach=case.reach, version=case.visit.version, **case.wanted)


def rest_visit(case):
    _rest(case, "appointment", case.visit.pk, _fields(case, {}))


def rest_event(case):
    if {"clinic", "external_id"} & set(case.wanted):
        return NOT_OFFERED
    return _rest(case, "event", case.event.pk, _fields(case, {"starts_at": "start", "ends_at": "end"}))


def _typed(case, names):
    """Return what is wanted as the admin's forms have it."""
    given = {"reach": str(case.reach)}
    for name, value in case.wanted.items():
        name = names.get(name, name)
        if hasattr(value, "astimezone"):
            given[f"{name}_0"], given[f"{name}_1"] = _local(value).split("T")
        else:
            given[name] = getattr(value, "pk", value)
    return given


def _admin(case, page, names):
    form = fields_of(case.browser.get(page))
    answer = case.browser.post(page, form | _typed(case, names))
    errors = answer.context and answer.context.get("errors")
    assert answer.status_code == 302, errors


def admin_visit(case):
    if {"calendar", "clinic"} & set(case.wanted):
        return NOT_OFFERED
    return _admin(case, f"/admin/appointments/appointment/{case.visit.pk}/change/", {})


def admin_event(case):
    if {"clinic", "external_id"} & set(case.wanted):
        return NOT_OFFERED
    names = {"starts_at": "start", "ends_at": "end"}
    return _admin(case, f"/admin/calendars/event/{case.event.pk}/change/", names)


def desk_visit(case):
    start, end = case.wanted["starts_at"], case.wanted["ends_at"]
    day, clock = _local(start).split("T")
    minutes = (end - start) // timedelta(minutes=1)
    return _press(case, do="move", day=day, clock=clock, minutes=minutes)


def _press(case, **fields):
    page = f"/visits/{case.visit.pk}/"
    seen = case.browser.get(page).context["shown"].version
    _ok(case.browser.post(page, {"seen": seen, "reach": str(case.reach), **fields}), 302)


def table(case, **fields):
    """Send the visit as a row of a table, in which some values are others."""
    if case.reach != Reach.THIS:
        return NOT_OFFERED
    visit, wanted = case.visit, case.wanted
    start, end = (wanted.get(name) or getattr(visit, name) for name in ("starts_at", "ends_at"))
    row = {
        "id": EXTERNAL,
        "first": "Ana",
        "last": "Lopez",
        "start": _local(start).replace("T", " "),
        "minutes": str((end - start) // timedelta(minutes=1)),
        "title": wanted.get("title") or visit.title,
        "phone": "+15551234567",
        "status": "",
        **fields,
    }
    path = case.folder / "visits.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    names = {"id": "external_id", "first": "first_name", "last": "last_name", "minutes": "duration"}
    given = [f"--map={column}={field}" for column, field in names.items()]
    call_command("import_appointments", str(path), "--organization", "Riverside", "--commit", *given)
    return None


def file(case, **lines):
    """Send the visit's event as an iCalendar file, in which some lines are others."""
    if case.reach != Reach.THIS or case.is_root:
        return NOT_OFFERED
    wanted, child = case.wanted, case.event
    start, end = wanted.get("starts_at", case.visit.starts_at), wanted.get("ends_at", case.visit.ends_at)
    known = f"RECURRENCE-ID;TZID=America/New_York:{child.recurrence_id}\r\n" if child.parent_event_id else ""
    given = {
        "UID": UID,
        "DTSTAMP": "20261120T000000Z",
        "SUMMARY": wanted.get("title", child.title),
        "DTSTART;TZID=America/New_York": f"{start.astimezone(ZONE):%Y%m%dT%H%M%S}",
        "DTEND;TZID=America/New_York": f"{end.astimezone(ZONE):%Y%m%dT%H%M%S}",
        "SEQUENCE": "0",
        **lines,
    }
    event = known + "".join(f"{name}:{value}\r\n" for name, value in given.items())
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"
    upload = BytesIO(text.encode())
    upload.name = "visit.ics"
    address = f"/rest-api/calendar/{case.world.calendar.pk}/import/"
    answer = finished(case.api, case.api.post(address, {"file": upload}, format="multipart"))
    _ok(answer)
    (outcome,) = answer.json()["components"]
    assert outcome["result"] in ("changed", "cancelled"), outcome
    return None


def _status(case):
    return str(case.wanted["status"])


def service_status(case):
    visits.set_status(case.visit, status=_status(case), now=case.now, reach=case.reach, version=case.visit.version)


def rest_confirm(case):
    if _status(case) != "confirmed":
        return NOT_OFFERED
    return _ok(case.api.post(f"/rest-api/appointment/{case.visit.pk}/confirm/?edit={case.reach}"))


def admin_button(case):
    if case.reach != Reach.THIS:
        return NOT_OFFERED
    verb = BUTTONS[_status(case)]
    return _ok(case.browser.post(f"/admin/appointments/appointment/{case.visit.pk}/do/{verb}/"), 302)


def desk_confirm(case):
    if case.reach != Reach.THIS or _status(case) != "confirmed":
        return NOT_OFFERED
    return _press(case, do="confirm")


def desk_record(case):
    if case.reach != Reach.THIS or _status(case) in ("confirmed", "cancelled"):
        return NOT_OFFERED
    return _press(case, do="record", status=_status(case))


def table_status(case):
    return table(case, status=_status(case))


def service_cancel(case):
    visits.cancel(case.visit, reason="other", now=case.now, reach=case.reach, version=case.visit.version)


def rest_cancel(kind):
    def cancel(case):
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        _ok(case.api.post(f"/rest-api/{kind}/{pk}/cancel/?edit={case.reach}", {"reason": "other"}))

    return cancel


def admin_event_button(case):
    if case.reach != case.usual:
        return NOT_OFFERED
    return _ok(case.browser.post(f"/admin/calendars/event/{case.event.pk}/do/cancel/"), 302)


def desk_cancel(case):
    return _press(case, do="cancel", reason="other")


def service_restore(case):
    visits.restore(case.visit, now=case.now, reach=case.reach, version=case.visit.version)


def rest_restore(kind):
    def restore(case):
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        _ok(case.api.post(f"/rest-api/{kind}/{pk}/restore/?edit={case.reach}"))

    return restore


def admin_restore(app, kind):
    def restore(case):
        if case.reach != Reach.THIS:
            return NOT_OFFERED
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        return _ok(case.browser.post(f"/admin/{app}/{kind}/{pk}/do/restore/"), 302)

    return restore


def desk_restore(case):
    if case.visit.starts_at <= case.now and case.reach != Reach.THIS:
        return NOT_OFFERED
    return _press(case, do="restore")


def file_cancelled(case):
    return file(case, STATUS="CANCELLED")


def service_delete(case):
    visits.delete(case.visit, now=case.now, reach=case.reach, version=case.visit.version)


def service_event_delete(case):
    event_edit_routing.delete(case.event, now=case.now, reach=case.reach, version=case.event.version)


def rest_delete(kind):
    def delete(case):
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        _ok(case.api.delete(f"/rest-api/{kind}/{pk}/?edit={case.reach}"), 204)

    return delete


def admin_delete(app, kind):
    def delete(case):
        if case.reach != Reach.THIS:
            return NOT_OFFERED
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        return _ok(case.browser.post(f"/admin/{app}/{kind}/{pk}/delete/", {"post": "yes"}), 302)

    return delete


def admin_delete_series(case):
    if not (case.is_root and case.reach == Reach.ALL):
        return NOT_OFFERED
    return _ok(case.browser.post(f"/admin/calendars/event/{case.event.pk}/do/delete_series/"), 302)


def admin_delete_of_list(app, kind):
    def delete(case):
        if case.reach != Reach.THIS:
            return NOT_OFFERED
        pk = case.visit.pk if kind == "appointment" else case.event.pk
        given = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        return _ok(case.browser.post(f"/admin/{app}/{kind}/", given), 302)

    return delete


def service_book(case):
    visits.book(now=case.now, **case.wanted)


def rest_book(case):
    contact = case.link("contact", case.wanted["contact"])
    _ok(case.api.post("/rest-api/appointment/", _fields(case, {}) | {"contact": contact}), 201)


def admin_book(case):
    page = "/admin/appointments/appointment/add/"
    form = fields_of(case.browser.get(page)) | _typed(case, {"calendar": "into"})
    _ok(case.browser.post(page, form), 302)


EDITS = {
    "service": service,
    "REST visit": rest_visit,
    "REST event": rest_event,
    "admin visit": admin_visit,
    "admin event": admin_event,
    "table": table,
    "iCalendar file": file,
}
ENTRY_POINTS = {
    "book": {"service": service_book, "REST visit": rest_book, "admin visit": admin_book, "table": table},
    "move": {**EDITS, "desk visit": desk_visit},
    "rename": EDITS,
    "change": {name: EDITS[name] for name in ("service", "REST visit", "REST event", "admin visit", "admin event")},
    "set_status": {
        "service": service_status,
        "REST visit": rest_visit,
        "REST visit's confirm": rest_confirm,
        "admin visit's button": admin_button,
        "desk visit": desk_confirm,
        "desk visit's day": desk_record,
        "table": table_status,
    },
    "cancel": {
        "service": service_cancel,
        "REST visit": rest_cancel("appointment"),
        "REST event": rest_cancel("event"),
        "admin visit's button": admin_button,
        "admin event's button": admin_event_button,
        "desk visit": desk_cancel,
        "table": table_status,
        "iCalendar file": file_cancelled,
    },
    "restore": {
        "service": service_restore,
        "REST visit": rest_restore("appointment"),
        "REST event": rest_restore("event"),
        "admin visit's button": admin_restore("appointments", "appointment"),
        "admin event's button": admin_restore("calendars", "event"),
        "desk visit": desk_restore,
    },
    "delete": {
        "service": service_delete,
        "service of events": service_event_delete,
        "REST visit": rest_delete("appointment"),
        "REST event": rest_delete("event"),
        "admin visit": admin_delete("appointments", "appointment"),
        "admin event": admin_delete("calendars", "event"),
        "admin event's button": admin_delete_series,
        "admin's list of visits": admin_delete_of_list("appointments", "appointment"),
        "admin's list of events": admin_delete_of_list("calendars", "event"),
    },
}
