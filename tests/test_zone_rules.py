"""A zone that changes its rules: the same wall-clock time under the same keys, and nobody is told twice."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from appointments.services import visits
from calendars.engine.states import Reach
from calendars.models import Alarm, Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion, series_edits, zone_rule_changes
from notifications.models import Delivery
from tests import factories

PARIS, ALGIERS = "Europe/Paris", "Africa/Algiers"
JUNE = datetime(2027, 6, 1, 7, tzinfo=UTC)  # 09:00 in Paris, while it has summer time
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def no_summer_time(tmp_path):
    """Return a function after which Paris stays at +01:00 all year, as if tzdata had been updated."""

    def update():
        (tmp_path / "Europe").mkdir()
        found = next(Path(folder, ALGIERS) for folder in before if Path(folder, ALGIERS).exists())
        (tmp_path / PARIS).write_bytes(found.read_bytes())
        zoneinfo.reset_tzpath([tmp_path, *before])
        zoneinfo.ZoneInfo.clear_cache()

    before = zoneinfo.TZPATH
    yield update
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
def make(inside, clock):
    """Return a function that makes an event in Paris at nine, three days before it."""
    clock.set(JUNE - 3 * DAY)
    patient = factories.contact(inside)

    def make(**fields):
        given = {"start": JUNE, "time_zone": PARIS, "title": "Visit", "contact": patient, **fields}
        return events.create(calendar=inside.calendar, creator=inside.calendar_user, now=clock.at, **given)

    return make


@pytest.fixture
def reminded(make, inside, clock):
    """Return a function that makes an event with a text a day before."""

    def reminded(**fields):
        event = make(**fields)
        alarms.create(event, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=86_400)
        return event

    return reminded


def wall_times():
    """Return what the clocks in Paris show at all starts."""
    zone = zoneinfo.ZoneInfo(PARIS)
    return {row.start.astimezone(zone).strftime("%H:%M") for row in Event.objects.all()}


def test_events_stay_at_their_time_and_who_they_are(reminded, clock, no_summer_time):
    reminded(recurrence="RRULE:FREQ=DAILY;COUNT=5")
    keys = list(Event.objects.order_by("pk").values_list("pk", "recurrence_id"))
    no_summer_time()
    assert zone_rule_changes.recompute(now=clock.at) == zone_rule_changes.RecomputeResult(looked_at=5, noted=0, moved=5)
    assert wall_times() == {"09:00"}
    assert list(Event.objects.order_by("pk").values_list("pk", "recurrence_id")) == keys
    assert {alarm.event.start - alarm.due_at for alarm in Alarm.objects.select_related("event")} == {DAY}
    assert zone_rule_changes.recompute(now=clock.at) == zone_rule_changes.RecomputeResult(looked_at=5, noted=0, moved=0)
    assert expansion.expand(now=clock.at + 30 * DAY) == 0


def test_children_made_between_update_and_look_are_no_second_ones(make, clock, no_summer_time):
    make(recurrence="RRULE:FREQ=DAILY")
    before = Event.objects.count()
    no_summer_time()
    made = expansion.expand(now=clock.at + 4 * DAY)
    zone_rule_changes.recompute(now=clock.at)
    assert made > 0
    assert Event.objects.count() == before + made == Event.objects.values("start").distinct().count()
    assert wall_times() == {"09:00"}


def test_who_was_told_is_not_told_again(reminded, clock, no_summer_time):
    reminded()
    clock.set(JUNE - DAY)
    alarm_queueing.plan()
    Delivery.objects.update(state="leased")
    Delivery.objects.update(state="calling")
    Delivery.objects.update(state="accepted")
    Alarm.objects.update(status=5, state="sent")
    no_summer_time()
    assert zone_rule_changes.recompute(now=clock.at).moved == 1
    clock.forward(hours=2)
    assert alarm_queueing.plan() == 0
    assert Delivery.objects.count() == 1


def test_message_that_waits_leaves_once_at_the_new_time(reminded, clock, no_summer_time):
    reminded()
    clock.set(JUNE - DAY)
    alarm_queueing.plan()
    no_summer_time()
    zone_rule_changes.recompute(now=clock.at)
    assert alarm_queueing.plan() == 0
    clock.forward(hours=1)
    assert alarm_queueing.plan() == 1
    assert list(Delivery.objects.order_by("pk").values_list("state", "due_at")) == [
        ("cancelled", JUNE - DAY),
        ("scheduled", JUNE - DAY + HOUR),
    ]


def test_confirmed_visit_stays_confirmed(inside, clock, no_summer_time):
    clock.set(JUNE - 3 * DAY)
    visit = visits.book(
        contact=factories.contact(inside), calendar=inside.calendar, starts_at=JUNE, now=clock.at, time_zone=PARIS
    )
    visits.confirm(visit, now=clock.at)
    no_summer_time()
    zone_rule_changes.recompute(now=clock.at)
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at, visit.starts_at == visit.event.start) == ("confirmed", JUNE + HOUR, True)


def test_event_without_a_wall_clock_time_gets_one(make, clock, capsys):
    event = make()
    Event.objects.update(local_start="")
    call_command("recompute_zones")
    assert capsys.readouterr().out == "1 events looked at, 0 moved, 1 noted.\n"
    event.refresh_from_db()
    assert event.local_start == "20270601T090000"


def test_second_of_two_equal_hours_is_never_moved(make, clock):
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # 02:30 in Paris for the second time
    event = make(start=second)
    assert (event.local_start, zone_rule_changes.recompute(now=clock.at).moved) == ("", 0)
    event.refresh_from_db()
    assert event.start == second


def test_time_changed_past_the_services_leaves_no_wrong_wall_clock(make):
    event = make()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calendars_event SET start = start - interval '5 minutes' WHERE id = %s", [event.pk])
    event.refresh_from_db()
    assert event.local_start == ""


def test_every_way_to_a_new_time_knows_the_wall_clock(make, clock):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=4")
    child = root.children.order_by("start")[1]
    series_edits.change(child, now=clock.at, start=child.start + HOUR, reach=Reach.FOLLOWING)
    series_edits.change(root, now=clock.at, start=root.start + 2 * HOUR)
    assert "" not in Event.objects.values_list("local_start", flat=True)
    assert zone_rule_changes.recompute(now=clock.at).moved == 0
