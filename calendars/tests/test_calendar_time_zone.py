"""A calendar that gets another zone: its days and floating times stay, and nobody is told twice."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import Clinic
from calendars.engine import time_kinds
from calendars.models import Alarm, Calendar, Event
from calendars.services import calendar_time_zone
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion, occurrences, zone_rule_changes
from notifications.models import Delivery

DAY = timedelta(days=1)
ANGELES, NEW_YORK, TOKYO = "America/Los_Angeles", "America/New_York", "Asia/Tokyo"


@pytest.fixture
def days(make):
    """Return a function that makes an all-day event, the 26th of November unless told otherwise."""

    def days(**fields):
        return make(**{"start": time_kinds.midnight(date(2026, 11, 26)), "all_day": True, **fields})

    return days


def home_of(calendar, zone):
    calendar.time_zone = zone
    calendar.save()


def shown():
    """Return what the clocks of their own zones say of all events, and their keys."""
    rows = Event.objects.order_by("start", "pk")
    return [f"{row.start.astimezone(ZoneInfo(row.time_zone)):%m-%d %H:%M} {row.time_zone}" for row in rows]


def keys():
    return list(Event.objects.order_by("pk").values_list("pk", "recurrence_id", "local_start", "cancelled_at"))


def test_days_and_floating_times_go_along_and_timed_events_stay(days, make, inside, clock):
    event, timed = days(), make()
    make(start=datetime.fromisoformat("2026-11-26T09:00"), floating=True)
    before, stood = keys(), timed.start
    home_of(inside.calendar, ANGELES)
    assert calendar_time_zone.move_to_calendar_zones(now=clock.at) == 2
    assert shown()[1:] == [f"11-26 00:00 {ANGELES}", f"11-26 09:00 {ANGELES}"]
    assert keys() == before
    timed.refresh_from_db()
    assert (timed.start, timed.time_zone, timed.version) == (stood, NEW_YORK, 1)
    event.refresh_from_db()
    assert (event.end - event.start, event.version) == (DAY, 2)
    assert calendar_time_zone.move_to_calendar_zones(now=clock.at) == 0


def test_a_series_goes_on_in_the_new_zone_with_all_it_has(days, inside, clock, remind):
    clock.set(datetime(2026, 11, 28, 20, tzinfo=UTC))
    last = time_kinds.midnight(date(2027, 1, 10))
    root = days(recurrence="RRULE:FREQ=DAILY;COUNT=50\nEXDATE;VALUE=DATE:20261203", end_recurring_period=last)
    remind(root)
    Event.objects.filter(parent_event=root, recurrence_id="20261202T000000").update(cancelled_at=clock.at)
    made = Event.objects.count()
    before = keys()
    home_of(inside.calendar, TOKYO)
    assert calendar_time_zone.move_to_calendar_zones(now=clock.at) == 1
    # The first goes along; what has been since, and is over, stays where it was.
    assert shown()[:4] == [
        f"11-26 00:00 {TOKYO}",
        f"11-27 00:00 {NEW_YORK}",
        f"11-28 00:00 {TOKYO}",
        f"11-29 00:00 {TOKYO}",
    ]
    assert {name.split()[2] for name in shown()[3:]} == {TOKYO}
    assert keys() == before
    notices = Alarm.objects.filter(event__start__gt=clock.at).select_related("event")
    assert {alarm.event.start - alarm.due_at for alarm in notices} == {DAY}
    expansion.expand(now=clock.at)
    assert Event.objects.count() == made
    expansion.expand(now=clock.at + 40 * DAY)
    # No day is lost between what was made here and what is made there.
    assert len({name[:5] for name in shown()}) == Event.objects.count() == 45
    root.refresh_from_db()
    assert root.end_recurring_period == datetime(2027, 1, 9, 15, tzinfo=UTC)
    found = occurrences.list_occurrences(root, occurrences.Period(clock.at - 5 * DAY, clock.at + 90 * DAY)).occurrences
    assert (len(found), {one.is_moved for one in found}) == (44, {False})


def test_whoever_was_told_is_not_told_again_and_what_waits_leaves_on_time(days, remind, inside, clock):
    told, waits = days(title="Told"), days(title="Waits", start=time_kinds.midnight(date(2026, 11, 28)))
    for event in (told, waits):
        remind(event)
    clock.set(told.start - DAY)
    assert alarm_queueing.plan() == 1
    Alarm.objects.filter(event=told).update(status=5, state="sent")
    Delivery.objects.update(state="accepted")
    home_of(inside.calendar, ANGELES)
    assert calendar_time_zone.move_to_calendar_zones(now=clock.at) == 2
    assert alarm_queueing.plan() == 0
    clock.forward(days=2)
    assert alarm_queueing.plan() == 0
    clock.forward(hours=3)
    assert alarm_queueing.plan() == 1
    assert Delivery.objects.count() == 2


def test_a_message_in_the_outbox_is_planned_anew(days, remind, inside, clock):
    event = days()
    alarm = remind(event)
    alarms.send_now(alarm, now=clock.at)
    alarm_queueing.plan()
    home_of(inside.calendar, TOKYO)
    calendar_time_zone.move_to_calendar_zones(now=clock.at)
    alarm.refresh_from_db()
    event.refresh_from_db()
    assert (alarm.state, alarm.due_at) == ("planned", event.start - DAY)
    assert Delivery.objects.get().state == "cancelled"


def test_the_night_finds_what_was_missed_and_other_organizations_stay(days, inside, other, clock):
    days()
    home_of(inside.calendar, ANGELES)
    found = zone_rule_changes.recompute(now=clock.at)
    assert (found.moved_to_calendar_zone, found.moved) == (1, 0)
    assert shown() == [f"11-26 00:00 {ANGELES}"]
    assert zone_rule_changes.recompute(now=clock.at).moved_to_calendar_zone == 0


def test_what_is_too_much_for_a_request_is_left_to_a_worker(
    days, inside, clock, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(calendar_time_zone.current_app, "send_task", lambda name, **kwargs: told.append(name))
    for _ in range(3):
        days()
    home_of(inside.calendar, ANGELES)
    with django_capture_on_commit_callbacks(execute=True):
        assert calendar_time_zone.move_to_calendar_zones(now=clock.at, most=2) == 2
    assert told == ["calendars.recompute_zones"]
    assert [name.split()[2] for name in shown()].count(ANGELES) == 2


def test_whoever_changes_a_zone_over_rest_moves_the_days(days, api, inside, world):
    days()
    api.patch(f"/rest-api/calendar/{world.calendar.pk}/", {"time_zone": TOKYO})
    assert shown() == [f"11-26 00:00 {TOKYO}"]
    api.patch(f"/rest-api/calendar/{world.calendar.pk}/", {"time_zone": ""})
    assert shown() == [f"11-26 00:00 {NEW_YORK}"]
    api.patch(f"/rest-api/clinic/{world.clinic.pk}/", {"time_zone": ANGELES})
    assert shown() == [f"11-26 00:00 {ANGELES}"]
    Calendar.objects.update(clinic=None)
    api.post("/rest-api/clinic/", {"name": "Main", "time_zone": "Europe/Paris", "is_default": True})
    assert shown() == ["11-26 00:00 Europe/Paris"]
    Clinic.objects.all().delete()
    api.patch(f"/rest-api/organization/{world.organization.pk}/", {"time_zone": TOKYO})
    assert shown() == [f"11-26 00:00 {TOKYO}"]


def test_whoever_changes_a_zone_in_the_admin_moves_the_days(days, inside, world):
    days()
    client = Client()
    client.force_login(world.owner)
    fields = {"number": 1, "name": "Riverside", "is_default": "on", "address": "", "phone": "", "public_holidays": ""}
    page = f"/admin/accounts/clinic/{world.clinic.pk}/change/"
    assert client.post(page, {**fields, "time_zone": ANGELES}).status_code == 302
    assert shown() == [f"11-26 00:00 {ANGELES}"]
    page = f"/admin/calendars/calendar/{world.calendar.pk}/change/"
    given = {"name": "x", "user": world.calendar_user.pk, "clinic": world.clinic.pk, "max_concurrent": 0}
    assert client.post(page, {**given, "time_zone": TOKYO}).status_code == 302
    assert shown() == [f"11-26 00:00 {TOKYO}"]


def test_days_keep_their_date_when_a_zone_changes_its_rules(days, inside, clock):
    home_of(inside.calendar, "Europe/Paris")
    event = days(end=time_kinds.midnight(date(2026, 11, 28)))
    # As if the zone had been an hour further when it was made.
    Event.objects.filter(pk=event.pk).update(
        start=event.start - timedelta(hours=1), end=event.end - timedelta(hours=1), local_start=event.local_start
    )
    Event.objects.filter(pk=event.pk).update(local_start=event.local_start)
    assert zone_rule_changes.recompute(now=clock.at).moved == 1
    event.refresh_from_db()
    assert shown() == ["11-26 00:00 Europe/Paris"]
    assert event.end - event.start == 2 * DAY


def test_a_floating_time_in_a_missing_hour_keeps_its_length(make, inside, clock):
    home_of(inside.calendar, TOKYO)
    half_past_two = datetime.fromisoformat("2027-03-14T02:30")
    event = make(start=half_past_two, end=half_past_two + timedelta(minutes=30), floating=True)
    home_of(inside.calendar, NEW_YORK)
    assert calendar_time_zone.move_to_calendar_zones(now=clock.at) == 1
    event.refresh_from_db()
    assert (event.start, event.end) == (datetime(2027, 3, 14, 7, 30, tzinfo=UTC), datetime(2027, 3, 14, 8, tzinfo=UTC))
