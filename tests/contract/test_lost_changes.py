"""Two people change different fields of one row at the same moment: both changes stand."""

import os
import threading

import pytest
from django.db import connection

from accounts import tenancy
from accounts.api.base import TenantViews
from calendars.models import AlarmRequest
from calendars.services.alarms import alarms
from config.kernel import clock
from notifications.models import Gateway
from surveys.models import SectionTemplate, SurveyTemplate
from tests import admin_rows, factories, routes, silent_changes
from tests.clients import client_of
from tests.time_limits import HANG

pytestmark = pytest.mark.slow
# `make soak` takes all pairs, 45 races.
TAKEN = int(os.environ.get("PAIRS", "1"))
# By route: pairs of changes that know nothing of each other.
PAIRS = {
    "organization-detail": [("name", "North", "reminder_margin", 60), ("language", "fr", "time_zone", "Europe/Paris")],
    "clinic-detail": [("name", "West", "address", "1 Main St"), ("phone", "+12125550187", "time_zone", "Europe/Rome")],
    "trustedissuer-detail": [("audience", "crm", "role", "staff"), ("audience", "erp", "is_active", False)],
    "contact-detail": [("first_name", "Bo", "last_name", "Lee"), ("phones", ["+12125550187"], "language", "fr")],
    "calendarsetting-detail": [("label", "New", "callerid", "123456"), ("caller_name", "Bo", "call_timeout", 30)],
    "calendaruser-detail": [("first_name", "Bo", "last_name", "Lee"), ("email", "b@example.com", "username", "bo")],
    "calendaruserprofile-detail": [("city", "Nice", "zip_code", "06000"), ("note", "x", "accountcode", 7)],
    "calendar-detail": [("name", "New", "max_concurrent", 3), ("time_zone", "Europe/Rome", "name", "Newer")],
    "openinghours-detail": [("weekday", 2, "opens", "07:00:00"), ("closes", "22:00:00", "weekday", 3)],
    "closure-detail": [("name", "New", "last_day", "2031-01-01"), ("name", "Newer", "first_day", "2026-01-01")],
    "event-detail": [("title", "New", "description", "x"), ("data", {"a": 1}, "title", "Newer")],
    "alarm-detail": [("advance_notice", 90, "maxretry", 2), ("retry_delay", 9, "daily_stop", "21:00:00")],
    "alarmrequest-detail": [("duration", 9, "callstatus", 7), ("status", 5, "duration", 10)],
    "appointment-detail": [("title", "New", "external_id", "v-1"), ("external_id", "v-2", "title", "Newer")],
    "appointmenttype-detail": [("name", "New", "duration", 45), ("lead_time", 60, "name", "Newer")],
    "provider-detail": [("name", "New", "is_active", False)],
    "operatory-detail": [("name", "New", "is_active", False)],
    "scheduleentry-detail": [("ends", "13:00:00", "begins", "07:00:00")],
    "blockout-detail": [("name", "New", "ends_at", "2027-01-01T00:00:00Z")],
    "sms-gateway-detail": [("access_key", "k", "secret_key", "s"), ("description", "x", "rate_per_second", 7.0)],
    "mail-gateway-detail": [("description", "x", "rate_per_second", 7.0), ("name", "Newer", "status", 0)],
    "smstemplate-detail": [("label", "New", "sms_text", "Hi"), ("template_key", "k", "label", "Newer")],
    "mailtemplate-detail": [("label", "New", "subject", "Hi"), ("from_name", "Bo", "message_plaintext", "Hello")],
    "replytext-detail": [("text", "Hi", "language", "fr"), ("language", "de", "text", "Ho")],
    "surveytemplate-detail": [("name", "New", "description", "x"), ("tts_language", "fr", "name", "Newer")],
    "sectiontemplate-detail": [("question", "New", "retries", 2), ("script", "Hi", "key_1", "Yes")],
    "branchingtemplate-detail": [("keys", "any", "goto", None)],
    "callrequest-detail": [("callerid", "1", "caller_name", "Bo"), ("status", 2, "result", "x")],
}


@pytest.fixture
def world(committed):
    """Return a clinic with a row of every kind."""
    world = factories.world("Riverside")
    visit = admin_rows.create_rows(world, "a", hours=10**5)
    with tenancy.tenant(world.organization.pk):
        alarm = alarms.create(visit.event, now=clock.now(), method=2, sms_template=world.sms_template)
        AlarmRequest.objects.all().delete()
        AlarmRequest.objects.create(alarm=alarm, date=clock.now())
        SectionTemplate.objects.get_or_create(survey=SurveyTemplate.objects.first(), defaults={"question": "Hello"})
    return world


@pytest.fixture
def meet(monkeypatch):
    """Let two requests read their row before either of them writes; where one waits for the other, all go on at once.

    By the server's clock: under libfaketime a wait that times out never does.
    """
    read, arrived, apart = TenantViews.get_object, [], threading.Event()

    def get_object(view):
        row = read(view)
        if view.request.method == "PATCH":
            arrived.append(view)
            both = arrived.index(view) // 2 * 2 + 2
            with connection.cursor() as cursor:
                for _ in range(20):
                    if len(arrived) < both and not apart.is_set():
                        cursor.execute("SELECT pg_sleep(0.05)")
            if len(arrived) < both:
                apart.set()
        return row

    monkeypatch.setattr(TenantViews, "get_object", get_object)


def at_once(world, address, bodies):
    """Send each body at the same moment, on a connection of its own; return the answers."""
    answers = {}

    def run(number):
        try:
            answers[number] = client_of(world.owner).patch(address, bodies[number])
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=(number,)) for number in range(len(bodies))]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=HANG)
    return [answers[number] for number in range(len(bodies))]


def test_of_two_changes_at_once_none_is_lost(world, meet):
    lost, races = {}, 0
    for name, pairs in PAIRS.items():
        route = routes.named(name)
        address = route.address_of(routes.row_of(route, world))
        for one, first, two, second in pairs[:TAKEN]:
            answers = at_once(world, address, [{one: first}, {two: second}])
            told = client_of(world.owner).get(address).json()
            found = silent_changes.unkept({one: first, two: second}, told)
            statuses = [answer.status_code for answer in answers]
            if found or statuses != [200, 200]:
                lost[name, one, two] = statuses, found, [answer.content[:200] for answer in answers]
            races += 1
    assert not lost, "\n".join(map(str, lost.items()))
    assert races == sum(len(pairs[:TAKEN]) for pairs in PAIRS.values())
    secrets = Gateway.objects.unscoped().get(channel="sms").secrets
    assert (secrets["access_key"], secrets["secret_key"]) == ("k", "s")
