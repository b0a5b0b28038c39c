"""An alarm that could never reach anybody is refused when it is saved, by the field that is missing."""

from datetime import timedelta

import pytest

from calendars.engine.states import AlarmMethod
from calendars.errors import NoGateway, NoRecipient, NoSurvey, NoTemplate
from calendars.models import Alarm, CalendarSetting, CalendarUserProfile
from calendars.services.alarms import alarms
from contacts.models import ContactEmail, ContactPhone
from notifications.models import Gateway

pytestmark = pytest.mark.django_db
CALL, SMS, EMAIL = AlarmMethod


@pytest.fixture
def whole(inside):
    """Return a function that names everything which an alarm of a method needs."""
    given = {CALL: {"survey": inside.survey}, SMS: {}, EMAIL: {"mail_template": inside.mail_template}}
    return lambda method, **fields: {"method": method, **given[method], **fields}


@pytest.mark.parametrize("method", AlarmMethod)
def test_whole_alarm_is_taken(make, remind, whole, method):
    assert remind(make(), **whole(method)).method == method


@pytest.mark.parametrize(
    ("method", "error", "field"),
    [(CALL, NoSurvey, "survey"), (SMS, NoTemplate, "sms_template"), (EMAIL, NoTemplate, "mail_template")],
)
def test_alarm_without_content_names_the_field(make, remind, method, error, field):
    with pytest.raises(error) as caught:
        remind(make(), **{"method": method, "sms_template": None})
    assert caught.value.field == field
    assert not Alarm.objects.exists()


@pytest.mark.parametrize(("method", "rows"), [(CALL, ContactPhone), (SMS, ContactPhone), (EMAIL, ContactEmail)])
def test_alarm_for_a_contact_whom_the_method_does_not_reach_names_the_target(make, remind, whole, method, rows):
    rows.objects.all().delete()
    field = "alarm_email" if method == EMAIL else "alarm_phonenumber"
    with pytest.raises(NoRecipient) as caught:
        remind(make(), **whole(method))
    assert (caught.value.field, caught.value.message.endswith("the contact has none; write one here.")) == (field, True)


def test_event_without_contact_needs_a_number_on_the_alarm(make, remind):
    with pytest.raises(NoRecipient) as caught:
        remind(make(contact=None))
    assert caught.value.field == "alarm_phonenumber"
    assert remind(make(contact=None), alarm_phonenumber="+15551234567").alarm_phonenumber == "+15551234567"


@pytest.mark.parametrize(("method", "gateway"), [(SMS, "sms_gateway"), (EMAIL, "mail_gateway")])
def test_setting_without_gateway_refuses_the_method(make, remind, whole, method, gateway):
    CalendarSetting.objects.update(**{gateway: None})
    Gateway.objects.filter(channel="email").update(status=Gateway.Status.INACTIVE)
    with pytest.raises(NoGateway) as caught:
        remind(make(), **whole(method))
    assert caught.value.field == "method"


def test_creator_without_profile_has_no_gateway(make, remind):
    CalendarUserProfile.objects.all().delete()
    with pytest.raises(NoGateway):
        remind(make())


def test_alarm_cannot_be_changed_into_one_that_lacks_something(make, remind, clock):
    alarm = remind(make())
    with pytest.raises(NoTemplate) as caught:
        alarms.change(alarm, now=clock.at, method=EMAIL)
    assert caught.value.field == "mail_template"
    assert Alarm.objects.get().method == SMS


def link(kind, row):
    return f"http://x/rest-api/{kind}/{row.pk}/"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"method": 1}, "survey", "no_survey"),
        ({"method": 2}, "sms_template", "no_template"),
        ({"method": 3}, "mail_template", "no_template"),
        ({"method": 9}, "method", "invalid"),
        ({"url_confirm": "ftp://example.org/"}, "url_confirm", "bad_address"),
        ({"url_cancel": "javascript:alert(1)"}, "url_cancel", "bad_address"),
        ({"url_cancel": "http://"}, "url_cancel", "bad_address"),
        ({"phonenumber_transfer": "sofia/gateway/x/1"}, "phonenumber_transfer", "bad_phone"),
        ({"phonenumber_sms_failure": "nobody"}, "phonenumber_sms_failure", "bad_phone"),
        ({"alarm_email": "nobody"}, "alarm_email", "invalid"),
        ({"daily_start": "25:00"}, "daily_start", "invalid"),
        ({"advance_notice": -1}, "advance_notice", "invalid"),
        ({"retry_delay": 10**12}, "retry_delay", "invalid"),
        ({"maxretry": "often"}, "maxretry", "invalid"),
        ({"result": 7}, "result", "invalid"),
    ],
)
def test_rest_names_the_field(api, make, inside, fields, field, code):
    least = {"event": link("event", make()), "method": 2}
    if "method" not in fields:
        least["sms_template"] = link("sms-template", inside.sms_template)
    answer = api.post("/rest-api/alarm/", {**least, **fields})
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, [field, "code"], code)
    assert not Alarm.objects.exists()


def test_every_setting_of_the_older_module_is_kept(api, make, inside):
    settings = {
        "alarm_phonenumber": "+15551234567",
        "alarm_email": "ana@example.org",
        "daily_start": "09:00:00",
        "daily_stop": "18:00:00",
        "advance_notice": 600,
        "maxretry": 3,
        "retry_delay": 300,
        "method": 1,
        "url_cancel": "http://crm.example.org/no?id=1",
        "url_confirm": "https://crm.example.org/yes",
        "phonenumber_transfer": "+15550001111",
        "phonenumber_sms_failure": "+15550002222",
        "result": 0,
        "status": 1,
    }
    links = {
        "event": link("event", make()),
        "survey": link("sealed-survey", inside.survey),
        "mail_template": link("mail-template", inside.mail_template),
        "sms_template": link("sms-template", inside.sms_template),
    }
    made = api.post("/rest-api/alarm/", {**settings, **links}).json()
    assert {name: made[name] for name in settings} == settings
    assert {name: made[name].removeprefix("http://testserver") for name in links} == {
        name: address.removeprefix("http://x") for name, address in links.items()
    }


def test_several_alarms_of_one_event_leave_on_their_own_channels(make, remind, whole):
    event = make()
    made = [remind(event, **whole(method, advance_notice=hours * 3600)) for method, hours in ((SMS, 24), (EMAIL, 2))]
    assert [(alarm.method, event.start - alarm.due_at) for alarm in made] == [
        (SMS, timedelta(hours=24)),
        (EMAIL, timedelta(hours=2)),
    ]
