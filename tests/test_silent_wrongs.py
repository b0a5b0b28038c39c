"""Wrong input is refused by name, where it was once taken in silence: what is sent is kept, or 400 says which field."""

import pytest
from django.db import IntegrityError
from django.test import Client

from appointments.engine import csv_visits
from calendars.models import Calendar, Event
from config.kernel import known_codes
from config.kernel.api.error_responses import exception_handler
from contacts.engine import phones
from contacts.errors import BadPhone
from contacts.models import Contact
from tests import factories
from tests.routes import everything, is_rest

pytestmark = pytest.mark.django_db
REST = "http://testserver/rest-api"


@pytest.fixture
def rows(clock, inside):
    """Return the addresses of rows of the clinic, by their kind."""
    contact, event = factories.contact(inside), factories.event(inside)
    return {
        "contact": f"{REST}/contact/{contact.pk}/",
        "event": f"{REST}/event/{event.pk}/",
        "calendar": f"{REST}/calendar/{inside.calendar.pk}/",
        "creator": f"{REST}/calendar-user/{inside.calendar_user.pk}/",
        "setting": f"{REST}/calendar-setting/{inside.setting.pk}/",
        "profile": f"{REST}/calendar-user-profile/{inside.calendar_user.pk}/",
        "alarm": f"{REST}/alarm/{factories.alarm(inside, event).pk}/",
        "template": f"{REST}/sms-template/{inside.sms_template.pk}/",
    }


def filled(body, rows):
    """Return a body with addresses in place of `@kind`."""
    return {name: rows[value[1:]] if str(value).startswith("@") else value for name, value in body.items()}


VISIT = {"contact": "@contact", "calendar": "@calendar", "starts_at": "2027-02-02T10:00"}
EVENT = {"title": "Check", "calendar": "@calendar", "creator": "@creator"}
GATEWAY = {"name": "New", "driver": "flowroute", "access_key": "a", "secret_key": "b"}
REFUSED = [
    ("contact", {"first_name": "Ana", "surname": "Lopez"}, "surname"),
    ("contact", {"first_name": "Ana", "phones": [{"number": "+12125550187", "kind": "x"}]}, "phones"),
    ("contact", {"first_name": "Ana", "emails": [{"email": "a@example.com", "type": "x"}]}, "emails"),
    ("contact", {}, "first_name"),
    ("contact", {"first_name": " ", "language": "en"}, "first_name"),
    ("contact", {"first_name": "Ana", "phones": ["1234567"]}, "phones"),
    ("contact", {"first_name": "Ana", "language": "xx"}, "language"),
    ("contact", {"first_name": "Ana", "time_zone": "localtime"}, "time_zone"),
    ("contact", {"first_name": "Ana", "time_zone": "Factory"}, "time_zone"),
    ("contact", {"first_name": "Ana", "time_zone": "posix/Europe/Paris"}, "time_zone"),
    ("clinic", {"name": "North", "time_zone": "right/Europe/Paris"}, "time_zone"),
    ("appointment", {**VISIT, "starts_at": "2027-02-02"}, "starts_at"),
    ("appointment", {**VISIT, "ends_at": "20270203"}, "ends_at"),
    ("appointment", {**VISIT, "status": "zzz"}, "status"),
    ("appointment", {**VISIT, "time_zone": "posix/Europe/Paris"}, "time_zone"),
    ("appointment", {**VISIT, "ends_at": "2027-02-02T09:00"}, "ends_at"),
    ("appointment", {**VISIT, "titel": "x"}, "titel"),
    ("event", {**EVENT, "start": "2027-02-02"}, "start"),
    ("event", {**EVENT, "start": "2027-02-02", "all_day": False}, "start"),
    ("event", {**EVENT, "end_recurring_period": "2027-03-02"}, "end_recurring_period"),
    ("event", {**EVENT, "time_zone": "localtime"}, "time_zone"),
    ("event", {**EVENT, "recurrence": ["EXDATE;TZID=Factory:20270202T090000"]}, "recurrence"),
    ("api-key", {"name": "x", "expires_at": "2027-02-02"}, "expires_at"),
    ("sms-gateway", {**GATEWAY, "rate_per_second": -1}, "rate_per_second"),
    ("sms-gateway", {**GATEWAY, "rate_per_second": "nan"}, "rate_per_second"),
    ("sms-gateway", {**GATEWAY, "rate_per_second": 0}, "rate_per_second"),
    ("reply-text", {"key": "confirmed", "language": "english", "text": "x"}, "language"),
    ("survey-template", {"name": "x", "tts_language": "zz"}, "tts_language"),
    ("calendar-user", {"username": "x", "password": "y", "groups": [], "is_staff": True}, "is_staff"),
]


@pytest.mark.parametrize(("kind", "body", "field"), REFUSED)
def test_what_is_wrong_is_400_naming_the_field(api, rows, kind, body, field):
    answer = api.post(f"/rest-api/{kind}/", filled(body, rows))
    assert answer.status_code == 400, answer.json()
    assert set(answer.json()) == {field, "code"}


CHANGES_REFUSED = [
    ("contact", {"first_name": "", "last_name": "", "phones": []}, "first_name"),
    ("event", {"calendar": f"{REST}/calendar/١/"}, "calendar"),
    ("profile", {"calendar_setting": "١"}, "calendar_setting"),
    ("profile", {"language": "zz"}, "language"),
    ("event", {"start": "2027-02-02"}, "start"),
    ("alarm", {"daily_start": "09:00+05:00"}, "daily_start"),
]


@pytest.mark.parametrize(("kind", "body", "field"), CHANGES_REFUSED)
def test_wrong_change_is_400_naming_the_field(api, rows, kind, body, field):
    answer = api.patch(rows[kind], body)
    assert (answer.status_code, set(answer.json())) == (400, {field, "code"})


ACTIONS = [
    ("event", "cancel/", {"reasons": "x"}, "reasons"),
    ("event", "pause/", {"until": "2027"}, "until"),
    ("event", "update_last_child_status/", {"status": 3, "state": 1}, "state"),
    ("contact", "erase/", {"really": False}, "really"),
]


@pytest.mark.parametrize(("kind", "part", "body", "field"), ACTIONS)
def test_action_refuses_what_it_does_not_know(api, rows, kind, part, body, field):
    send = api.patch if "last_child" in part else api.post
    answer = send(rows[kind] + part, body)
    assert (answer.status_code, set(answer.json())) == (400, {field, "code"})


QUERIES = [
    ("event/", "calender=1", "calender"),
    ("event/", "ordering=zzz", "ordering"),
    ("event/", "ordering=start,zzz", "ordering"),
    ("event/", "is_cancelled=perhaps", "is_cancelled"),
    ("event/", "all_day=perhaps", "all_day"),
    ("event/", "calendar=١", "calendar"),
    ("event/", "status=1&status=2", "status"),
    ("event/", "page_size=0", "page_size"),
    ("event/", "page_size=ten", "page_size"),
    ("contact/", "limit=0", "limit"),
    ("contact/", "limit=-1", "limit"),
    ("contact/", "limit=٣", "limit"),
    ("contact/", "offset=x", "offset"),
    ("contact/", "page=2", "page"),
    ("contact/", "surname=x", "surname"),
    ("appointment/", "page_size=0", "page_size"),
    ("appointment/", "ordering=title", "ordering"),
    ("content-type/", "modell=x", "modell"),
    ("closure/holidays/", "jahr=2027", "jahr"),
    ("calendar/{calendar}/imports/", "undone=1", "undone"),
    ("calendar/{calendar}/", "edit=all", "edit"),
]


@pytest.mark.parametrize(("part", "query", "name"), QUERIES)
def test_what_is_wrong_in_an_address_is_400_naming_the_parameter(api, clock, inside, part, query, name):
    answer = api.get(f"/rest-api/{part.format(calendar=inside.calendar.pk)}?{query}")
    assert (answer.status_code, set(answer.json())) == (400, {name, "code"})


KNOWN = [
    "event/?status=1&is_cancelled=false&all_day=true&search=x&ordering=-start,title&page=1&page_size=5&format=json",
    "contact/?limit=5&offset=0&starts_with=A",
    "appointment/?page_size=5000&ordering=-starts_at&start_from=2027-02-02",
    "calendar-user/?shape=newfies",
    "calendar/{calendar}/imports/?undone_at__isnull=true",
]


@pytest.mark.parametrize("part", KNOWN)
def test_what_is_known_in_an_address_is_taken(api, clock, inside, part):
    assert api.get(f"/rest-api/{part.format(calendar=inside.calendar.pk)}").status_code == 200


def test_digits_of_other_scripts_are_no_addresses(api, clock, inside):
    numbers = {"calendar": inside.calendar.pk, "rule": 1, "content-type": 1, "event": factories.event(inside).pk}
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    for kind, number in numbers.items():
        assert api.get(f"/rest-api/{kind}/{number}/").status_code == 200
        assert api.get(f"/rest-api/{kind}/{str(number).translate(arabic)}/").status_code == 404
    assert api.get("/rest-api/event/?page=١").status_code == 404


def test_name_that_stands_in_a_body_twice_is_400(api, rows):
    body = b'{"title": "One", "data": {"a": 1, "a": 2}}'
    for text in (body, b'{"title": "One", "title": "Two"}'):
        answer = api.generic("PATCH", rows["event"], text, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_every_list_knows_its_parameters(api, clock, inside):
    # The older contact service ignored them.
    names = [route for route in everything() if route.name.endswith("-list") and not route.name.startswith("crm-")]
    lists = [route for route in names if is_rest(route)]
    assert len(lists) > 20
    for route in lists:
        address = route.url(**dict.fromkeys(route.groups, inside.calendar.pk))
        assert api.get(address, {"zzz": 1}).json().get("zzz"), address


@pytest.mark.parametrize("status", ["scheduled", "confirmed"])
def test_visit_is_booked_in_the_status_that_is_sent(api, rows, status):
    made = api.post("/rest-api/appointment/", filled({**VISIT, "status": status}, rows)).json()
    assert made["status"] == status


def test_unknown_field_comes_with_a_hint_and_with_the_other_errors(api, rows):
    answer = api.post("/rest-api/event/", filled({**EVENT, "titel": "x", "status": 9}, rows)).json()
    assert set(answer) == {"titel", "status", "code"}
    assert answer["titel"] == ["There is no such field. Did you mean “title”?"]


def test_whole_answer_can_be_sent_back(api, rows):
    for kind in ("event", "contact", "calendar", "setting", "profile", "template"):
        told = api.get(rows[kind]).json()
        assert api.put(rows[kind], told).status_code == 200, kind


def test_nothing_is_kept_of_what_is_refused(api, rows):
    before = [Event.objects.count(), Contact.objects.count(), Calendar.objects.count()]
    for kind, body, _field in REFUSED:
        api.post(f"/rest-api/{kind}/", filled(body, rows))
    assert [Event.objects.count(), Contact.objects.count(), Calendar.objects.count()] == before


NO_ZONES = ["a", "localtime", "Factory", "posix/UTC", "right/UTC"]
NO_LANGUAGES = ["xx", "english", "en-XX", "und", "root", "", "de-"]
CODES = [
    (known_codes.is_zone, ["Europe/Paris", "UTC", "Etc/GMT+5"], NO_ZONES),
    (known_codes.is_language, ["en", "pt-br", "pt_BR", "zh-hant"], NO_LANGUAGES),
]


@pytest.mark.parametrize(("is_known", "known", "unknown"), CODES)
def test_codes_that_are_known(is_known, known, unknown):
    assert [code for code in known + unknown if is_known(code)] == known


def test_number_that_is_possible_in_its_area_only_is_none():
    assert phones.normalise_phone("2125550187", "US") == "+12125550187"
    with pytest.raises(BadPhone):
        phones.normalise_phone("5550187", "US")


def test_table_of_visits_knows_the_same_zones_and_languages():
    assert csv_visits._zone("Europe/Paris") == "Europe/Paris"
    for read, wrong in ((csv_visits._zone, "localtime"), (csv_visits._language, "xx")):
        with pytest.raises(ValueError, match=wrong):
            read(wrong)


def test_values_that_only_the_table_refuses_are_400():
    class Violation(Exception):
        pgcode = "23514"

    error = IntegrityError()
    error.__cause__ = Violation()
    answer = exception_handler(error, {})
    assert (answer.status_code, answer.data["code"]) == (400, "invalid")


def test_admin_refuses_an_empty_contact_and_a_negative_rate(inside, clock):
    page = Client()
    page.force_login(inside.owner)
    none = {f"{rows}-{part}_FORMS": 0 for rows in ("phones", "emails", "addresses") for part in ("TOTAL", "INITIAL")}
    assert page.post("/admin/contacts/contact/add/", none).status_code == 200
    assert not Contact.objects.exists()
    assert page.post("/admin/contacts/contact/add/", {**none, "external_id": "7"}).status_code == 302
    gateway = {"name": "New", "driver": "generic_http", "status": 1, "rate_per_second": -1}
    told = page.post("/admin/notifications/gateway/add/", gateway).context["adminform"].errors
    assert "rate_per_second" in told


def test_gateway_keeps_its_channel(inside, clock):
    page = Client()
    page.force_login(inside.owner)
    text = {"name": "Text", "channel": "email", "driver": "smtp", "status": 1, "rate_per_second": 5}
    told = page.post(f"/admin/notifications/gateway/{inside.sms_gateway.pk}/change/", text).context["adminform"].errors
    assert "channel" in told
