"""Events and alarms, written and acted upon in the admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts import tenancy
from calendars.engine.states import AlarmState, AlarmStatus, EventStatus
from calendars.models import Alarm, CalendarUser, Event, Rule
from notifications.engine import explanations
from tests import factories
from tests.clients import supporter_of
from tests.factories import NOW

NO_ALARMS = {"alarms-TOTAL_FORMS": 0, "alarms-INITIAL_FORMS": 0}


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.manager)
    return client


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def event_form(world, **fields):
    return {
        "title": "Visit",
        "calendar": world.calendar.pk,
        "creator": world.calendar_user.pk,
        "start_0": "2026-11-25",
        "start_1": "09:00",
        **NO_ALARMS,
        **fields,
    }


def rows(world, model):
    with tenancy.tenant(world.organization.pk):
        return list(model.objects.order_by("pk"))


def test_event_is_read_on_the_clinics_wall_clock(desk, world):
    desk.post("/admin/calendars/event/add/", event_form(world))
    (event,) = rows(world, Event)
    assert event.start == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert event.end - event.start == timedelta(hours=1)
    assert event.time_zone == "America/New_York"


def test_list_tells_the_start_as_a_person_does(desk, world):
    factories.event(world, start=datetime(2026, 11, 25, 14, 0, tzinfo=UTC))
    assert "Wed 25 Nov 2026, 09:00 EST" in desk.get("/admin/calendars/event/").content.decode()


def test_series_is_expanded_at_once(desk, world):
    rule = Rule.objects.get(name="Daily")
    until = {"end_recurring_period_0": "2026-11-28", "end_recurring_period_1": "12:00"}
    desk.post("/admin/calendars/event/add/", event_form(world, rule=rule.pk, **until))
    assert len(rows(world, Event)) == 4


def test_end_before_start_is_an_error_of_the_field(desk, world):
    data = event_form(world, end_0="2026-11-25", end_1="08:00")
    response = desk.post("/admin/calendars/event/add/", data)
    assert response.context["adminform"].form.errors == {"end": ["The end must be later than the start."]}
    assert rows(world, Event) == []


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("start", {"start_0": "0001-01-01"}),
        ("start", {"start_0": "9999-12-31", "start_1": "23:59"}),
        ("end_recurring_period", {"end_recurring_period_0": "9999-12-31", "end_recurring_period_1": "23:59"}),
        ("start", {"start_0": "9999-12-31", "start_1": "23:59", "all_day": "on"}),
        ("time_zone", {"time_zone": "Mars/Base"}),
        ("data", {"data": "[1]"}),
        ("data", {"data": r'{"room": "\u0000"}'}),
    ],
)
def test_what_cannot_be_is_an_error_of_its_field(desk, world, field, given):
    event = factories.event(world)
    before = rows(world, Event)[0].__dict__
    page = f"/admin/calendars/event/{event.pk}/change/"
    response = desk.post(page, event_form(world, time_zone="UTC") | given)
    assert list(response.context["adminform"].form.errors) == [field]
    assert {**rows(world, Event)[0].__dict__, "_state": None} == {**before, "_state": None}


def test_moving_an_event_moves_its_alarm(desk, world):
    event = factories.event(world)
    alarm = factories.alarm(world, event, advance_notice=3600)
    data = event_form(world, **NO_ALARMS | {"alarms-INITIAL_FORMS": 0})
    desk.post(f"/admin/calendars/event/{event.pk}/change/", data | {"time_zone": event.time_zone})
    (moved,) = rows(world, Alarm)
    assert moved.pk == alarm.pk
    assert moved.due_at == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


def test_alarm_is_added_on_the_page_of_its_event(desk, world):
    event = factories.event(world, contact=factories.contact(world))
    row = {
        "alarms-TOTAL_FORMS": 1,
        "alarms-0-method": 2,
        "alarms-0-advance_notice": 7200,
        "alarms-0-event": event.pk,
        "alarms-0-sms_template": world.sms_template.pk,
    }
    data = event_form(
        world, start_0="2026-11-25", start_1="04:00", end_0="2026-11-25", end_1="04:30", contact=event.contact_id
    )
    response = desk.post(f"/admin/calendars/event/{event.pk}/change/", data | row)
    assert response.status_code == 302, response.context["errors"]
    (alarm,) = rows(world, Alarm)
    assert alarm.due_at == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verb", "check"),
    [
        ("pause", lambda event: event.status == EventStatus.PAUSED),
        ("cancel", lambda event: event.cancelled_at == NOW),
    ],
)
def test_verb_on_an_event(desk, world, verb, check):
    event = factories.event(world)
    response = desk.post(f"/admin/calendars/event/{event.pk}/do/{verb}/")
    assert response.headers["Location"] == f"/admin/calendars/event/{event.pk}/change/"
    assert check(rows(world, Event)[0])


def test_get_changes_nothing(desk, world):
    event = factories.event(world)
    desk.get(f"/admin/calendars/event/{event.pk}/do/cancel/")
    assert rows(world, Event)[0].cancelled_at is None


def test_action_on_the_list_tells_what_was_refused(desk, world):
    done, gone = factories.event(world), factories.event(world, cancelled_at=NOW)
    data = {"action": "pause", "_selected_action": [done.pk, gone.pk]}
    response = desk.post("/admin/calendars/event/", data)
    assert said(response) == ["1 event paused.", "The event is cancelled and can no longer change."]


def test_alarm_is_sent_now(desk, world):
    alarm = factories.alarm(world, factories.event(world))
    desk.post(f"/admin/calendars/alarm/{alarm.pk}/do/send_now/")
    assert rows(world, Alarm)[0].due_at == NOW


def test_alarm_that_did_not_fail_is_not_retried(desk, world):
    alarm = factories.alarm(world, factories.event(world), status=AlarmStatus.SUCCESS)
    response = desk.post(f"/admin/calendars/alarm/{alarm.pk}/do/retry/")
    assert said(response) == ["Only an alarm that failed can be tried again."]


def test_alarm_is_made_for_the_start_of_its_event(desk, world):
    event = factories.event(world, contact=factories.contact(world))
    data = {
        "event": event.pk,
        "method": 2,
        "advance_notice": 0,
        "daily_start": "00:00",
        "daily_stop": "23:59:59",
        "maxretry": 0,
        "retry_delay": 0,
        "sms_template": world.sms_template.pk,
        "requests-TOTAL_FORMS": 0,
        "requests-INITIAL_FORMS": 0,
    }
    assert desk.post("/admin/calendars/alarm/add/", data).status_code == 302
    assert rows(world, Alarm)[0].date_start_notice == event.start


def test_alarm_page_says_why_it_was_not_sent(desk, world):
    alarm = factories.alarm(world, factories.event(world), state="failed", reason="no_recipient", status=3)
    page = desk.get(f"/admin/calendars/alarm/{alarm.pk}/change/").content.decode()
    assert "Why was this not sent?" in page
    assert "There is no phone number or e-mail address to send it to." in page


def test_deleting_an_event_takes_its_alarms_along(desk, world):
    event = factories.event(world)
    factories.alarm(world, event)
    desk.post(f"/admin/calendars/event/{event.pk}/delete/", {"post": "yes"})
    assert rows(world, Event) == rows(world, Alarm) == []


def test_calendar_user_gets_a_profile_and_a_hidden_password(desk, world):
    data = {"username": "dr-who", "new_password": "tardis tardis"}
    response = desk.post("/admin/calendars/calendaruser/add/", data, follow=True)
    with tenancy.tenant(world.organization.pk):
        made = CalendarUser.objects.get(username="dr-who")
        assert made.profile.manager == world.manager
    page = desk.get(f"/admin/calendars/calendaruser/{made.pk}/change/").content.decode()
    assert made.password
    assert made.password not in page + response.content.decode()


def test_taken_username_is_an_error_of_the_form(desk, world):
    response = desk.post("/admin/calendars/calendaruser/add/", {"username": "riverside-doctor"})
    assert response.status_code == 200
    assert "already exists" in str(response.context["adminform"].form.errors)


def test_rules_are_written_by_platform_administrators_only(desk):
    assert desk.get("/admin/calendars/rule/add/").status_code == 403
    assert desk.get("/admin/calendars/rule/").status_code == 200


@pytest.mark.parametrize("state", list(AlarmState))
def test_every_state_of_an_alarm_has_words(state):
    assert explanations.explain(state).headline


def test_supporter_writes_inside_the_organization(world, other, clock):
    client = supporter_of(world)
    client.post("/admin/calendars/event/add/", event_form(world))
    response = client.post("/admin/calendars/event/add/", event_form(world, calendar=other.calendar.pk))
    assert list(response.context["adminform"].form.errors) == ["calendar"]
    assert [event.organization for event in rows(world, Event)] == [world.organization]
    assert rows(other, Event) == []


def alarm_form(event, **fields):
    return {
        "event": event.pk,
        "method": 2,
        "advance_notice": 0,
        "daily_start": "00:00",
        "daily_stop": "23:59:59",
        "maxretry": 0,
        "retry_delay": 0,
        "requests-TOTAL_FORMS": 0,
        "requests-INITIAL_FORMS": 0,
        **fields,
    }


def test_new_alarm_is_a_text_a_day_before_in_the_only_text(desk, world):
    event = factories.event(world)
    page = desk.get(f"/admin/calendars/event/{event.pk}/change/")
    with tenancy.tenant(world.organization.pk):
        inline = page.context["inline_admin_formsets"][0].formset.empty_form
    for form in (inline, desk.get("/admin/calendars/alarm/add/").context["adminform"].form):
        given = [form.get_initial_for_field(form.fields[name], name) for name in ("method", "advance_notice")]
        assert [*given, form.initial["sms_template"]] == [2, 86_400, world.sms_template.pk]


def test_alarm_is_added_with_what_was_preselected(desk, world):
    event = factories.event(world, contact=factories.contact(world))
    data = alarm_form(event, advance_notice=86_400, sms_template=world.sms_template.pk)
    assert desk.post("/admin/calendars/alarm/add/", data).status_code == 302
    (alarm,) = rows(world, Alarm)
    assert (alarm.advance_notice, alarm.sms_template_id) == (86_400, world.sms_template.pk)


@pytest.mark.parametrize(("method", "field"), [(1, "survey"), (2, "sms_template"), (3, "mail_template")])
def test_alarm_that_could_never_be_sent_is_refused(desk, world, method, field):
    response = desk.post("/admin/calendars/alarm/add/", alarm_form(factories.event(world), method=method))
    assert list(response.context["adminform"].form.errors) == [field]
    assert rows(world, Alarm) == []


def test_call_with_number_survey_and_gateway_is_accepted_on_both_pages(desk, world):
    event = factories.event(world, contact=factories.contact(world))
    given = {"method": 1, "advance_notice": 7200, "survey": world.survey.pk}
    response = desk.post("/admin/calendars/alarm/add/", alarm_form(event, **given))
    assert response.status_code == 302, response.context["errors"]
    row = {f"alarms-0-{name}": value for name, value in given.items()}
    page = f"/admin/calendars/event/{event.pk}/change/"
    response = desk.post(page, event_form(world, contact=event.contact_id, **{**row, "alarms-TOTAL_FORMS": 1}))
    assert response.status_code == 302, response.context["errors"]
    assert [(alarm.method, alarm.survey_id) for alarm in rows(world, Alarm)] == [(1, world.survey.pk)] * 2


def test_row_of_an_events_page_names_what_its_alarm_lacks(desk, world):
    event = factories.event(world)
    row = {
        "alarms-TOTAL_FORMS": 1,
        "alarms-0-method": 2,
        "alarms-0-advance_notice": 0,
        "alarms-0-event": event.pk,
        "alarms-0-sms_template": world.sms_template.pk,
    }
    response = desk.post(f"/admin/calendars/event/{event.pk}/change/", event_form(world, **NO_ALARMS | row))
    [errors] = response.context["inline_admin_formsets"][0].formset.errors
    assert list(errors) == ["alarm_phonenumber"]
    assert rows(world, Alarm) == []


def test_event_with_an_imported_call_can_still_be_saved(desk, world):
    event = factories.event(world)
    alarm = factories.alarm(world, event, method=1)
    row = {
        "alarms-TOTAL_FORMS": 1,
        "alarms-INITIAL_FORMS": 1,
        "alarms-0-id": alarm.pk,
        "alarms-0-event": event.pk,
        "alarms-0-method": 1,
        "alarms-0-advance_notice": 0,
        "alarms-0-sms_template": world.sms_template.pk,
        "alarms-0-mail_template": world.mail_template.pk,
    }
    response = desk.post(f"/admin/calendars/event/{event.pk}/change/", event_form(world, time_zone="UTC", **row))
    assert response.status_code == 302, response.context["errors"]


@pytest.mark.parametrize("known", [True, False])
def test_new_event_is_written_together_with_its_alarm(desk, world, known):
    contact = factories.contact(world, phone="+15551234567" if known else "")
    row = {
        "alarms-TOTAL_FORMS": 1,
        "alarms-0-method": 2,
        "alarms-0-advance_notice": 0,
        "alarms-0-sms_template": world.sms_template.pk,
    }
    desk.post("/admin/calendars/event/add/", event_form(world, contact=contact.pk, **NO_ALARMS | row))
    assert (len(rows(world, Event)), len(rows(world, Alarm))) == ((1, 1) if known else (0, 0))
