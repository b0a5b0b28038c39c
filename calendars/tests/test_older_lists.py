"""The older shape of lists, on demand; profiles; and attempts that are written down by hand."""

import pytest

from calendars.models import AlarmRequest, CalendarUser, CalendarUserProfile
from calendars.services import calendar_users
from notifications.models import Attempt, Delivery
from tests import admin_rows
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAILY = "RRULE:FREQ=DAILY;COUNT={}"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_children_come_as_note_object_or_array(api, make, count):
    root = make(recurrence=DAILY.format(count + 1))
    plain = api.get(f"/rest-api/event/{root.pk}/get_list_child/").json()
    older = api.get(f"/rest-api/event/{root.pk}/get_list_child/?shape=newfies").json()
    assert len(plain) == count
    assert older == ({"note": "no child event found"} if not plain else plain[0] if count == 1 else plain)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_alarms_come_as_note_object_or_array(api, make, remind, count):
    event = make()
    for _ in range(count):
        remind(event)
    plain = api.get(f"/rest-api/event/{event.pk}/get_list_alarm/").json()
    older = api.get(f"/rest-api/event/{event.pk}/get_list_alarm/?shape=newfies").json()
    assert len(plain) == count
    assert older == ({"note": "no alarm found"} if not plain else plain[0] if count == 1 else plain)


def test_calendar_users_come_whole_with_their_only_calendar(api, inside):
    user = inside.calendar_user
    told = {
        "url": f"http://testserver/rest-api/calendar-user/{user.pk}/",
        "id": user.pk,
        "username": user.username,
        "last_name": "",
        "first_name": "",
        "email": "",
        "calendar": {"name": inside.calendar.name, "max_concurrent": 0},
    }
    assert api.get("/rest-api/calendar-user/?shape=newfies").json() == told
    alone = {name: value for name, value in told.items() if name != "url"}
    assert api.get(f"/rest-api/calendar-user/{user.pk}/?shape=newfies").json() == alone
    calendar_users.create_user(username="a second", password="x", manager=inside.owner)
    both = api.get("/rest-api/calendar-user/?shape=newfies").json()
    assert [row["calendar"] for row in both] == [told["calendar"], {}]
    CalendarUser.objects.all().delete()
    assert api.get("/rest-api/calendar-user/?shape=newfies").json() == {"note": "no calendar-user found"}


def test_older_users_cost_the_same_for_many(api, inside, django_assert_num_queries):
    for number in range(12):
        CalendarUser.objects.create(username=f"user{number}")
    api.get("/rest-api/calendar-user/?shape=newfies")
    with django_assert_num_queries(6):  # user, membership, savepoint, users, calendars, release
        assert len(api.get("/rest-api/calendar-user/?shape=newfies").json()) == 13


def test_profiles_come_as_note_or_object(api, inside):
    older = "/rest-api/calendar-user-profile/?shape=newfies"
    told = {
        "url": f"http://testserver/rest-api/calendar-user-profile/{inside.calendar_user.pk}/",
        "id": inside.profile.pk,
        "calendar_setting": f"http://testserver/rest-api/calendar-setting/{inside.setting.pk}/",
        "manager": "riverside-owner",
    }
    nothing = "accountcode address city state zip_code phone_no fax company_name company_website".split()
    assert api.get(older).json() == {**told, **dict.fromkeys(nothing)}
    user = CalendarUser.objects.create(username="a second")
    second = CalendarUserProfile.objects.create(user=user, manager=inside.owner, calendar_setting=inside.setting)
    assert [row["id"] for row in api.get(older).json()] == [inside.profile.pk, second.pk]
    CalendarUserProfile.objects.all().delete()
    assert api.get(older).json() == {"note": "no calendar-user-profile found"}


@pytest.mark.parametrize("address", ["calendar-user/", "calendar-user-profile/", "event/{}/get_list_child/"])
def test_unknown_shape_is_400(api, make, address):
    answer = api.get(f"/rest-api/{address.format(make().pk)}", {"shape": "round"})
    assert (answer.status_code, list(answer.json())) == (400, ["shape", "code"])


def test_profile_can_be_removed_and_made_again(api, inside):
    address = f"/rest-api/calendar-user-profile/{inside.calendar_user.pk}/"
    assert api.delete(address).status_code == 204
    body = {"user": inside.calendar_user.pk, "calendar_setting": inside.setting.pk, "city": "Nice"}
    made = api.post("/rest-api/calendar-user-profile/", body)
    assert (made.status_code, made.json()["manager"], made.json()["city"]) == (201, "riverside-owner", "Nice")
    again = api.post("/rest-api/calendar-user-profile/", body)
    assert (again.status_code, list(again.json())) == (400, ["user", "code"])


def test_profile_stays_with_its_user(api, inside):
    second = calendar_users.create_user(username="second", password="x", manager=inside.owner)
    answer = api.patch(f"/rest-api/calendar-user-profile/{second.pk}/", {"user": inside.calendar_user.pk})
    assert (answer.status_code, list(answer.json())) == (400, ["user", "code"])


@pytest.fixture
def by_hand(api, make, remind):
    """Return the address of an attempt that somebody wrote down."""
    link = f"http://x/rest-api/alarm/{remind(make()).pk}/"
    body = {"alarm": link, "date": "2026-11-23T10:00:00Z", "status": "5", "duration": 40}
    return api.post("/rest-api/alarm-request/", body).json()["url"]


def test_attempt_made_elsewhere_is_written_down_and_sends_nothing(api, by_hand):
    told = api.get(by_hand).json()
    assert (told["status"], told["duration"], told["callstatus"], told["callrequest"]) == (5, 40, 0, None)
    assert not Delivery.objects.exists()
    assert api.patch(by_hand, {"duration": 41}).json()["duration"] == 41
    assert api.delete(by_hand).status_code == 204
    assert not AlarmRequest.objects.exists()


def test_attempt_needs_its_date_and_alarm(api):
    assert set(api.post("/rest-api/alarm-request/", {}).json()) == {"alarm", "date", "code"}


def attempt(world):
    message = admin_rows.delivery(world, "key")
    return Attempt.objects.create(delivery=message, gateway=world.sms_gateway, number=1, started_at=NOW)


@pytest.mark.parametrize("verb", ["patch", "delete"])
def test_what_the_machine_recorded_stays(api, by_hand, inside, clock, verb):
    AlarmRequest.objects.update(attempt=attempt(inside))
    answer = getattr(api, verb)(by_hand, {"duration": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "recorded_by_machine")
    assert AlarmRequest.objects.get().duration == 40
