"""The addresses of the older module's pages, as both of its documents print them."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.manager)
    return client


@pytest.mark.parametrize(
    ("older", "ours"),
    [
        ("/module/survey/", "/admin/surveys/surveytemplate/"),
        ("/module/calendar_setting/", "/admin/calendars/calendarsetting/"),
        ("/module/calendar_user/", "/admin/calendars/calendaruser/"),
        ("/module/calendar/", "/admin/calendars/calendar/"),
        ("/module/event/", "/admin/calendars/event/"),
        ("/module/alarm/", "/admin/calendars/alarm/"),
        ("/admin/appointment/alarmrequest/", "/admin/calendars/alarmrequest/"),
        ("/admin/appointment/", "/admin/"),
        ("/module/event/add/", "/admin/calendars/event/add/"),
        ("/module/event/5/", "/admin/calendars/event/5/change/"),
        ("/module/event/5", "/admin/calendars/event/5/change/"),
        ("/module/event/del/5/", "/admin/calendars/event/5/delete/"),
        ("/module/calendar_user/password/6/", "/admin/calendars/calendaruser/6/change/"),
        ("/admin/appointment/alarm/23/", "/admin/calendars/alarm/23/change/"),
        ("/admin/appointment/event?q=ana&p=1", "/admin/calendars/event/?q=ana&p=1"),
    ],
)
def test_older_page_leads_to_ours(desk, older, ours):
    answer = desk.get(older)
    assert (answer.status_code, answer.headers["Location"]) == (302, ours)


def test_every_page_that_one_is_led_to_opens(desk):
    for name in ("survey", "calendar_setting", "calendar_user", "calendar", "event", "alarm"):
        assert desk.get(f"/module/{name}/", follow=True).status_code == 200


@pytest.mark.parametrize("address", ["/module/", "/module/campaign/", "/module/event/x/", "/admin/appointment/x/"])
def test_page_that_the_older_module_has_not_is_404(desk, address):
    assert desk.get(address).status_code == 404


def test_strangers_sign_in_first():
    answer = Client().get("/module/event/5/")
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
