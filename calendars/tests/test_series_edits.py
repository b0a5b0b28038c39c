"""Edits of series: this occurrence, this and the following, all."""

from datetime import timedelta

import pytest

from calendars.engine.states import Reach
from calendars.errors import CannotSplit, ChangedMeanwhile, RuleNamesDays
from calendars.models import Alarm, Event, Rule
from calendars.services import event_pause, events
from calendars.services.alarms import alarm_queueing
from calendars.services.series import expansion, series_edits
from notifications.models import Delivery

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def visits(make, remind):
    """Return a function that makes a daily series with a text a day before, and tells its rows by their starts."""

    def started(**fields):
        root = make(**{"recurrence": "RRULE:FREQ=DAILY;COUNT=10", **fields})
        remind(root)
        return root

    return started


def rows(**where):
    """Return what stands: identity, start and title by id, for comparison."""
    found = Event.objects.filter(**where).order_by("start", "pk")
    return list(found.values_list("pk", "start", "title", "cancelled_at"))


def family(root):
    return [root, *root.children.order_by("start", "pk")]


def notices():
    """Return how long before their events alarms tell, and of how many."""
    found = Alarm.objects.select_related("event")
    return {alarm.event.start - alarm.due_at for alarm in found}, found.count()


def test_what_follows_becomes_a_series_of_its_own(visits, clock):
    root = visits()
    before = rows()
    child = family(root)[4]
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Longer visit")
    root.refresh_from_db()
    assert [(pk, start) for pk, start, _, _ in rows()] == [(pk, start) for pk, start, _, _ in before]
    assert [title for _, _, title, _ in rows()] == ["Visit"] * 4 + ["Longer visit"] * 6
    assert (child.is_series, root.children.count(), child.children.count()) == (True, 3, 5)
    assert child.recurrence == "RRULE:FREQ=DAILY;COUNT=6"
    assert root.recurrence.startswith("RRULE:FREQ=DAILY;UNTIL=2026112")
    assert notices() == ({DAY}, 10)
    assert expansion.expand(now=clock.at + 20 * DAY) == 0


def test_both_parts_of_an_endless_series_go_on_as_before(visits, clock):
    root = visits(recurrence="RRULE:FREQ=WEEKLY;BYDAY=WE,FR;INTERVAL=2")
    child = family(root)[2]
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Other")
    known = set(Event.objects.values_list("start", flat=True))
    expansion.expand(now=clock.at + 60 * DAY)
    later = Event.objects.exclude(start__in=known)
    assert {row.title for row in later} == {"Other"}
    assert sorted({row.start.strftime("%a") for row in later}) == ["Fri", "Wed"]
    assert Event.objects.count() == Event.objects.values("start").distinct().count()


def test_following_ones_move_and_exceptions_stay_who_they_are(visits, clock):
    root = visits()
    occurrences = family(root)
    child, cancelled, moved = occurrences[3], occurrences[5], occurrences[7]
    events.cancel(cancelled, reason="holiday", now=clock.at)
    events.change(moved, now=clock.at, start=moved.start + 5 * HOUR)
    expected = [row.start for row in occurrences[:3]]
    expected += [row.start + 2 * HOUR for row in occurrences[3:5]]
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + 2 * HOUR)
    expansion.expand(now=clock.at + 20 * DAY)
    stands = {row.pk: row for row in Event.objects.all()}
    assert len(stands) == 10
    assert [stands[row.pk].start for row in occurrences[:5]] == expected
    assert (stands[cancelled.pk].start, stands[cancelled.pk].cancelled_at) == (cancelled.start, clock.at)
    assert stands[moved.pk].start == moved.start
    assert stands[occurrences[6].pk].start == occurrences[6].start + 2 * HOUR
    assert notices() == ({DAY}, 10)


def test_moving_the_following_ones_by_a_day_resurrects_nothing(visits, clock):
    root = visits()
    occurrences = family(root)
    events.cancel(occurrences[6], reason="holiday", now=clock.at)
    events.delete(occurrences[8], now=clock.at)
    series_edits.change(occurrences[2], now=clock.at, reach=Reach.FOLLOWING, start=occurrences[2].start + DAY)
    expansion.expand(now=clock.at + 30 * DAY)
    live = Event.objects.filter(cancelled_at=None).order_by("start")
    first = root.start
    assert [(row.start - first).days for row in live] == [0, 1, 3, 4, 5, 6, 8, 10]


def test_all_follow_from_any_occurrence(visits, clock):
    root = visits()
    before = {row.pk: row.start for row in family(root)}
    child = family(root)[4]
    series_edits.change(child, now=clock.at, reach=Reach.ALL, start=child.start + HOUR, title="New")
    assert {row.pk: row.start - HOUR for row in family(Event.objects.get(pk=root.pk))} == before
    assert set(Event.objects.values_list("title", flat=True)) == {"New"}
    assert (child.title, child.start) == ("New", before[child.pk] + HOUR)
    assert notices() == ({DAY}, 10)


def test_one_occurrence_alone(visits, clock):
    root = visits()
    series_edits.change(root, now=clock.at, reach=Reach.THIS, title="First", start=root.start + HOUR)
    assert set(root.children.values_list("title", flat=True)) == {"Visit"}
    assert [row.start.hour for row in family(root)] == [10, *[9] * 9]
    assert expansion.expand(now=clock.at + 30 * DAY) == 0


def test_a_length_reaches_all(visits, clock):
    root = visits()
    child = family(root)[1]
    series_edits.change(child, now=clock.at, reach=Reach.ALL, end=child.start + 2 * HOUR)
    assert {row.end - row.start for row in Event.objects.all()} == {2 * HOUR}
    assert [row.start.hour for row in family(root)] == [9] * 10


def test_own_words_of_an_occurrence_stay(visits, clock):
    root = visits()
    child = family(root)[1]
    events.change(child, now=clock.at, title="Bring the X-ray")
    series_edits.change(root, now=clock.at, reach=Reach.ALL, title="Check-up", description="Room 2")
    child.refresh_from_db()
    assert (child.title, child.description) == ("Bring the X-ray", "Room 2")
    assert Event.objects.filter(title="Check-up").count() == 9


def test_message_that_waits_is_planned_for_the_new_time_once(visits, clock):
    root = visits()
    child = family(root)[1]
    clock.set(child.start - DAY)
    alarm_queueing.plan()
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + 3 * HOUR)
    clock.forward(hours=3)
    alarm_queueing.plan()
    found = Delivery.objects.filter(origin="alarm", topic=f"event:{child.pk}").order_by("pk")
    assert [row.state for row in found] == ["cancelled", "scheduled"]
    assert found[1].due_at == child.start - DAY


def test_paused_series_stays_paused_in_both_parts(visits, clock):
    root = visits()
    child = family(root)[3]
    event_pause.pause(root, now=clock.at)
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Other")
    clock.forward(days=5)
    assert alarm_queueing.plan() == 0
    event_pause.resume(child, now=clock.at)
    clock.forward(days=1)
    assert alarm_queueing.plan() > 0


def test_following_ones_are_cancelled_or_deleted(visits, clock):
    root = visits()
    occurrences = family(root)
    series_edits.cancel(occurrences[7], reason="ended", now=clock.at, reach=Reach.FOLLOWING)
    assert Event.objects.filter(cancelled_at=None).count() == 7
    series_edits.delete(occurrences[4], now=clock.at, reach=Reach.FOLLOWING)
    assert Event.objects.filter(cancelled_at=None).count() == 4
    assert expansion.expand(now=clock.at + 30 * DAY) == 0
    series_edits.delete(root, now=clock.at, reach=Reach.THIS)
    assert Event.objects.filter(cancelled_at=None).count() == 3
    series_edits.delete(occurrences[2], now=clock.at, reach=Reach.ALL)
    assert not Event.objects.filter(cancelled_at=None).exists()


def test_moved_occurrence_can_begin_what_follows(visits, clock):
    root = visits()
    child = family(root)[4]
    events.change(child, now=clock.at, start=child.start + 4 * HOUR)
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Other")
    assert [row.start.hour for row in family(child)] == [13, 9, 9, 9, 9, 9]
    series_edits.change(child, now=clock.at, reach=Reach.ALL, start=child.start + HOUR)
    assert [row.start.hour for row in family(child)] == [14] * 6


def test_named_rule_is_split_too(visits, clock):
    daily = Rule.objects.get(name="Daily")
    root = visits(recurrence="", rule=daily, end_recurring_period=clock.at + 9 * DAY)
    child = family(root)[3]
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Other")
    root.refresh_from_db()
    assert (root.rule, child.rule, root.recurrence, child.end_recurring_period) == (
        daily,
        daily,
        "",
        clock.at + 9 * DAY,
    )
    assert root.end_recurring_period == child.start - timedelta(seconds=1)


def test_extra_date_of_every_second_week_cannot_be_split(visits, clock):
    root = visits(recurrence="RRULE:FREQ=WEEKLY;INTERVAL=2\nRDATE:20261202T090000", time_zone="UTC")
    before = rows()
    with pytest.raises(CannotSplit):
        series_edits.change(family(root)[1], now=clock.at, reach=Reach.FOLLOWING, title="Other")
    assert rows() == before


def test_rule_that_names_days_asks_for_the_new_one(visits, clock):
    root = visits(recurrence="RRULE:FREQ=MONTHLY;BYDAY=4WE", time_zone="UTC")
    with pytest.raises(RuleNamesDays):
        series_edits.change(root, now=clock.at, reach=Reach.ALL, start=root.start + DAY)
    series_edits.change(
        root, now=clock.at, reach=Reach.ALL, start=root.start + DAY, recurrence="RRULE:FREQ=MONTHLY;BYDAY=4TH"
    )
    assert {row.start.strftime("%a") for row in family(root)} == {"Thu"}


def test_two_editors_do_not_overwrite_each_other_unseen(visits, clock):
    root = visits()
    seen = root.version
    series_edits.change(root, now=clock.at, version=seen, title="One")
    before = rows()
    for edit in (
        lambda: series_edits.change(root, now=clock.at, version=seen, title="Two"),
        lambda: series_edits.cancel(root, now=clock.at, version=seen, reason="x"),
        lambda: series_edits.delete(root, now=clock.at, version=seen),
    ):
        with pytest.raises(ChangedMeanwhile):
            edit()
    assert rows() == before
