"""Children of series."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.states import AlarmStatus, EventStatus
from calendars.errors import BadRule
from calendars.models import Alarm, Event, Rule
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.series import expansion
from contacts.models import Contact
from notifications.models import StaffItem
from tests import factories

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
PARIS = ZoneInfo("Europe/Paris")
HOURS_48 = 2 * 86_400


def rule(**fields):
    return Rule.objects.create(**{"name": "Test", "description": "", "frequency": "DAILY", **fields})


def starts(root):
    return list(root.children.order_by("start").values_list("start", flat=True))


def go_on(clock, **span):
    """Let the expansion tick each day."""
    for _ in range(timedelta(**span).days):
        clock.forward(days=1)
        expansion.expand(now=clock.at)


def test_ten_times_makes_exactly_ten(make, clock):
    root = make(rule=rule(params="count:10"))
    go_on(clock, days=60)
    assert starts(root) == [root.start + timedelta(days=number) for number in range(1, 10)]
    root.refresh_from_db()
    assert root.series_ended


def test_children_are_flat_and_numbered(make):
    root = make(rule=rule(params="count:4"), data={"doctor": "Who"}, description="Check")
    rows = root.children.order_by("start").values_list("occ_count", "title", "description", "data", "recurrence", "uid")
    assert [row[0] for row in rows] == [1, 2, 3]
    assert {row[1:4] == ("Visit", "Check", {"doctor": "Who"}) and row[4:] == ("", "") for row in rows} == {True}


def test_child_is_known_by_its_local_start(make):
    root = make(rule=rule(params="count:2"), start=local("2026-12-01T09:00"), time_zone="Europe/Paris")
    assert root.children.get().recurrence_id == "20261202T090000"


@pytest.mark.parametrize("start", [local("2026-03-24T09:00"), local("2026-10-20T09:00")], ids=["forward", "back"])
def test_daily_series_reminds_48_wall_clock_hours_before_across_clock_changes(make, remind, clock, start):
    clock.set(start.replace(tzinfo=UTC) - timedelta(days=10))
    root = make(rule=rule(params="count:12"), start=start, time_zone="Europe/Paris")
    remind(root, advance_notice=HOURS_48)
    expected = [start + timedelta(days=number) for number in range(12)]
    rows = Alarm.objects.order_by("event__start").values_list("event__start", "due_at")
    assert [event.astimezone(PARIS).replace(tzinfo=None) for event, _ in rows] == expected
    assert [due.astimezone(PARIS).replace(tzinfo=None) + timedelta(days=2) for _, due in rows] == expected


def test_copies_start_afresh(make, remind):
    root = make(rule=rule(params="count:2"))
    alarm = remind(root, num_attempt=2, status=AlarmStatus.SUCCESS, result=1, url_confirm="https://a.example")
    copy = Alarm.objects.get(parent_alarm=alarm)
    assert (copy.num_attempt, copy.status, copy.result, copy.url_confirm) == (0, 1, 0, "https://a.example")
    assert copy.due_at == root.children.get().start - timedelta(days=1)


def test_children_made_later_get_their_alarms(make, remind, clock):
    root = make(rule=rule())
    remind(root)
    go_on(clock, days=3)
    assert starts(root)[-1] > clock.at + timedelta(days=35)
    assert not root.children.filter(alarms=None).exists()


def test_horizon_reaches_past_the_longest_lead(make, remind, clock):
    root = make(rule=rule(frequency="MONTHLY", params=""), start=clock.at + timedelta(days=1))
    assert root.children.count() == 1
    remind(root, advance_notice=60 * 86_400)
    assert starts(root)[-1] > clock.at + timedelta(days=90)


def test_expansion_is_done_once_a_day(make, clock):
    make(rule=rule())
    clock.forward(hours=1)
    assert expansion.expand(now=clock.at) == 0


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"recurrence": "RRULE:FREQ=DAILY;UNTIL=20261128T000000Z"}, 2),
        ({"recurrence": "RRULE:FREQ=DAILY", "end_recurring_period": datetime(2026, 11, 28, 9, tzinfo=UTC)}, 3),
        ({"recurrence": "RDATE:20261201T090000"}, 1),
    ],
    ids=["until", "end of the period", "dates"],
)
def test_series_ends(make, clock, fields, number):
    root = make(**fields)
    go_on(clock, days=20)
    assert root.children.count() == number
    root.refresh_from_db()
    assert root.series_ended


def test_malformed_rule_is_refused_when_it_is_given(make):
    with pytest.raises(BadRule) as caught:
        make(rule=rule(params="interval:0"))
    assert caught.value.field == "rule"


def test_malformed_rule_stops_no_other_series(make, clock, world):
    bad, good = rule(), make(rule=rule())
    root = make(rule=bad)
    Rule.objects.filter(pk=bad.pk).update(params="byweekday:exit()")
    go_on(clock, days=2)
    root.refresh_from_db()
    assert "exit()" in root.series_error
    assert starts(good)[-1] >= clock.at + timedelta(days=35)
    assert StaffItem.objects.get().kind == "warning"


def test_row_that_the_database_refuses_stops_no_other_series(make, clock, monkeypatch):
    good, root = make(rule=rule()), make(rule=rule())
    Event.objects.filter(pk=root.pk).update(occ_count=0)
    root.children.update(occ_count=2**31 - 1)
    go_on(clock, days=2)
    root.refresh_from_db()
    assert "out of range" in root.series_error
    assert starts(good)[-1] >= clock.at + timedelta(days=35)


@pytest.mark.parametrize("whose", ["contact", "event"])
def test_zone_that_this_machine_has_not_stops_no_other_series(make, remind, clock, patient, whose):
    good, root = make(rule=rule(), contact=None), make(rule=rule())
    remind(root)
    rows = Contact.objects.filter(pk=patient.pk) if whose == "contact" else Event.objects.filter(pk=root.pk)
    rows.update(time_zone="Mars/Base")
    go_on(clock, days=2)
    root.refresh_from_db()
    assert "Mars/Base" in root.series_error
    assert starts(good)[-1] >= clock.at + timedelta(days=35)
    assert StaffItem.objects.get().kind == "warning"


def test_changed_rule_takes_a_series_up_again(make, clock):
    root = make(rule=rule(params="count:3"))
    events.change(root, now=clock.at, rule=rule(params="count:5"))
    assert len(starts(root)) == 4


def test_changed_rule_removes_what_no_longer_fits(make, remind, clock):
    root = make(rule=rule(params="count:5"))
    remind(root)
    told = root.children.order_by("start").first()
    told.alarms.update(status=AlarmStatus.SUCCESS)
    events.change(root, now=clock.at, rule=rule(frequency="WEEKLY", params="count:3"))
    live = root.children.filter(cancelled_at=None)
    assert starts(root)[1:] == [root.start + timedelta(weeks=number) for number in (1, 2)]
    assert live.count() == 2
    told.refresh_from_db()
    assert told.cancelled_at == clock.at


def test_moved_root_moves_its_series(make, clock):
    root = make(rule=rule(params="count:3"))
    events.change(root, now=clock.at, start=root.start + timedelta(hours=1))
    assert starts(root) == [root.start + timedelta(days=number) for number in (1, 2)]


def test_root_that_moves_alone_leaves_its_series(make, clock):
    root = make(rule=rule(params="count:3"))
    before = starts(root)
    events.change(root, now=clock.at, start=root.start + timedelta(hours=1), whole_series=False)
    assert starts(root) == before
    events.change(root, now=clock.at, rule=rule(params="count:4"))
    assert starts(root) == [*before, before[-1] + timedelta(days=1)]


def test_moved_child_stays_moved(make, clock):
    root = make(rule=rule(params="count:4"))
    child = root.children.order_by("start").first()
    events.change(child, now=clock.at, start=child.start + timedelta(hours=3))
    expansion.expand(now=clock.at + timedelta(days=2))
    assert root.children.count() == 3


def test_deleted_child_does_not_come_again(make, clock):
    root = make(rule=rule(params="count:4"))
    events.delete(root.children.order_by("start").first(), now=clock.at)
    root.refresh_from_db()
    events.change(root, now=clock.at, rule=rule(params="count:5"))
    assert starts(root) == [root.start + timedelta(days=number) for number in (2, 3, 4)]


def test_text_of_a_root_reaches_its_future_children(make, clock):
    root = make(rule=rule(params="count:3"))
    events.change(root, now=clock.at, title="Check-up")
    assert set(root.children.values_list("title", flat=True)) == {"Check-up"}


def test_series_that_began_in_the_past_is_filled_in_silently(make, remind, clock):
    root = make(rule=rule(params="count:5"), start=clock.at - timedelta(days=3))
    remind(root)
    assert root.children.count() == 4
    expansion.expand(now=clock.at)
    assert root.children.filter(status=EventStatus.COMPLETED).count() == 2


def test_dense_series_keeps_a_day_or_a_thousand_ahead(make, clock):
    minutely = make(rule=rule(frequency="MINUTELY", params=""), start=clock.at)
    often = make(rule=rule(frequency="MINUTELY", params="interval:10"), start=clock.at)
    assert (minutely.children.count(), often.children.count()) == (1000, 1000)
    assert expansion.expand(now=clock.at) == 440
    clock.forward(minutes=10)
    assert expansion.expand(now=clock.at) == 10 + 1
    assert expansion.expand(now=clock.at) == 0


@pytest.fixture
def small_chunks(monkeypatch):
    """Make a hundred children at a time, where the program makes a thousand; return how many."""
    monkeypatch.setattr(expansion, "CHUNK", 100)
    return expansion.CHUNK


def test_dense_series_is_ready_for_its_longest_lead(make, remind, clock, small_chunks):
    root = make(rule=rule(frequency="HOURLY", params=""), start=clock.at)
    remind(root, advance_notice=20 * 86_400)
    while expansion.expand(now=clock.at):
        pass
    assert starts(root)[-1] == clock.at + timedelta(days=21)


def test_one_tick_makes_so_many_children_and_neediest_series_first(make, clock, small_chunks):
    roots = [make(rule=rule(frequency="MINUTELY", params="")) for _ in range(3)]
    daily = make(rule=rule())
    Event.objects.exclude(parent_event=None).delete()
    Event.objects.filter(pk__in=[root.pk for root in roots]).update(expanded_until=clock.at)
    Event.objects.filter(pk=daily.pk).update(expanded_until=None)
    assert 100 < expansion.expand(now=clock.at, limit=1, most=100) <= 100 + 2 * small_chunks
    assert daily.children.exists()
    assert [root.children.exists() for root in roots] == [True, False, False]


def test_outage_is_caught_up_without_gaps(make, clock):
    root = make(rule=rule(frequency="HOURLY", params=""), start=clock.at)
    clock.forward(days=60)
    expansion.expand(now=clock.at)
    expansion.expand(now=clock.at)
    found = starts(root)
    assert found == [root.start + timedelta(hours=number) for number in range(1, len(found) + 1)]
    assert found[-1] > clock.at


def test_everything_over_is_completed(make, clock):
    root = make(rule=rule(params="count:3"))
    clock.set(root.end + timedelta(days=1))
    expansion.expand(now=clock.at)
    assert list(Event.objects.order_by("start").values_list("status", flat=True)) == [2, 2, 1]


def test_expansion_costs_a_constant_number_of_queries(world, clock, django_assert_num_queries):
    def roots(count):
        for _ in range(count):
            root = factories.event(world, rule=daily)
            factories.alarm(world, root)

    daily = rule(params="count:5")
    for count in (1, 10):
        roots(count)
        with django_assert_num_queries(20):
            assert expansion.expand(now=clock.at) == 4 * count


def test_alarm_with_a_longer_lead_is_in_time(make, clock, inside):
    root = make(rule=rule(), start=clock.at + timedelta(days=1))
    alarms.create(root, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=40 * 86_400)
    soonest = Alarm.objects.filter(due_at__gt=clock.at).order_by("due_at").first()
    assert soonest.due_at <= clock.at + timedelta(days=1)
