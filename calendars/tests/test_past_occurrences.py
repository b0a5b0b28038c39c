"""What has been of a series stays when all of it is edited."""

from datetime import timedelta

import pytest

from calendars.engine.states import AlarmState, Reach
from calendars.errors import CannotSplit, SeriesOver
from calendars.models import Alarm, Event
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion, occurrences, series_edits
from calendars.services.series.occurrences import Period
from notifications.models import Delivery

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def begun(make, remind, clock):
    """Return a function that makes a daily series with a text a day before, of which three occurrences have been."""

    def started(**fields):
        root = make(**{"recurrence": "RRULE:FREQ=DAILY;COUNT=10", "time_zone": "UTC", **fields})
        remind(root)
        clock.set(root.start - DAY)
        alarm_queueing.plan()
        clock.set(root.start + 2 * DAY + HOUR)
        expansion.expand(now=clock.at)
        root.refresh_from_db()
        return root

    return started


def past(clock):
    """Return everything that has been, and its alarms."""
    events_ = Event.objects.filter(start__lte=clock.at).order_by("pk")
    rows = [(row.pk, row.title, row.start, row.end, row.status, row.cancelled_at, row.recurrence_id) for row in events_]
    return rows, list(
        Alarm.objects.filter(event__in=events_)
        .order_by("pk")
        .values_list("pk", "due_at", "state", "reason", "revision")
    )


def coming(clock):
    return list(Event.objects.filter(start__gt=clock.at, cancelled_at=None).order_by("start"))


@pytest.mark.parametrize("place", [0, 2, 5])
@pytest.mark.parametrize("change", ["start", "end", "recurrence", "time_zone"])
def test_all_changes_only_what_is_to_come(begun, clock, place, change):
    root = begun()
    child = [root, *root.children.order_by("start")][place]
    stood, kept = past(clock), [row.pk for row in coming(clock)]
    fields = {
        "start": {"start": child.start + HOUR},
        "end": {"end": child.end + HOUR},
        "recurrence": {"recurrence": "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=6"},
        "time_zone": {"time_zone": "Asia/Tokyo"},
    }[change]
    series_edits.change(child, now=clock.at, reach=Reach.ALL, **fields)
    assert past(clock) == stood
    found = coming(clock)
    assert {row.pk for row in found} <= set(kept)
    told = {
        "start": ([3, 4, 5, 6, 7, 8, 9], {HOUR}, {HOUR}),
        "end": ([3, 4, 5, 6, 7, 8, 9], {0 * HOUR}, {2 * HOUR}),
        "recurrence": ([3, 5, 7], {0 * HOUR}, {HOUR}),
        "time_zone": ([3, 4, 5, 6, 7, 8, 9], {0 * HOUR}, {HOUR}),
    }[change]
    assert [(row.start - root.start).days for row in found] == told[0]
    assert {(row.start - root.start) % DAY for row in found} == told[1]
    assert {row.end - row.start for row in found} == told[2]
    due = Alarm.objects.filter(event__in=found).select_related("event")
    assert {alarm.event.start - alarm.due_at for alarm in due} == {DAY}
    assert due.count() == len(found)
    assert expansion.expand(now=clock.at + 30 * DAY) == 0
    assert len(Delivery.objects.filter(origin="alarm")) == 1


def test_following_ones_of_an_occurrence_that_has_been_are_those_to_come(begun, clock):
    root = begun()
    stood = past(clock)
    second = root.children.order_by("start").first()
    series_edits.change(second, now=clock.at, reach=Reach.FOLLOWING, start=second.start + HOUR)
    assert past(clock)[0][0] == stood[0][0]
    assert [(row[2], row[3]) for row in past(clock)[0]] == [(row[2], row[3]) for row in stood[0]]
    assert [(row.start - root.start) // HOUR for row in coming(clock)] == [24 * day + 1 for day in range(3, 10)]


def test_root_that_was_given_is_answered_with_the_root_of_what_is_to_come(begun, clock):
    root = begun()
    stands = series_edits.change(root, now=clock.at, start=root.start + HOUR)
    assert (stands.pk, stands.start) == (coming(clock)[0].pk, root.start + 3 * DAY + HOUR)
    assert stands.recurrence == "RRULE:FREQ=DAILY;COUNT=7"


def test_the_past_is_told_as_it_was(begun, clock):
    root = begun()
    stands = series_edits.change(root, now=clock.at, start=root.start + HOUR)
    root.refresh_from_db()
    every = Period(root.start, root.start + 20 * DAY)
    assert [one.start - root.start for one in occurrences.list_occurrences(root, every).occurrences] == [
        0 * DAY,
        DAY,
        2 * DAY,
    ]
    assert len(occurrences.list_occurrences(stands, every).occurrences) == 7


def test_words_are_those_of_the_series(begun, clock):
    root = begun()
    second = root.children.order_by("start").first()
    assert series_edits.change(root, now=clock.at, title="Check-up").pk == root.pk
    assert [row.title for row in Event.objects.order_by("start")] == ["Check-up", "Visit", "Visit", *["Check-up"] * 7]
    assert second.parent_event_id == root.pk


def test_an_end_that_alters_nothing_of_the_past_needs_no_split(begun, clock):
    root = begun()
    assert series_edits.change(root, now=clock.at, recurrence="RRULE:FREQ=DAILY;COUNT=5", time_zone="UTC").pk == root.pk
    assert (root.children.count(), len(coming(clock))) == (4, 2)


def test_count_that_was_used_up_ends_the_series(begun, clock):
    root = begun()
    stood = past(clock)
    assert series_edits.change(root, now=clock.at, recurrence="RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3").pk == root.pk
    assert (past(clock), coming(clock)) == (stood, [])
    assert expansion.expand(now=clock.at + 30 * DAY) == 0


def test_cancelling_all_leaves_what_has_been(begun, clock):
    root = begun()
    stood = past(clock)
    series_edits.cancel(root.children.order_by("start")[5], reason="x", now=clock.at, reach=Reach.ALL)
    assert (past(clock), coming(clock)) == (stood, [])
    assert Event.objects.filter(cancelled_at=clock.at).count() == 7
    assert not Alarm.objects.filter(event__start__gt=clock.at).exclude(state=AlarmState.CANCELLED).exists()
    assert expansion.expand(now=clock.at + 30 * DAY) == 0
    root.refresh_from_db()
    assert [
        one.start for one in occurrences.list_occurrences(root, Period(clock.at, clock.at + 30 * DAY)).occurrences
    ] == []
    events.cancel(root, reason="x", now=clock.at)
    assert past(clock) == stood


def test_series_that_is_over_says_so(begun, clock):
    root = begun()
    series_edits.change(root, now=clock.at, start=root.start + HOUR)
    before = list(Event.objects.order_by("pk").values())
    for verb in (
        lambda: series_edits.change(root, now=clock.at, start=root.start + HOUR),
        lambda: series_edits.cancel(root, now=clock.at, reason="x"),
        lambda: event_pause.pause(root, now=clock.at),
    ):
        with pytest.raises(SeriesOver):
            verb()
    assert list(Event.objects.order_by("pk").values()) == before


def test_next_occurrence_beyond_the_horizon_is_made_to_begin_with(make, remind, clock):
    root = make(recurrence="RRULE:FREQ=YEARLY", time_zone="UTC")
    remind(root)
    clock.set(root.start + DAY)
    stands = series_edits.change(root, now=clock.at, start=root.start + HOUR)
    assert (stands.start.year, stands.start.hour, stands.alarms.count()) == (2027, 10, 1)
    root.refresh_from_db()
    assert (root.start.hour, root.children.count()) == (9, 0)


def test_reminder_taken_from_one_occurrence_stays_with_the_others(begun, clock):
    root = begun()
    child = root.children.order_by("start")[4]
    alarms.delete(child.alarms.get(), now=clock.at)
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, recurrence="RRULE:FREQ=DAILY;COUNT=8")
    told = Alarm.objects.filter(event__start__gte=child.start).order_by("event__start")
    assert [alarm.state for alarm in told] == ["cancelled", *["planned"] * 7]


def test_series_that_cannot_be_split_is_left_alone(begun, clock):
    root = begun(recurrence="RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5\nRDATE:20261128T120000")
    before = list(Event.objects.order_by("pk").values())
    with pytest.raises(CannotSplit):
        series_edits.change(root, now=clock.at, start=root.start + HOUR)
    assert list(Event.objects.order_by("pk").values()) == before
