"""Edits of the times of a whole series over REST, whose end moves along."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.models import Alarm, Event, Rule

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def series(make, remind):
    """Return a function that makes a series in Paris at nine o'clock with a reminder, as rows in order."""

    def started(first, recurrence, **fields):
        start = datetime.fromisoformat(f"{first}T09:00").replace(tzinfo=PARIS)
        end = start + timedelta(minutes=30)
        root = make(recurrence=recurrence, start=start, end=end, time_zone="Europe/Paris", **fields)
        remind(root)
        return [root, *root.children.order_by("start")]

    return started


def patch(api, event, start, edit="all"):
    answer = api.patch(f"/rest-api/event/{event.pk}/?edit={edit}", {"start": start})
    assert answer.status_code == 200, answer.json()


def course():
    """Return day and time of all that takes place."""
    rows = Event.objects.filter(cancelled_at=None).order_by("start")
    return [row.start.astimezone(PARIS).strftime("%d %H:%M") for row in rows]


def test_last_visit_stays_when_all_are_a_quarter_later(api, clock, series):
    rows = series("2026-12-01", "RRULE:FREQ=WEEKLY;UNTIL=20261229T080000Z")
    Alarm.objects.filter(event=rows[-1]).update(result=1)
    patch(api, rows[0], "2026-12-01T09:15")
    assert course() == ["01 09:15", "08 09:15", "15 09:15", "22 09:15", "29 09:15"]
    assert Alarm.objects.count() == Alarm.objects.filter(state="planned").count() == 5


def test_no_visit_comes_when_all_are_a_day_earlier(api, series):
    rows = series("2026-12-01", "RRULE:FREQ=DAILY;UNTIL=20261203T080000Z")
    patch(api, rows[0], "2026-11-30T09:00")
    assert course() == ["30 09:00", "01 09:00", "02 09:00"]
    assert Event.objects.count() == 3


def test_cancelled_rest_does_not_come_back_when_all_are_earlier(api, series):
    rows = series("2026-12-01", "RRULE:FREQ=DAILY;COUNT=6")
    assert api.post(f"/rest-api/event/{rows[3].pk}/cancel/?edit=following", {"reason": "x"}).status_code == 200
    patch(api, rows[0], "2026-12-01T08:30")
    assert course() == ["01 08:30", "02 08:30", "03 08:30"]
    assert (Event.objects.count(), Alarm.objects.filter(state="planned").count()) == (6, 3)


def test_end_of_a_series_by_a_named_rule_moves_along(api, clock, series):
    rows = series(
        "2026-12-01",
        "",
        rule=Rule.objects.get(name="Daily"),
        end_recurring_period=datetime(2026, 12, 4, 9, tzinfo=PARIS),
    )
    patch(api, rows[1], "2026-12-02T09:20", edit="following")
    assert course() == ["01 09:00", "02 09:20", "03 09:20", "04 09:20"]
    patch(api, rows[0], "2026-12-01T08:20")
    assert course() == ["01 08:20", "02 09:20", "03 09:20", "04 09:20"]


def test_last_visit_of_a_series_goes_a_day_later(api, series):
    rows = series("2026-12-01", "RRULE:FREQ=DAILY;UNTIL=20261203T080000Z")
    patch(api, rows[2], "2026-12-04T09:00", edit="following")
    assert course() == ["01 09:00", "02 09:00", "04 09:00"]
    patch(api, rows[0], "2026-12-02T09:00")
    assert course() == ["02 09:00", "03 09:00", "04 09:00"]
    patch(api, rows[1], "2026-12-04T09:00")
    assert course() == ["03 09:00", "04 09:00", "04 09:00"]
