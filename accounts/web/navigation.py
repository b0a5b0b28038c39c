"""The admin's menu, badge and links (UNFOLD callbacks)."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

from accounts.request_facts import is_platform

# Title, then (words, icon, page of the admin): grouped as a clinic thinks.
MENU: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "Desk",
        [
            ("Appointments", "event_available", "appointments_appointment"),
            ("Contacts", "group", "contacts_contact"),
            ("Things for staff", "inbox", "notifications_staffitem"),
        ],
    ),
    (
        "Calendars",
        [
            ("Calendars", "calendar_month", "calendars_calendar"),
            ("Events", "event", "calendars_event"),
            ("Alarms", "alarm", "calendars_alarm"),
            ("Attempts", "history", "calendars_alarmrequest"),
            ("Opening hours", "schedule", "calendars_openinghours"),
            ("Closures", "event_busy", "calendars_closure"),
            ("Calendar feeds", "rss_feed", "calendars_calendarfeed"),
            ("Imported files", "upload_file", "calendars_calendarimport"),
        ],
    ),
    (
        "Messages",
        [
            ("Deliveries", "outbox", "notifications_delivery"),
            ("Inbound", "move_to_inbox", "notifications_inboundevent"),
            ("Suppressions", "notifications_off", "notifications_suppression"),
        ],
    ),
    (
        "Texts",
        [
            ("SMS texts", "sms", "notifications_smstemplate"),
            ("E-mail texts", "mail", "notifications_mailtemplate"),
            ("Answers", "reply", "notifications_replytext"),
        ],
    ),
    (
        "Settings",
        [
            ("Gateways", "cell_tower", "notifications_gateway"),
            ("Calendar settings", "tune", "calendars_calendarsetting"),
            ("Calendar users", "badge", "calendars_calendaruser"),
            ("Rules", "repeat", "calendars_rule"),
            ("Retention", "auto_delete", "contacts_retentionpolicy"),
            ("Erasures", "person_remove", "contacts_erasure"),
            ("Surveys", "account_tree", "surveys_surveytemplate"),
            ("Sealed surveys", "call", "surveys_survey"),
            ("Recordings", "mic", "surveys_audiofile"),
        ],
    ),
    (
        "Organization",
        [
            ("Organization", "apartment", "accounts_organization"),
            ("Clinics", "location_on", "accounts_clinic"),
            ("People", "person", "accounts_user"),
            ("Roles", "shield_person", "accounts_membership"),
            ("API keys", "key", "accounts_apikey"),
            ("Trusted issuers", "verified_user", "accounts_trustedissuer"),
            ("Audit trail", "history_edu", "accounts_auditentry"),
            ("Support accesses", "support_agent", "accounts_supportaccess"),
        ],
    ),
]
# Besides, for platform administrators.
PLATFORM: list[tuple[str, str, str]] = [
    ("Platform trail", "policy", "accounts_platformentry"),
    ("Rate counters", "front_hand", "accounts_ratecounter"),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu."""
    groups: list[dict[str, Any]] = [{"title": "", "items": [_item("Today", "today", reverse("admin:index"))]}]
    for title, pages in MENU:
        items = [_item(words, icon, reverse(f"admin:{page}_changelist")) for words, icon, page in pages]
        groups.append({"title": title, "separator": True, "items": items})
    groups[-1]["items"].append(_item("What roles may do", "rule", reverse("roles")))
    if is_platform(request):
        items = [_item(words, icon, reverse(f"admin:{page}_changelist")) for words, icon, page in PLATFORM]
        groups.append({"title": "Platform", "separator": True, "items": items})
    groups.append({"title": "Elsewhere", "separator": True, "items": _elsewhere()})
    return groups


def _item(words: str, icon: str, link: str) -> dict[str, Any]:
    return {"title": words, "icon": icon, "link": link}


def _elsewhere() -> list[dict[str, Any]]:
    items = [
        _item("The day", "wb_sunny", "/"),
        _item("REST interface", "api", "/rest-api/"),
        _item("API documents", "menu_book", "/docs/"),
    ]
    simulator = [_item("Phone simulator", "smartphone", "/simulator/")] if apps.is_installed("simulator") else []
    return items + simulator


def environment(request: HttpRequest) -> list[str] | None:
    """Return the badge at the top: whose data this is not, or that no real phone rings."""
    if apps.is_installed("simulator"):
        return ["Simulator on", "warning"]
    return ["Platform", "danger"] if is_platform(request) else None


def subheader(request: HttpRequest) -> str:
    """Return whose data is shown."""
    if is_platform(request):
        return "Platform"
    found = getattr(request, "principal", None)
    return found.organization.name if found else "Appointments and reminders"
