"""All-day and floating events: made, changed, split, reminded of."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from calendars.engine import time_kinds
from calendars.engine.states import Reach, TimeKind
from calendars.errors import (
    BadRule,
    EndBeforeStart,
    KindOfSeries,
    NoDay,
    OneKind,
    RuleNamesDays,
    TooLate,
    ZoneOfCalendar,
)
from calendars.models import Alarm, Closure, Event, OpeningHours
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms, patient_answers
from calendars.services.closures import closure_updates
from calendars.services.series import expansion, occurrences, series_edits
from notifications.engine.replies import ReplyIntent
from notifications.models import Delivery, StaffItem

NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def day(text):
    return time_kinds.midnight(date.fromisoformat(text))


def shown(*rows):
    """Return what the clock and the calendar at home say of events."""
    times = [(row.start.astimezone(NEW_YORK), row.end.astimezone(NEW_YORK), row.kind) for row in rows]
    return [f"{kind} {start:%m-%d %H:%M} {end:%m-%d %H:%M}" for start, end, kind in times]


def family(root):
    root.refresh_from_db()
    return [root, *root.children.filter(cancelled_at=None).order_by("start", "pk")]


@pytest.fixture
def closed(make):
    """Return a function that makes an all-day event, the 26th of November unless told otherwise."""

    def closed(**fields):
        return make(**{"start": day("2026-11-26"), "all_day": True, **fields})

    return closed


def test_all_day_event_is_a_day_of_its_calendar(closed, inside):
    event = closed()
    assert shown(event) == ["days 11-26 00:00 11-27 00:00"]
    assert (event.time_zone, event.local_start) == ("America/New_York", "20261126T000000")
    inside.calendar.time_zone = "Asia/Tokyo"
    inside.calendar.save()
    event = closed(end=day("2026-11-28"))
    assert (event.time_zone, event.start, event.end) == (
        "Asia/Tokyo",
        datetime(2026, 11, 25, 15, tzinfo=UTC),
        datetime(2026, 11, 27, 15, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"start": datetime.fromisoformat("2026-11-26T09:00")}, NoDay, "start"),
        ({"start": datetime(2026, 11, 26, tzinfo=UTC)}, NoDay, "start"),
        ({"end": datetime.fromisoformat("2026-11-27T12:00")}, NoDay, "end"),
        ({"end": day("2026-11-26")}, EndBeforeStart, "end"),
        ({"end": day("2026-11-24")}, EndBeforeStart, "end"),
        ({"floating": True}, OneKind, "floating"),
        ({"time_zone": "Europe/Berlin"}, ZoneOfCalendar, "time_zone"),
        ({"recurrence": "RRULE:FREQ=HOURLY"}, BadRule, "recurrence"),
        ({"recurrence": "RRULE:FREQ=DAILY\nRDATE:20261224T120000"}, BadRule, "recurrence"),
        ({"recurrence": "RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261126"}, BadRule, "recurrence"),
    ],
)
def test_what_is_no_whole_day_is_refused(closed, fields, error, field):
    with pytest.raises(error) as caught:
        closed(**fields)
    assert caught.value.field == field
    assert not Event.objects.exists()


def test_database_refuses_two_kinds_and_days_without_length(closed):
    event = closed()
    for wrong in ({"floating": True}, {"end": event.start}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**wrong)


def test_first_instant_of_a_day_is_as_good_as_its_date(closed):
    event = closed(start=datetime(2026, 11, 26, 5, tzinfo=UTC), end=datetime(2026, 11, 28, 5, tzinfo=UTC))
    assert shown(event) == ["days 11-26 00:00 11-28 00:00"]


def test_three_days_are_three_days_in_every_occurrence(closed, clock):
    root = closed(start=day("2027-03-05"), end=day("2027-03-08"), recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    clock.forward(days=95)
    expansion.expand(now=clock.at)
    assert shown(*family(root)) == [
        "days 03-05 00:00 03-08 00:00",
        "days 03-12 00:00 03-15 00:00",  # 71 hours
        "days 03-19 00:00 03-22 00:00",
    ]
    assert {row.local_start[8:] for row in family(root)} == {"T000000"}
    assert list(root.children.order_by("start").values_list("recurrence_id", flat=True)) == [
        "20270312T000000",
        "20270319T000000",
    ]


def test_dates_among_the_lines_hit(closed):
    root = closed(recurrence="RRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261128\nRDATE;VALUE=DATE:20261205")
    assert [line[5:10] for line in shown(*family(root))] == ["11-26", "11-27", "11-29", "12-05"]
    child = root.children.get(recurrence_id="20261129T000000")
    events.delete(child, now=child.start - DAY)
    root.refresh_from_db()
    assert root.recurrence.splitlines()[-1] == "EXDATE;VALUE=DATE:20261129"
    series_edits.change(root, now=child.start - 3 * DAY, recurrence=root.recurrence.replace("COUNT=4", "COUNT=5"))
    assert [line[5:10] for line in shown(*family(root))] == ["11-26", "11-27", "11-30", "12-05"]


def test_title_alone_leaves_the_days_alone(closed, clock):
    event = closed(end=day("2026-11-29"))
    events.change(event, now=clock.at, title="Training")
    assert shown(event) == ["days 11-26 00:00 11-29 00:00"]
    events.change(event, now=clock.at, start=day("2026-12-01"))
    assert shown(event) == ["days 12-01 00:00 12-04 00:00"]
    events.change(event, now=clock.at, end=day("2026-12-02"))
    assert shown(event) == ["days 12-01 00:00 12-02 00:00"]
    with pytest.raises(NoDay):
        events.change(event, now=clock.at, start=datetime.fromisoformat("2026-12-01T09:00"))


def test_timed_event_becomes_the_days_that_it_touches_and_back(make, clock):
    night = make(start=datetime.fromisoformat("2026-11-26T22:00"), end=datetime.fromisoformat("2026-11-27T06:00"))
    events.change(night, now=clock.at, all_day=True)
    assert shown(night) == ["days 11-26 00:00 11-28 00:00"]
    events.change(night, now=clock.at, all_day=False)
    assert shown(night) == ["timed 11-26 00:00 11-28 00:00"]
    events.change(night, now=clock.at, all_day=True, start=day("2026-11-30"))
    assert shown(night) == ["days 11-30 00:00 12-01 00:00"]
    events.change(night, now=clock.at, all_day=False, start=datetime.fromisoformat("2026-11-30T09:00"))
    assert shown(night) == ["timed 11-30 09:00 11-30 10:00"]


def test_timed_event_of_another_zone_comes_home_on_its_own_day(make, clock):
    event = make(start=datetime.fromisoformat("2026-11-27T02:00"), time_zone="Europe/Berlin")
    events.change(event, now=clock.at, all_day=True)
    assert (shown(event), event.time_zone) == (["days 11-27 00:00 11-28 00:00"], "America/New_York")


def test_whole_series_becomes_all_day_and_back(make, clock):
    root = make(
        start=datetime.fromisoformat("2026-11-25T09:00"), recurrence="RRULE:FREQ=DAILY;COUNT=5\nEXDATE:20261127T090000"
    )
    keys = [row.pk for row in family(root)]
    moved, cancelled = family(root)[1], family(root)[3]
    series_edits.change(moved, now=clock.at, start=datetime.fromisoformat("2026-11-26T18:30"))
    series_edits.cancel(cancelled, now=clock.at, reason="x")
    series_edits.change(family(root)[2], now=clock.at, reach=Reach.ALL, all_day=True)
    assert shown(*family(root)) == [
        "days 11-25 00:00 11-26 00:00",
        "days 11-26 00:00 11-27 00:00",
        "days 11-28 00:00 11-29 00:00",
    ]
    assert root.recurrence == "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;VALUE=DATE:20261127"
    assert [row.pk for row in family(root)] == [key for key in keys if key != cancelled.pk]
    names = root.children.order_by("recurrence_id").values_list("recurrence_id", "all_day")
    assert list(names) == [(f"202611{number}T000000", True) for number in (26, 28, 29)]
    assert expansion.expand(now=clock.at + 30 * DAY) == 0
    series_edits.change(root, now=clock.at, all_day=False, start=datetime.fromisoformat("2026-11-25T08:00"))
    assert shown(*family(root)) == [
        "timed 11-25 08:00 11-25 09:00",
        "timed 11-26 08:00 11-26 09:00",
        "timed 11-28 08:00 11-28 09:00",
    ]
    assert root.recurrence == "RRULE:FREQ=DAILY;COUNT=5\nEXDATE:20261127T080000"
    assert [row.pk for row in family(root)] == [key for key in keys if key != cancelled.pk]
    assert expansion.expand(now=clock.at + 30 * DAY) == 0


def test_what_follows_becomes_all_day(make, clock):
    root = make(start=datetime.fromisoformat("2026-11-25T09:00"), recurrence="RRULE:FREQ=DAILY;COUNT=4")
    third = family(root)[2]
    series_edits.change(third, now=clock.at, reach=Reach.FOLLOWING, all_day=True)
    assert shown(*family(root), *family(third)) == [
        "timed 11-25 09:00 11-25 10:00",
        "timed 11-26 09:00 11-26 10:00",
        "days 11-27 00:00 11-28 00:00",
        "days 11-28 00:00 11-29 00:00",
    ]
    assert third.recurrence == "RRULE:FREQ=DAILY;COUNT=2"


def test_all_day_series_is_split_and_moved_by_days(closed, clock):
    root = closed(recurrence="RRULE:FREQ=DAILY;COUNT=6")
    third = family(root)[2]
    series_edits.change(third, now=clock.at, reach=Reach.FOLLOWING, start=day("2026-11-29"), end=day("2026-12-01"))
    assert (root.refresh_from_db(), root.recurrence)[1] == "RRULE:FREQ=DAILY;UNTIL=20261127"
    assert shown(*family(root), *family(third)) == [
        "days 11-26 00:00 11-27 00:00",
        "days 11-27 00:00 11-28 00:00",
        "days 11-29 00:00 12-01 00:00",
        "days 11-30 00:00 12-02 00:00",
        "days 12-01 00:00 12-03 00:00",
        "days 12-02 00:00 12-04 00:00",
    ]


def test_one_occurrence_alone_stays_what_its_series_is(make, closed, clock):
    timed, days = make(recurrence="RRULE:FREQ=DAILY;COUNT=3"), closed(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    for row in (family(timed)[1], timed):
        with pytest.raises(KindOfSeries):
            series_edits.change(row, now=clock.at, reach=Reach.THIS, all_day=True)
    with pytest.raises(KindOfSeries):
        series_edits.change(family(days)[1], now=clock.at, all_day=False)
    with pytest.raises(KindOfSeries):
        series_edits.change(family(timed)[1], now=clock.at, floating=True)
    child = series_edits.change(family(days)[1], now=clock.at, all_day=True, start=day("2026-12-24"))
    assert shown(child) == ["days 12-24 00:00 12-25 00:00"]


def test_first_day_moves_alone(closed, clock):
    root = closed(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    series_edits.change(root, now=clock.at, reach=Reach.THIS, start=day("2026-11-25"))
    assert root.recurrence == "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=DAILY;COUNT=3"
    assert [line[5:10] for line in shown(*family(root))] == ["11-25", "11-27", "11-28"]
    series_edits.change(root, now=clock.at, reach=Reach.THIS, title="Party")
    assert root.recurrence == "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=DAILY;COUNT=3"


def test_rule_that_names_other_days_does_not_move_along(closed, clock):
    root = closed(recurrence="RRULE:FREQ=MONTHLY;BYDAY=4TH")
    with pytest.raises(RuleNamesDays):
        series_edits.change(root, now=clock.at, start=day("2026-11-27"))


def test_hourly_series_cannot_be_all_day(make, clock):
    root = make(recurrence="RRULE:FREQ=HOURLY;COUNT=3")
    with pytest.raises(BadRule, match="recur by days"):
        series_edits.change(root, now=clock.at, all_day=True)


def test_several_a_day_become_one_all_day(make, clock):
    root = make(start=datetime.fromisoformat("2026-11-25T09:00"), recurrence="RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=4")
    series_edits.change(root, now=clock.at, all_day=True)
    assert [line[5:10] for line in shown(*family(root))] == ["11-25", "11-26", "11-27", "11-28"]
    assert root.recurrence == "RRULE:FREQ=DAILY;COUNT=4"


def test_reminder_on_the_morning_of_the_day(closed, remind, clock):
    event = closed()
    alarm = remind(event, advance_notice=0, daily_start=time(8), daily_stop=time(20))
    assert [at.astimezone(NEW_YORK).strftime("%d %H:%M") for at in (alarm.due_at, alarm.useful_until)] == [
        "26 08:00",
        "27 00:00",
    ]
    clock.set(alarm.due_at)
    assert alarm_queueing.plan() == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.useful_until) == ("scheduled", event.end)
    assert delivery.values["moments"]["start"] == ["2026-11-26T05:00:00+00:00", "America/New_York", "day"]
    assert patient_answers.apply_answer(delivery, inbound=None, intent=ReplyIntent.YES, now=clock.at) == "confirmed"


def test_reminder_can_be_sent_until_the_day_is_over(closed, remind, clock):
    alarm = remind(closed())
    clock.set(datetime(2026, 11, 27, 4, 59, tzinfo=UTC))
    assert alarms.send_now(alarm, now=clock.at).due_at == clock.at
    clock.forward(minutes=1)
    with pytest.raises(TooLate):
        alarms.send_now(alarm, now=clock.at)


def test_reminders_of_all_day_children_are_useful_on_their_own_days(closed, remind, clock):
    root = closed(end=day("2026-11-28"), recurrence="RRULE:FREQ=WEEKLY;COUNT=2")
    remind(root)
    series_edits.change(root, now=clock.at, start=day("2026-11-27"))
    assert [
        (alarm.event.start - alarm.due_at, alarm.useful_until - alarm.event.start)
        for alarm in Alarm.objects.select_related("event")
    ] == [(DAY, 2 * DAY)] * 2


def test_occurrences_are_days(closed, clock):
    root = closed(recurrence="RRULE:FREQ=DAILY;COUNT=60")
    found = occurrences.list_occurrences(root, occurrences.Period(clock.at, clock.at + 90 * DAY)).occurrences
    assert len(found) == 60
    assert {(one.recurrence_id[8:], one.end - one.start, one.is_moved) for one in found} == {("T000000", DAY, False)}


def test_floating_event_hangs_on_its_calendar(make, clock):
    nine = datetime.fromisoformat("2026-11-26T09:00")
    event = make(start=nine, floating=True)
    assert (shown(event), event.time_zone) == (["floating 11-26 09:00 11-26 10:00"], "America/New_York")
    with pytest.raises(ZoneOfCalendar):
        events.change(event, now=clock.at, time_zone="Europe/Berlin")
    events.change(event, now=clock.at, title="Swim", time_zone="America/New_York")
    events.change(event, now=clock.at, floating=False, time_zone="Europe/Berlin", start=nine)
    assert (shown(event), event.kind) == (["timed 11-26 03:00 11-26 04:00"], TimeKind.TIMED)
    events.change(event, now=clock.at, floating=True)
    assert shown(event) == ["floating 11-26 09:00 11-26 10:00"]


def test_floating_series_has_no_instants_in_its_lines(make, clock):
    root = make(
        start=datetime.fromisoformat("2026-11-26T09:00"),
        floating=True,
        recurrence="RRULE:FREQ=DAILY;UNTIL=20261129T140000Z\nEXDATE:20261127T140000Z",
    )
    assert root.recurrence == "RRULE:FREQ=DAILY;UNTIL=20261129T090000\nEXDATE:20261127T090000"
    assert [line[9:14] for line in shown(*family(root))] == ["11-26", "11-28", "11-29"]
    series_edits.change(family(root)[2], now=clock.at, reach=Reach.FOLLOWING, title="Late")
    root.refresh_from_db()
    assert root.recurrence == "RRULE:FREQ=DAILY;UNTIL=20261129T085959\nEXDATE:20261127T090000"


def test_moving_to_another_calendar_keeps_the_day(closed, inside, clock):
    event = closed()
    calendar = type(inside.calendar).objects.create(name="Tokyo", user=inside.calendar_user, time_zone="Asia/Tokyo")
    events.change(event, now=clock.at, calendar=calendar)
    assert (event.time_zone, event.start, event.local_start) == (
        "Asia/Tokyo",
        datetime(2026, 11, 25, 15, tzinfo=UTC),
        "20261126T000000",
    )


def test_a_series_that_has_begun_becomes_all_day_from_its_next_occurrence_on(make, clock):
    root = make(start=datetime.fromisoformat("2026-11-25T09:00"), recurrence="RRULE:FREQ=DAILY;COUNT=4")
    clock.forward(days=3, hours=6)
    stands = series_edits.change(root, now=clock.at, all_day=True)
    assert shown(*family(root), *family(stands)) == [
        "timed 11-25 09:00 11-25 10:00",
        "timed 11-26 09:00 11-26 10:00",
        "days 11-27 00:00 11-28 00:00",
        "days 11-28 00:00 11-29 00:00",
    ]
    assert (stands.recurrence, expansion.expand(now=clock.at + 30 * DAY)) == ("RRULE:FREQ=DAILY;COUNT=2", 0)


def test_closed_days_move_whole_days_of_a_series_to_the_next_open_one(closed, inside, clock):
    inside.organization.public_holidays = "US"
    inside.organization.save()
    root = closed(
        start=day("2026-11-25"), on_closure="move", recurrence="RRULE:FREQ=WEEKLY;COUNT=2\nRDATE;VALUE=DATE:20261126"
    )
    # Thanksgiving is Thursday the 26th.
    assert shown(*family(root)) == [
        "days 11-25 00:00 11-26 00:00",
        "days 11-27 00:00 11-28 00:00",
        "days 12-02 00:00 12-03 00:00",
    ]
    moved = root.children.get(recurrence_id="20261126T000000")
    assert (moved.closure_effect, moved.local_start) == ("moved", "20261127T000000")
    found = occurrences.list_occurrences(root, occurrences.Period(clock.at, clock.at + 90 * DAY)).occurrences
    assert [(f"{one.start.astimezone(NEW_YORK):%m-%d}", one.is_moved) for one in found] == [
        ("11-25", False),
        ("11-27", True),
        ("12-02", False),
    ]
    series_edits.change(root, now=clock.at, on_closure="keep")
    assert [line[5:10] for line in shown(*family(root))] == ["11-25", "11-26", "12-02"]


def test_opening_hours_are_not_held_against_whole_days(closed, make, inside):
    OpeningHours.objects.create(weekday=3, opens=time(9), closes=time(17))
    assert closed().warnings == []
    assert make(start=day("2026-11-26")).warnings == ["It lies outside the opening hours."]


def test_staff_are_told_of_the_days_own_date(closed, inside, clock):
    inside.calendar.time_zone = "Asia/Tokyo"
    inside.calendar.save()
    # In New York, these days begin the evening before.
    closed(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    closure = Closure.objects.create(name="Strike", first_day=date(2026, 11, 27), last_day=date(2026, 11, 27))
    closure_updates.evaluate_closure(closure, now=clock.at)
    closed(start=day("2026-11-26"), recurrence="RRULE:FREQ=DAILY;COUNT=2")
    assert [item.summary.partition(" it is")[0] for item in StaffItem.objects.all()] == ["On Fri 27 Nov 2026"]
    assert [row.closure for row in Event.objects.order_by("start", "pk")] == ["", "", "Strike", "Strike", ""]


def test_a_cancelled_day_is_not_told_of_again(closed, remind, clock):
    root = closed(start=day("2026-11-25"), recurrence="RRULE:FREQ=DAILY;COUNT=3")
    remind(root, advance_notice=2 * 86_400)
    child = root.children.order_by("start")[0]
    clock.set(datetime(2026, 11, 24, 6, tzinfo=UTC))
    Alarm.objects.filter(event=child).update(status=5, state="sent")
    series_edits.cancel(child, now=clock.at, reason="x")
    series_edits.change(root, now=clock.at, all_day=False, start=datetime.fromisoformat("2026-11-25T20:00"))
    child.refresh_from_db()
    assert shown(child) == ["timed 11-26 20:00 11-26 21:00"]
    assert Alarm.objects.get(event=child).state == "sent"
