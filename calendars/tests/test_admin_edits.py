"""Edits of series in the admin."""

from datetime import timedelta
from unittest.mock import ANY
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from calendars.admin.events import SPLIT, UNCHANGED
from calendars.models import Alarm, Event
from calendars.tests.test_admin import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(make):
    """Return a series of five days, as rows in order."""
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=5")
    return [root, *root.children.order_by("start")]


def post(client, event, **changed):
    """Open the page of an event, and save it with some fields changed."""
    address = reverse("admin:calendars_event_change", args=[event.pk])
    form = client.get(address).context["adminform"].form
    given = {name: value for name, value in form.initial.items() if value is not None and name in form.fields}
    for name in ("start", "end", "end_recurring_period"):
        if given.get(name):
            moment = given.pop(name)
            given |= {f"{name}_0": moment.strftime("%Y-%m-%d"), f"{name}_1": moment.strftime("%H:%M:%S")}
    inline = {f"alarms-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return client.post(address, {**given, "data": "null", **inline, **changed})


def titles():
    found = Event.objects.order_by("start").values_list("title", flat=True)
    return "".join("X" if title == "New" else "o" for title in found)


@pytest.mark.parametrize(
    ("reach", "expected"), [("", "ooXoo"), ("this", "ooXoo"), ("following", "ooXXX"), ("all", "XXXXX")]
)
def test_a_change_reaches_as_far_as_chosen(client, world, series, reach, expected):
    client.force_login(world.owner)
    assert post(client, series[2], title="New", reach=reach).status_code == 302
    assert titles() == expected


def test_page_that_was_overtaken_is_refused(client, world, series):
    client.force_login(world.owner)
    answer = post(client, series[2], title="New", seen=series[2].version - 1)
    assert answer.status_code == 200
    assert "Somebody changed this meanwhile" in answer.content.decode()
    assert titles() == "ooooo"


def test_time_of_a_series_that_has_begun_is_changed_for_what_is_to_come(client, world, series, clock, remind):
    remind(series[0])
    clock.set(series[1].start + timedelta(hours=1))
    client.force_login(world.owner)
    begin = series[0].start.astimezone(ZoneInfo(world.organization.time_zone)) + timedelta(hours=2)
    alarm = series[0].alarms.get()
    row = {
        "TOTAL_FORMS": 1,
        "INITIAL_FORMS": 1,
        "0-id": alarm.pk,
        "0-event": series[0].pk,
        "0-method": 2,
        "0-advance_notice": 60,
        "0-sms_template": alarm.sms_template_id,
    }
    answer = post(client, series[0], start_1=f"{begin:%H:%M}", **{f"alarms-{name}": row[name] for name in row})
    assert said(answer) == [SPLIT, UNCHANGED, ANY]
    gaps = [row.start - series[0].start for row in Event.objects.order_by("start")]
    assert [gap // timedelta(hours=1) for gap in gaps] == [0, 24, 50, 74, 98]
    assert set(Alarm.objects.values_list("advance_notice", flat=True)) == {86_400}
