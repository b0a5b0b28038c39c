"""Every route, page and command that could edit visits is in the table of entry points, or here with a reason."""

from django.contrib import admin
from django.core.management import get_commands

from appointments.models import Appointment
from appointments.web import visit_views
from calendars.models import Event
from tests import routes
from tests.parity.entry_points import ENTRY_POINTS

SAFE = {"get", "head", "options"}
# The entry point of each route, page and command.
TAKEN = {
    "appointment-list post": "REST visit",
    "appointment-detail put": "REST visit",
    "appointment-detail patch": "REST visit",
    "appointment-detail delete": "REST visit",
    "appointment-cancel post": "REST visit",
    "appointment-restore post": "REST visit",
    "appointment-confirm post": "REST visit's confirm",
    "event-detail put": "REST event",
    "event-detail patch": "REST event",
    "event-detail delete": "REST event",
    "event-cancel post": "REST event",
    "event-restore post": "REST event",
    "calendar-import post": "iCalendar file",
    "admin appointment add": "admin visit",
    "admin appointment change": "admin visit",
    "admin appointment delete": "admin visit",
    "admin appointment delete_selected": "admin's list of visits",
    "admin appointment cancel": "admin visit's button",
    "admin appointment arrive": "admin visit's button",
    "admin appointment seat": "admin visit's button",
    "admin appointment complete": "admin visit's button",
    "admin appointment confirm": "admin visit's button",
    "admin appointment restore": "admin visit's button",
    "admin appointment no_show": "admin visit's button",
    "admin event change": "admin event",
    "admin event delete": "admin event",
    "admin event delete_selected": "admin's list of events",
    "admin event cancel": "admin event's button",
    "admin event restore": "admin event's button",
    "admin event delete_series": "admin event's button",
    "page visit move": "desk visit",
    "page visit confirm": "desk visit",
    "page visit record": "desk visit's day",
    "page visit restore": "desk visit",
    "page visit cancel": "desk visit",
    "command import_appointments": "table",
    "command import_calendar": "iCalendar file",
}
# What makes or changes no visit.
OTHERS = {
    "event-list post": "makes events that are no visits",
    "admin event add": "makes events that are no visits",
    "page event-add": "makes events that are no visits",
    "page visit-add": "books by the service, as test_desk_visit_add.py tries",
    "page visit staff": "changes by the service, as test_desk_visit_add.py tries",
    "appointment-preview post": "tells what would be booked, and books nothing",
    "page event": "leads to the page of the visit",
    "event-pause post": "holds messages back; the visit stays as it is",
    "event-resume post": "lets messages go again; the visit stays as it is",
    "admin event pause": "holds messages back; the visit stays as it is",
    "admin event resume": "lets messages go again; the visit stays as it is",
    "event-update-last-child-status patch": "holds messages of a series back or lets them go again",
    "event-bulk post": "makes and changes events by the same services, as calendars/tests/test_events_bulk.py tries",
    "appointment-bulk post": "books and changes by the same verbs, as appointments/tests/test_bulk.py tries",
    **dict.fromkeys(
        (
            "crm-service-appointment-list post",
            "crm-service-appointment-detail put",
            "crm-service-appointment-detail patch",
            "crm-service-appointment-detail delete",
        ),
        "books and changes by the same verbs, as tests/older_interfaces/test_crm_service_appointments.py tries",
    ),
    "calendarimport-undo post": "puts events back by the verbs of events, as test_undo_takes_a_visit_along tries",
}
COMMANDS = {
    "doctor": "changes nothing",
    "recompute_zones": "moves what is at the same time on the clock",
    "seed_demo": "books by the service",
}
APPS = {"appointments", "calendars"}


def rest():
    """Return route and method of each REST request that could edit visits."""
    for route in routes.everything():
        actions = getattr(route.view, "actions", None) or {}
        is_about = route.model in (Appointment, Event) or route.name in ("calendar-import", "calendarimport-undo")
        if is_about and not route.name.startswith("user-alias"):
            yield from (f"{route.name} {method}" for method in actions if method not in SAFE)


def pages_of_admin():
    """Return the forms, buttons and list actions of the admin's pages of visits and events."""
    for model in (Appointment, Event):
        page = admin.site._registry[model]
        names = [*("add", "change", "delete"), *("delete_selected",), *(each.name for each in page.row_actions)]
        # Actions of the list beyond the buttons and unfold's own kinds of actions would be further entry points.
        own = {*page.actions, *page.actions_list, *page.actions_row, *page.actions_detail, *page.actions_submit_line}
        yield from (f"admin {model._meta.model_name} {name}" for name in (*names, *own))


def desk():
    """Return the desk's pages of visits and events, and the forms of the page of a visit."""
    yield from (f"page visit {verb}" for verb in visit_views.VISITS.verbs)
    for route in routes.everything():
        if route.name in ("event", "event-add", "visit-add"):
            yield f"page {route.name}"


def commands():
    """Return the management commands of the apps that know visits or events."""
    return (f"command {name}" for name, app in get_commands().items() if app in APPS)


def test_every_route_page_and_command_is_declared():
    found = {*rest(), *pages_of_admin(), *desk(), *commands()}
    known = {*TAKEN, *OTHERS, *(f"command {name}" for name, _ in COMMANDS.items())}
    assert found - known == set(), "try it in tests/parity/entry_points.py, and name it here"
    assert known - found - {"command seed_demo"} == set()


def test_every_entry_point_of_the_table_has_a_route_page_or_command():
    entry_points = {name for of_verb in ENTRY_POINTS.values() for name in of_verb if not name.startswith("service")}
    assert entry_points == set(TAKEN.values())
