"""The first occurrence of a series on a closed day: it alone is skipped or moved, and the series stays who it is."""

from datetime import datetime, timedelta

import pytest

from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.states import Reach
from calendars.models import Alarm, Event, Rule
from calendars.services import event_pause, events
from calendars.services.alarms import alarms
from calendars.services.closures import closure_effects, closure_updates
from calendars.services.exchange import ical_export
from calendars.services.series import expansion, occurrences, series_edits
from calendars.services.series.occurrences import Period
from calendars.tests.closed import ZONE, close, course, shut
from notifications.models import StaffItem

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
FIRST = "2026-11-30"
PLAIN = [("03 09", True, "", ""), ("07 09", True, "", ""), ("10 09", True, "", ""), ("14 09", True, "", "")]
HERE = ("30 09", True, "", "", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5")
KEPT = ("30 09", True, "Outing", "", HERE[4])
SKIPPED = ("30 09", False, "Outing", "skipped", HERE[4])
MOVED = ("01 09", True, "Outing", "moved", f"DTSTART:20261130T090000\n{HERE[4]}")
WAITS, OFF = ("29 09", 1, "planned", ""), ("29 09", 3, "cancelled", "closed")
COURSES = pytest.mark.parametrize(
    ("wish", "expected", "alarm", "staff"),
    [("keep", KEPT, WAITS, 1), ("skip", SKIPPED, OFF, 0), ("move", MOVED, ("30 09", 1, "planned", ""), 0)],
)


def first(root):
    """Return what a root itself does."""
    row = Event.objects.get(pk=root.pk)
    at = f"{row.start.astimezone(ZONE):%d %H}"
    return at, row.cancelled_at is None, row.closure, row.closure_effect, row.recurrence


def reminder(root):
    """Return when the root's reminder leaves, and how it stands."""
    alarm = Alarm.objects.get(event=root)
    return f"{alarm.due_at.astimezone(ZONE):%d %H}", alarm.status, alarm.state, alarm.reason


def listed(root):
    """Return the days of a series as its occurrences are computed, with what was cancelled."""
    found = occurrences.list_occurrences(
        Event.objects.get(pk=root.pk),
        Period(root.start - timedelta(days=2), local("2027-01-01T00:00").replace(tzinfo=ZONE), shows_cancelled=True),
    ).occurrences
    return [(f"{one.start.astimezone(ZONE):%d %H}", one.recurrence_id, one.is_moved, one.is_cancelled) for one in found]


def told(root):
    """Return the lines of a calendar file that say when a series happens."""
    text = ical_export.render_events(ical_export.load(ical_export.roots(root.calendar)), ExportStyle("test"))
    _, _, events_ = text.replace("\r\n ", "").partition("BEGIN:VEVENT")
    wanted = ("DTSTART", "RRULE", "EXDATE", "RECURRENCE-ID")
    return [line.replace(";TZID=America/New_York", "") for line in events_.split("\r\n") if line.startswith(wanted)]


@COURSES
def test_series_is_made_into_a_closure(daily, wish, expected, alarm, staff):
    close(FIRST)
    root = daily(wish)
    assert (first(root), reminder(root), course(root)) == (expected, alarm, PLAIN)
    assert StaffItem.objects.count() == 0


@COURSES
def test_closure_overtakes_a_series(daily, clock, wish, expected, alarm, staff):
    root = daily(wish)
    shut(clock, FIRST)
    assert (first(root), reminder(root), course(root)) == (expected, alarm, PLAIN)
    assert StaffItem.objects.count() == staff


@COURSES
def test_series_is_as_before_when_the_closure_is_gone(daily, clock, wish, expected, alarm, staff):
    made = close(FIRST)
    root = daily(wish)
    made.delete()
    assert closure_updates.evaluate_closure(made, now=clock.at) == 1
    assert (first(root), reminder(root), course(root)) == ((*HERE[:4], HERE[4]), WAITS, PLAIN)
    assert Alarm.objects.count() == 5
    assert closure_effects.evaluate(now=clock.at) == 0


@pytest.mark.parametrize(
    ("wish", "start"),
    [("skip", ("30 09", "20261130T090000", False, True)), ("move", ("01 09", "20261130T090000", True, False))],
)
def test_count_counts_it_and_it_keeps_its_identity(daily, clock, wish, start):
    close(FIRST)
    root = daily(wish)
    assert listed(root) == [
        start,
        ("03 09", "20261203T090000", False, False),
        ("07 09", "20261207T090000", False, False),
        ("10 09", "20261210T090000", False, False),
        ("14 09", "20261214T090000", False, False),
    ]
    clock.forward(days=40)
    assert expansion.expand(now=clock.at) == 0


def test_file_leaves_a_skipped_one_out_and_tells_where_one_was_moved(daily):
    close(FIRST)
    skipped = daily("skip")
    assert told(skipped) == [
        "DTSTART:20261130T090000",
        "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO,TH",
        "EXDATE:20261130T090000",
    ]
    events.delete(skipped, now=skipped.created_on)
    assert told(daily("move")) == [
        "DTSTART:20261130T090000",
        "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO,TH",
        "DTSTART:20261201T090000",
        "RECURRENCE-ID:20261130T090000",
    ]


def test_file_tells_of_a_series_of_which_only_a_skipped_one_is_made_yet(daily):
    close("2027-03-01")
    root = daily("skip", start=local("2027-03-01T09:00"))
    assert (first(root)[3], root.children.count(), told(root)[0]) == ("skipped", 0, "DTSTART:20270301T090000")


def test_named_rule_stays_named(make, clock):
    made = close(FIRST)
    rule = Rule.objects.get(name="Monthly")
    root = make(rule=rule, start=local("2026-11-30T09:00"), on_closure="move")
    assert first(root) == ("01 09", True, "Outing", "moved", "DTSTART:20261130T090000")
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    root.refresh_from_db()
    assert (first(root), root.rule) == (("30 09", True, "", "", ""), rule)


@pytest.mark.parametrize(("wish", "hour"), [("skip", "30 11"), ("move", "01 11")])
def test_all_of_it_moves_from_what_was_seen(daily, clock, wish, hour):
    made = close(FIRST)
    root = daily(wish)
    seen = root.start.astimezone(ZONE).replace(tzinfo=None)
    series_edits.change(root, now=clock.at, start=seen + timedelta(hours=2))
    assert first(root)[:4] == (hour, wish == "move", "Outing", {"skip": "skipped", "move": "moved"}[wish])
    assert [row[0] for row in course(root)] == ["03 11", "07 11", "10 11", "14 11"]
    made.delete()
    closure_updates.evaluate_closure(made, now=clock.at)
    assert first(root) == ("30 11", *HERE[1:])
    assert reminder(root) == ("29 11", 1, "planned", "")


@pytest.mark.parametrize("wish", ["skip", "move"])
def test_to_save_it_as_it_stands_changes_nothing(daily, clock, wish):
    close(FIRST)
    root = daily(wish)
    before = first(root), course(root), reminder(root)
    row = Event.objects.get(pk=root.pk)
    series_edits.change(row, now=clock.at, start=row.start, end=row.end, time_zone=row.time_zone, title="New")
    assert (first(root), course(root), reminder(root)) == before
    assert set(Event.objects.values_list("title", flat=True)) == {"New"}


@pytest.mark.parametrize("wish", ["skip", "move"])
def test_all_of_it_moves_by_as_much_from_another_occurrence(daily, clock, wish):
    close(FIRST)
    root = daily(wish)
    series_edits.change(
        root.children.get(recurrence_id="20261207T090000"),
        now=clock.at,
        reach=Reach.ALL,
        start=local("2026-12-07T10:00"),
    )
    assert first(root)[:2] == ({"skip": "30 10", "move": "01 10"}[wish], wish == "move")
    assert [row[0] for row in course(root)] == ["03 10", "07 10", "10 10", "14 10"]


def test_skipped_one_that_gets_a_time_of_its_own_takes_place_there(daily, clock):
    made = close(FIRST)
    root = daily("skip")
    series_edits.change(root, now=clock.at, reach=Reach.THIS, start=local("2026-12-02T15:00"))
    here = ("02 15", True, "", "", f"DTSTART:20261130T090000\n{HERE[4]}")
    assert (first(root), reminder(root), course(root)) == (here, ("01 15", 1, "planned", ""), PLAIN)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert first(root) == here


def test_skipped_one_may_take_place_all_the_same(daily, clock):
    close("2026-12-07")
    root = daily("skip")
    child = root.children.get(recurrence_id="20261207T090000")
    series_edits.change(child, now=clock.at, on_closure="keep")
    assert (course(root)[1], Alarm.objects.get(event=child).state) == (("07 09", True, "Outing", ""), "planned")
    series_edits.change(child, now=clock.at, start=local("2026-12-08T15:00"))
    assert course(root)[1] == ("08 15", True, "", "")


def test_moved_one_that_was_moved_on_by_hand_stays(daily, clock):
    made = close(FIRST)
    root = daily("move")
    series_edits.change(root, now=clock.at, reach=Reach.THIS, start=local("2026-12-02T11:00"))
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert first(root)[:4] == ("02 11", True, "", "")
    assert course(root) == PLAIN


@pytest.mark.parametrize("wish", ["skip", "move"])
def test_series_splits_behind_it(daily, clock, wish):
    made = close(FIRST)
    root = daily(wish)
    child = root.children.get(recurrence_id="20261207T090000")
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, title="Other")
    assert [row[0] for row in course(root)] == ["03 09"]
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert first(root)[:4] == HERE[:4]
    assert told(root)[0] == "DTSTART:20261130T090000"


def test_series_splits_at_a_skipped_one_which_comes_back_with_the_closure_gone(daily, clock):
    made = close("2026-12-07")
    root = daily("skip")
    child = root.children.get(recurrence_id="20261207T090000")
    series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=local("2026-12-07T10:00"))
    assert (first(child)[:4], [row[0] for row in course(child)]) == (
        ("07 10", False, "Outing", "skipped"),
        ["10 10", "14 10"],
    )
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert first(child)[:4] == ("07 10", True, "", "")


@pytest.mark.parametrize("wish", ["skip", "move"])
def test_cancelled_series_stays_cancelled(daily, clock, wish):
    made = close(FIRST)
    root = daily(wish)
    events.cancel(root, reason="by_hand", now=clock.at)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert (first(root)[1], [row[1] for row in course(root)]) == (False, [False] * 4)


def test_skipped_one_that_is_cancelled_alone_stays_cancelled(daily, clock):
    made = close(FIRST)
    root = daily("skip")
    series_edits.cancel(root, reason="by_hand", now=clock.at, reach=Reach.THIS)
    made.delete()
    closure_effects.evaluate(now=clock.at)
    assert (first(root)[:4], course(root)) == (("30 09", False, "Outing", ""), PLAIN)


def test_series_whose_first_one_is_skipped_pauses_and_goes_on(daily, clock):
    close(FIRST)
    root = daily("skip")
    event_pause.pause(root, now=clock.at)
    assert Event.objects.get(pk=root.pk).paused_at == clock.at
    event_pause.resume(root, now=clock.at)
    assert Event.objects.get(pk=root.pk).paused_at is None


def test_reminders_of_a_series_whose_first_one_is_skipped_follow_theirs(daily, remind, clock):
    made = close(FIRST)
    root = daily("skip")
    second = remind(root, advance_notice=3600)
    alarms.change(second, now=clock.at, advance_notice=7200)
    assert (second.state, second.reason) == ("cancelled", "closed")
    made.delete()
    closure_effects.evaluate(now=clock.at)
    due = Alarm.objects.filter(event=root, status=1).values_list("due_at", flat=True)
    assert sorted(f"{at.astimezone(ZONE):%d %H}" for at in due) == ["29 09", "30 07"]


def test_wish_that_changes_takes_the_reminder_along(daily, clock):
    close(FIRST)
    root = daily("move")
    series_edits.change(root, now=clock.at, on_closure="skip")
    assert (first(root), reminder(root)) == (SKIPPED, OFF)
    series_edits.change(root, now=clock.at, on_closure="move")
    assert (first(root), reminder(root)) == (MOVED, ("30 09", 1, "planned", ""))
    series_edits.change(root, now=clock.at, on_closure="keep")
    assert (first(root), reminder(root), course(root)) == (KEPT, WAITS, PLAIN)


def test_moved_one_stays_once_its_own_day_is_over(daily, clock):
    made = close(FIRST)
    root = daily("move")
    clock.set(local("2026-11-30T12:00").replace(tzinfo=ZONE))
    made.delete()
    assert closure_effects.evaluate(now=clock.at) == 0
    assert first(root) == MOVED


def test_series_that_is_edited_after_the_day_of_its_moved_one_keeps_that_visit(daily, clock):
    close(FIRST)
    root = daily("move")
    clock.set(local("2026-11-30T12:00").replace(tzinfo=ZONE))
    series_edits.change(root, now=clock.at, start=local("2026-12-01T10:00"))
    assert first(root)[:4] == ("01 10", True, "Outing", "moved")
    assert [row[0] for row in course(root)] == ["03 10", "07 10", "10 10", "14 10"]


def test_occurrences_between_its_day_and_where_it_went_are_made(make):
    close(FIRST)
    lines = "RRULE:FREQ=WEEKLY;COUNT=2\nRDATE:20261201T080000"
    root = make(recurrence=lines, start=local("2026-11-30T15:00"), on_closure="move")
    assert first(root)[0] == "01 15"
    assert [row[0] for row in course(root)] == ["01 08", "07 15"]


def test_whole_days_move_as_whole_days(make, clock):
    weekly = "RRULE:FREQ=WEEKLY;COUNT=2"
    made = close(FIRST)
    root = make(all_day=True, start=local("2026-11-30T00:00"), recurrence=weekly, on_closure="move")
    assert first(root) == ("01 00", True, "Outing", "moved", f"DTSTART;VALUE=DATE:20261130\n{weekly}")
    series_edits.change(root, now=clock.at, start=local("2026-12-02T00:00"))
    assert first(root)[:4] == ("01 00", True, "", "")
    made.delete()
    assert closure_updates.evaluate_closure(made, now=clock.at) == 0
