"""Calendar settings, calendar users, profiles and calendars over REST."""

import pytest

from accounts import tenancy
from calendars.models import CalendarUser, CalendarUserProfile
from calendars.services.alarms import alarm_queueing
from notifications.models import Delivery
from tests import factories
from tests.clients import client_of, key_client

pytestmark = pytest.mark.django_db


def link(kind, pk):
    return f"http://localhost:8000/rest-api/{kind}/{pk}/"


@pytest.fixture
def least(world):
    """Return what a calendar setting needs."""
    return {
        "label": "cal_setting",
        "survey": link("sealed-survey", world.survey.pk),
        "aleg_gateway": link("gateway", world.voice_gateway.pk),
        "sms_gateway": link("sms-gateway", world.sms_gateway.pk),
    }


def test_setting_belongs_to_the_caller_whoever_is_named(api, world, least):
    answer = api.post("/rest-api/calendar-setting/", {**least, "user": link("user", world.staff.pk)})
    assert answer.status_code == 201
    assert answer.json()["user"] == "riverside-owner"
    assert (answer.json()["call_timeout"], answer.json()["voicemail"], answer.json()["amd_behavior"]) == (60, False, 1)


def test_gateway_of_another_channel_does_not_exist(api, world, least):
    answer = api.post(
        "/rest-api/calendar-setting/", {**least, "sms_gateway": link("sms-gateway", world.mail_gateway.pk)}
    )
    assert answer.json()["sms_gateway"] == ["Invalid hyperlink - Object does not exist."]


def test_setting_in_use_cannot_be_deleted(api, world):
    answer = api.delete(f"/rest-api/calendar-setting/{world.setting.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


def test_key_without_a_person_acts_for_the_first_owner(world, least):
    answer = key_client(world).post("/rest-api/calendar-setting/", least)
    assert answer.json()["user"] == "riverside-owner"


def test_calendar_user_is_made_with_a_profile_and_no_password_is_told(api, world):
    body = {"username": "caluser3", "password": "caluser3", "email": "caluser3@gmail.com"}
    made = api.post("/rest-api/calendar-user/", body)
    assert made.status_code == 201
    older = ["url", "username", "last_name", "first_name", "email", "groups"]
    assert list(made.json()) == [*older, "id", "updated_at"]
    with tenancy.tenant(world.organization.pk):
        profile = CalendarUserProfile.objects.get(user__username="caluser3")
    assert (profile.manager, profile.calendar_setting) == (world.owner, world.setting)


def test_no_list_tells_a_password(api, world):
    api.post("/rest-api/calendar-user/", {"username": "a", "password": "hunter2hunter2"})
    for address in ("/rest-api/calendar-user/", f"/rest-api/calendar-user/{world.calendar_user.pk}/"):
        text = api.get(address).content.decode()
        assert "password" not in text
        assert "md5" not in text


def test_taken_username_is_400(api, world):
    answer = api.post("/rest-api/calendar-user/", {"username": world.calendar_user.username, "password": "x" * 10})
    assert (answer.status_code, list(answer.json())) == (400, ["username", "code"])


def test_username_of_another_organization_is_free(api, other):
    body = {"username": other.calendar_user.username, "password": "x" * 10}
    assert api.post("/rest-api/calendar-user/", body).status_code == 201


def test_new_password_is_kept_as_a_hash(api, world):
    api.patch(f"/rest-api/calendar-user/{world.calendar_user.pk}/", {"password": "new secret"})
    with tenancy.tenant(world.organization.pk):
        kept = CalendarUser.objects.get(pk=world.calendar_user.pk).password
    assert kept.startswith("md5$")


def test_profile_is_found_by_the_number_of_its_user(api, clock, world):
    body = {"accountcode": "35365532", "calendar_setting": str(world.setting.pk)}
    told = api.patch(f"/rest-api/calendar-user-profile/{world.calendar_user.pk}/", body).json()
    assert (told["id"], told["user"], told["manager"]) == (world.profile.pk, world.calendar_user.pk, "riverside-owner")
    assert (told["accountcode"], told["calendar_setting"]) == (35365532, world.setting.pk)
    assert (told["country"], told["address"], told["updated_date"]) == ("", None, "2026-11-23T09:00:00Z")


def test_profile_takes_no_foreign_setting(api, world, other):
    address = f"/rest-api/calendar-user-profile/{world.calendar_user.pk}/"
    foreign = api.patch(address, {"calendar_setting": other.setting.pk})
    assert foreign.status_code == 400
    assert foreign.json()["calendar_setting"] == ["There is nothing with this number."]


def test_changing_a_profile_keeps_its_manager(world):
    address = f"/rest-api/calendar-user-profile/{world.calendar_user.pk}/"
    answer = client_of(world.manager).patch(address, {"manager": "riverside-manager", "city": "Nice"})
    assert (answer.json()["manager"], answer.json()["city"]) == ("riverside-owner", "Nice")


def test_calendar_takes_numbers_as_strings(api, world):
    body = {"name": "mynewcalendar", "max_concurrent": "1", "user": link("calendar-user", world.calendar_user.pk)}
    made = api.post("/rest-api/calendar/", body).json()
    assert (made["name"], made["max_concurrent"]) == ("mynewcalendar", 1)
    assert made["user"] == f"http://testserver/rest-api/calendar-user/{world.calendar_user.pk}/"


def test_unknown_zone_is_refused(api, world):
    answer = api.post("/rest-api/calendar/", {"name": "x", "time_zone": "Mars/Olympus"})
    assert list(answer.json()) == ["time_zone", "code"]


def test_deleting_a_calendar_removes_its_events(api, world):
    factories.event(world)
    assert api.delete(f"/rest-api/calendar/{world.calendar.pk}/").status_code == 204
    assert api.get("/rest-api/event/").json()["count"] == 0


def test_rules_are_the_five_seeded_ones(api):
    rules = api.get("/rest-api/rule/").json()["results"]
    assert [rule["name"] for rule in rules][:2] == ["Monthly", "Weekly (Monday-Friday) R-10"]
    assert len(rules) == 5


def test_rules_are_read_only(api):
    assert api.post("/rest-api/rule/", {"name": "x"}).status_code == 405


def test_deleting_a_calendar_user_takes_its_messages_back(api, make, remind, clock, inside):
    clock.set(remind(make()).due_at)
    alarm_queueing.plan()
    assert api.delete(f"/rest-api/calendar-user/{inside.calendar_user.pk}/").status_code == 204
    assert Delivery.objects.values_list("state", "reason").get() == ("cancelled", "event_deleted")
