"""What programs written for the older interface rely on: forms, optional parts of a setting, names in errors."""

from datetime import timedelta

import pytest

from calendars.models import Alarm, AlarmRequest, Calendar, CalendarSetting, Event
from calendars.services.alarms import alarm_queueing
from notifications.models import Delivery, Gateway
from surveys.models import SectionTemplate, SurveyTemplate
from tests import factories

pytestmark = pytest.mark.django_db
REST = "http://testserver/rest-api"
DATA = {"doctor_name": "Herbert"}


@pytest.fixture
def event(inside, clock):
    """Return an event that has data, and that all-day programs would call whole days."""
    return factories.event(inside, data=DATA, contact=factories.contact(inside, email="ana@example.com"))


def form(api, method, address, text):
    """Send a form."""
    return getattr(api, method)(address, text, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("title=New", DATA),
        ("data=%7B%22a%22%3A+%7B%22b%22%3A+%5B1%5D%7D%7D", {"a": {"b": [1]}}),
        ("data=", None),
        ("data.a=1", {"a": "1"}),
    ],
)
def test_data_of_a_form(api, event, text, kept):
    assert form(api, "patch", f"/rest-api/event/{event.pk}/", text).status_code == 200
    assert Event.objects.get(pk=event.pk).data == kept


@pytest.mark.parametrize("text", ["data=%7Bno", "data=%5B1%5D", "data=7"])
def test_data_of_a_form_that_is_no_object_is_400(api, event, text):
    answer = form(api, "patch", f"/rest-api/event/{event.pk}/", text)
    assert (answer.status_code, set(answer.json())) == (400, {"data", "code"})
    assert Event.objects.get(pk=event.pk).data == DATA


def test_boolean_that_a_form_leaves_out_has_its_default(api, inside, clock):
    survey = SurveyTemplate.objects.create(name="x", user=inside.owner)
    body = f"survey={REST}/survey-template/{survey.pk}/&question=How+many"
    assert form(api, "post", "/rest-api/section-template/", body).status_code == 201
    row = SectionTemplate.objects.get()
    assert (row.validate_number, row.completed) == (True, False)
    address = f"/rest-api/section-template/{row.pk}/"
    assert form(api, "put", address, body + "&completed=true").json()["completed"] is True
    assert form(api, "put", address, body).json()["completed"] is True
    # An unticked box of a page is absent, too; such a form carries its token.
    assert form(api, "put", address, body + "&csrfmiddlewaretoken=x").json()["completed"] is False


def test_setting_needs_neither_survey_nor_voice_gateway_until_there_are_calls(api, inside, event):
    made = api.post("/rest-api/calendar-setting/", {"label": "Texts only"})
    assert (made.status_code, made.json()["survey"], made.json()["aleg_gateway"]) == (201, None, None)
    CalendarSetting.objects.update(survey=None, aleg_gateway=None)
    call = {"event": f"{REST}/event/{event.pk}/", "method": 1, "survey": f"{REST}/sealed-survey/{inside.survey.pk}/"}
    answer = api.post("/rest-api/alarm/", call)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_gateway")


@pytest.mark.parametrize(
    ("field", "kind", "other"),
    [
        ("sms_gateway", "sms-gateway", "mail_gateway"),
        ("sms_gateway", "mail-gateway", "mail_gateway"),
        ("mail_gateway", "mail-gateway", "sms_gateway"),
        ("aleg_gateway", "gateway", "sms_gateway"),
    ],
)
def test_gateway_of_another_channel_is_refused(api, inside, clock, field, kind, other):
    body = {field: f"{REST}/{kind}/{getattr(inside, other).pk}/"}
    answer = api.patch(f"/rest-api/calendar-setting/{inside.setting.pk}/", body)
    assert (answer.status_code, set(answer.json())) == (400, {field, "code"})


def test_email_leaves_through_the_organizations_mail_gateway(api, inside, event, clock):
    CalendarSetting.objects.update(mail_gateway=None)
    Gateway.objects.create(name="Off", channel="email", status=0, rate_per_second=1)
    body = {"event": f"{REST}/event/{event.pk}/", "method": 3}
    body["mail_template"] = f"{REST}/mail-template/{inside.mail_template.pk}/"
    assert api.post("/rest-api/alarm/", body).status_code == 201
    clock.set(event.start - timedelta(hours=1))
    Alarm.objects.update(due_at=clock.at)
    alarm_queueing.plan()
    assert Delivery.objects.values_list("gateway", "state").get() == (inside.mail_gateway.pk, "scheduled")


def test_calendar_without_user_says_so(api, inside, clock):
    made = api.post("/rest-api/calendar/", {"name": "Nobody's"}).json()
    assert made["warnings"] == ["It belongs to no calendar user: visits in it have to name a creator, or are refused."]
    contact = f"{REST}/contact/{factories.contact(inside).pk}/"
    body = {"contact": contact, "calendar": made["url"], "starts_at": "2026-12-01T10:00"}
    answer = api.post("/rest-api/appointment/", body)
    assert (answer.status_code, set(answer.json()), answer.json()["code"]) == (400, {"calendar", "code"}, "no_creator")
    user = f"{REST}/calendar-user/{inside.calendar_user.pk}/"
    assert api.patch(made["url"], {"user": user}).json()["warnings"] == []
    assert Calendar.objects.get(name="Nobody's").warnings == []


def test_time_of_an_attempt_is_read_in_the_clinics_zone(api, inside, event):
    alarm = factories.alarm(inside, event)
    body = {"alarm": f"{REST}/alarm/{alarm.pk}/", "date": "2026-11-23T10:00:00"}
    made = api.post("/rest-api/alarm-request/", body).json()
    assert made["date"] == "2026-11-23T10:00:00-05:00"
    assert AlarmRequest.objects.get().date.isoformat() == "2026-11-23T15:00:00+00:00"
    assert api.patch(made["url"], {"date": "2026-11-23T11:00"}).json()["date"] == "2026-11-23T11:00:00-05:00"
    AlarmRequest.objects.update(alarm=None)
    assert api.get(made["url"]).json()["date"] == "2026-11-23T11:00:00-05:00"


def test_what_was_called_off_has_not_failed(api, inside, event):
    alarm = factories.alarm(inside, event)
    assert api.post(f"/rest-api/event/{event.pk}/cancel/").status_code == 200
    address = f"/rest-api/alarm/{alarm.pk}/"
    told = api.get(address).json()
    assert (told["status"], told["state"]) == (1, "cancelled")
    assert api.get(f"/rest-api/event/{event.pk}/get_list_alarm/").json()[0]["status"] == "1"
    found = [api.get(f"/rest-api/alarm/?status={status}").json()["count"] for status in (1, 3)]
    assert found == [1, 0]
    assert api.put(address, told).status_code == 200
    assert Alarm.objects.values_list("status", "state").get() == (3, "cancelled")
