"""The admin's menu, badge and links (UNFOLD callbacks)."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.request_facts import is_platform

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Title, then (words, icon, page of the admin): grouped as a clinic thinks.
MENU: list[tuple["StrOrPromise", list[tuple["StrOrPromise", str, str]]]] = [
    (
        _("Desk"),
        [
            (_("Appointments"), "event_available", "appointments_appointment"),
            (_("Contacts"), "group", "contacts_contact"),
            (_("Contact types"), "category", "contacts_contacttype"),
            (_("Notes"), "sticky_note_2", "appointments_appointmentnote"),
            (_("Notifications"), "forward_to_inbox", "appointments_appointmentnotification"),
            (_("Driving times"), "directions_car", "appointments_appointmentdrivingtime"),
            (_("Things for staff"), "inbox", "notifications_staffitem"),
        ],
    ),
    (
        _("Calendars"),
        [
            (_("Calendars"), "calendar_month", "calendars_calendar"),
            (_("Events"), "event", "calendars_event"),
            (_("Alarms"), "alarm", "calendars_alarm"),
            (_("Attempts"), "history", "calendars_alarmrequest"),
            (_("Opening hours"), "schedule", "calendars_openinghours"),
            (_("Closures"), "event_busy", "calendars_closure"),
            (_("Providers"), "stethoscope", "appointments_provider"),
            (_("Operatories"), "meeting_room", "appointments_operatory"),
            (_("Schedule entries"), "calendar_view_week", "appointments_scheduleentry"),
            (_("Blockouts"), "block", "appointments_blockout"),
            (_("Appointment types"), "category", "appointments_appointmenttype"),
            (_("Calendar feeds"), "rss_feed", "calendars_calendarfeed"),
            (_("Imported files"), "upload_file", "calendars_calendarimport"),
        ],
    ),
    (
        _("Messages"),
        [
            (_("Deliveries"), "outbox", "notifications_delivery"),
            (_("Inbound"), "move_to_inbox", "notifications_inboundevent"),
            (_("Suppressions"), "notifications_off", "notifications_suppression"),
        ],
    ),
    (
        _("Texts"),
        [
            (_("SMS texts"), "sms", "notifications_smstemplate"),
            (_("E-mail texts"), "mail", "notifications_mailtemplate"),
            (_("Answers"), "reply", "notifications_replytext"),
        ],
    ),
    (
        _("Settings"),
        [
            (_("Gateways"), "cell_tower", "notifications_gateway"),
            (_("Calendar settings"), "tune", "calendars_calendarsetting"),
            (_("Calendar users"), "badge", "calendars_calendaruser"),
            (_("Rules"), "repeat", "calendars_rule"),
            (_("Retention"), "auto_delete", "contacts_retentionpolicy"),
            (_("Erasures"), "person_remove", "contacts_erasure"),
            (_("Surveys"), "account_tree", "surveys_surveytemplate"),
            (_("Sealed surveys"), "call", "surveys_survey"),
            (_("Recordings"), "mic", "surveys_audiofile"),
        ],
    ),
    (
        _("Organization"),
        [
            (_("Organization"), "apartment", "accounts_organization"),
            (_("Clinics"), "location_on", "accounts_clinic"),
            (_("People"), "person", "accounts_user"),
            (_("Roles"), "shield_person", "accounts_membership"),
            (_("API keys"), "key", "accounts_apikey"),
            (_("Trusted issuers"), "verified_user", "accounts_trustedissuer"),
            (_("Audit trail"), "history_edu", "accounts_auditentry"),
            (_("Support accesses"), "support_agent", "accounts_supportaccess"),
        ],
    ),
]
# Besides, for platform administrators.
PLATFORM: list[tuple["StrOrPromise", str, str]] = [
    (_("Platform trail"), "policy", "accounts_platformentry"),
    (_("Contact types"), "category", "contacts_globalcontacttype"),
    (_("Rate counters"), "front_hand", "accounts_ratecounter"),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu."""
    groups: list[dict[str, Any]] = [{"title": "", "items": [_item(gettext("Today"), "today", reverse("admin:index"))]}]
    for title, pages in MENU:
        items = [_item(words, icon, reverse(f"admin:{page}_changelist")) for words, icon, page in pages]
        groups.append({"title": title, "separator": True, "items": items})
    groups[-1]["items"].append(_item(gettext("What roles may do"), "rule", reverse("roles")))
    if is_platform(request):
        items = [_item(words, icon, reverse(f"admin:{page}_changelist")) for words, icon, page in PLATFORM]
        groups.append({"title": gettext("Platform"), "separator": True, "items": items})
    groups.append({"title": gettext("Elsewhere"), "separator": True, "items": _elsewhere()})
    return groups


def _item(words: "StrOrPromise", icon: str, link: str) -> dict[str, Any]:
    return {"title": words, "icon": icon, "link": link}


def _elsewhere() -> list[dict[str, Any]]:
    items = [
        _item(gettext("The day"), "wb_sunny", "/"),
        _item(gettext("REST interface"), "api", "/rest-api/"),
        _item(gettext("API documents"), "menu_book", "/docs/"),
    ]
    simulator = (
        [_item(gettext("Phone simulator"), "smartphone", "/simulator/")] if apps.is_installed("simulator") else []
    )
    return items + simulator


def environment(request: HttpRequest) -> list[str] | None:
    """Return the badge at the top: whose data this is not, or that no real phone rings."""
    if apps.is_installed("simulator"):
        return [gettext("Simulator on"), "warning"]
    return [gettext("Platform"), "danger"] if is_platform(request) else None


def subheader(request: HttpRequest) -> str:
    """Return whose data is shown."""
    if is_platform(request):
        return gettext("Platform")
    found = getattr(request, "principal", None)
    return found.organization.name if found else gettext("Appointments and reminders")
