"""The page of an event that is no visit: what it says, and how far its forms reach."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from appointments.tests.visiting import NEW_YORK, browser
from calendars.models import Event, Rule
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.series import series_edits
from config.kernel.http import security_headers

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
SERIES = "RRULE:FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def make(inside, clock):
    """Return a function that makes an event on Tuesday at 09:00 in New York, for half an hour."""

    def make(**fields):
        given = {"title": "Team meeting", "start": "2026-11-24T09:00", "end": "2026-11-24T09:30", **fields}
        given |= {name: local(given[name]) for name in ("start", "end") if given[name]}
        return events.create(calendar=inside.calendar, creator=inside.calendar_user, now=clock.at, **given)

    return make


def address(event):
    return f"/events/{event.pk}/"


def press(client, event, do, **fields):
    """Press a button of a page that was opened just now, unless told what was seen; what is None was not there."""
    page = client.get(address(event)).context
    form = {name: page["forms"]["change"][name].value() for name in page["forms"]["change"].fields}
    given = {"change": form, "cancel": {"reason": "other", "reach": "this"}}[do]
    sent = {"do": do, "seen": page["shown"].version, **given, **fields}
    return client.post(address(event), {name: value for name, value in sent.items() if value is not None})


def course():
    """Return day, time and title of all events in order, a cross before what is cancelled."""
    connection.check_constraints()
    return [
        ("✕" if row.cancelled_at else "") + f"{row.start.astimezone(NEW_YORK):%d %H:%M} {row.title}"
        for row in Event.objects.order_by("start", "pk")
    ]


def told(answer):
    """Return what is wrong, by field."""
    (form,) = [form for form in answer.context["forms"].values() if form.is_bound]
    return answer.status_code, {name: list(words) for name, words in form.errors.items()}


def test_page_says_what_the_event_is(make, desk, inside, clock):
    event = make(description="Bring\ncake", contact=None)
    alarms.create(
        event,
        now=clock.at,
        method=2,
        sms_template=inside.sms_template,
        advance_notice=7200,
        alarm_phonenumber="+15551234567",
    )
    answer = desk.get(address(event))
    shown, page = answer.context["shown"], answer.content.decode()
    assert (shown.when, shown.zone, shown.elsewhere, shown.status.text, shown.in_words) == (
        "Tuesday, 24 November 2026, 09:00–09:30",
        "America/New_York",
        "",
        "Planned",
        "",
    )
    assert [(one.channel, one.due) for one in shown.reminders] == [("SMS", "Tuesday, 24 November 2026, 07:00")]
    for words in ("Team meeting", "Bring<br>cake", "riverside calendar", f"/events/{event.pk}/calendar.ics"):
        assert words in page
    assert answer["Content-Security-Policy"] == security_headers.STRICT
    assert "style=" not in page
    assert "<script" not in page


def test_event_elsewhere_tells_both_clocks(make, desk):
    shown = desk.get(address(make(time_zone="Europe/Paris"))).context["shown"]
    assert (shown.when, shown.elsewhere) == (
        "Tuesday, 24 November 2026, 09:00–09:30",
        "Tuesday, 24 November 2026, 03:00–03:30 America/New_York",
    )


def test_whole_days_have_no_time(make, desk):
    event = make(start="2026-11-24", end="2026-11-26", all_day=True)
    assert desk.get(address(event)).context["shown"].when == (
        "Tuesday, 24 November 2026 – Wednesday, 25 November 2026, all day"
    )
    assert press(desk, event, "change", last_day="2026-11-27").status_code == 302
    event.refresh_from_db()
    assert (event.end.astimezone(NEW_YORK), event.all_day) == (datetime(2026, 11, 28, tzinfo=NEW_YORK), True)


def test_series_reads_in_words_and_leads_to_its_next_ones(make, desk):
    event = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=8")
    shown = desk.get(address(event)).context["shown"]
    assert (shown.in_words, [str(one) for one in shown.coming][:2]) == (
        "every Tuesday, 8 times",
        ["Tuesday, 24 November 2026, 09:00", "Tuesday, 1 December 2026, 09:00"],
    )
    second = event.children.earliest("start")
    assert f'<a href="/events/{second.pk}">Tuesday, 1 December' in desk.get(address(event)).content.decode()


def test_event_of_a_visit_leads_to_the_visit(book, desk):
    visit = book()
    for ask in (desk.get, desk.post):
        answer = ask(address(visit.event))
        assert (answer.status_code, answer["Location"]) == (303, f"/visits/{visit.pk}")


def test_event_is_changed_in_all_it_says(make, desk):
    event = make()
    answer = press(
        desk, event, "change", title="Board", description="Room 2", day="2026-11-25", clock="14:10", minutes="45"
    )
    assert (answer.status_code, answer["Location"]) == (302, address(event))
    event.refresh_from_db()
    assert (event.title, event.description, event.start, event.end) == (
        "Board",
        "Room 2",
        datetime(2026, 11, 25, 14, 10, tzinfo=NEW_YORK),
        datetime(2026, 11, 25, 14, 55, tzinfo=NEW_YORK),
    )
    assert "Changed. Its reminders follow." in desk.get(address(event)).content.decode()


def test_what_was_not_changed_is_not_written(make, desk):
    event = make(start="2026-11-01T01:30", end="2026-11-01T02:30")
    Event.objects.update(start="2026-11-01T06:30Z", end="2026-11-01T07:30Z")  # the second 01:30 of that night
    assert press(desk, event, "change").status_code == 302
    assert "nothing was changed" in desk.get(address(event)).content.decode()
    press(desk, event, "change", title="Night")
    event.refresh_from_db()
    assert (event.title, event.start.isoformat(), event.version) == ("Night", "2026-11-01T06:30:00+00:00", 2)


def test_event_becomes_whole_days_and_timed_again(make, desk):
    event = make()
    press(desk, event, "change", clock="", minutes="")
    event.refresh_from_db()
    assert (event.all_day, event.end - event.start) == (True, event.end - event.start)
    assert (event.start.astimezone(NEW_YORK).hour, event.end.astimezone(NEW_YORK).day) == (0, 25)
    press(desk, event, "change", clock="10:00", minutes="20")
    assert course() == ["24 10:00 Team meeting"]


def test_floating_event_stays_so_until_it_becomes_whole_days(make, desk):
    event = make(floating=True)
    press(desk, event, "change", clock="10:00")
    event.refresh_from_db()
    assert (event.floating, course()) == (True, ["24 10:00 Team meeting"])
    assert press(desk, event, "change", clock="").status_code == 302
    event.refresh_from_db()
    assert (event.floating, event.all_day) == (False, True)


def test_event_of_two_weeks_is_renamed(make, desk):
    event = make(end="2026-12-08T09:30")
    assert press(desk, event, "change", title="Course").status_code == 302
    assert course() == ["24 09:00 Course"]


@pytest.mark.parametrize(
    ("reach", "after"),
    [
        ("this", ["24 09:00 A", "01 09:00 A", "08 11:00 B", "15 09:00 A"]),
        ("following", ["24 09:00 A", "01 09:00 A", "08 11:00 B", "15 11:00 B"]),
        ("all", ["24 11:00 B", "01 11:00 B", "08 11:00 B", "15 11:00 B"]),
    ],
)
def test_change_reaches_as_far_as_chosen(make, desk, reach, after):
    make(recurrence=SERIES, title="A")
    third = Event.objects.order_by("start")[2]
    assert press(desk, third, "change", title="B", clock="11:00", reach=reach).status_code == 302
    assert course() == after


@pytest.mark.parametrize(("reach", "left"), [("this", [0, 1, 3]), ("following", [0, 1]), ("all", [])])
def test_cancellation_reaches_as_far_as_chosen(make, desk, reach, left):
    make(recurrence=SERIES)
    third = Event.objects.order_by("start")[2]
    assert press(desk, third, "cancel", reach=reach).status_code == 302
    assert [number for number, row in enumerate(course()) if not row.startswith("✕")] == left


def test_cancelled_event_offers_its_restoration_only(make, desk):
    event = make()
    press(desk, event, "cancel")
    answer = desk.get(address(event))
    assert (list(answer.context["forms"]), answer.context["shown"].status.text) == (["restore"], "Cancelled")


def test_all_leaves_alone_what_has_been(make, desk, world, clock):
    make(recurrence=SERIES)
    third = Event.objects.order_by("start")[2]
    clock.forward(days=9)
    desk.force_login(world.staff)
    assert press(desk, third, "change", clock="11:00", reach="all").status_code == 302
    assert [row[:8] for row in course()] == ["24 09:00", "01 09:00", "08 11:00", "15 11:00"]


def test_event_alone_begins_to_repeat(make, desk):
    event = make()
    assert press(desk, event, "change", repeats="fortnightly", times="3").status_code == 302
    assert [row[:8] for row in course()] == ["24 09:00", "08 09:00", "22 09:00"]
    assert desk.get(address(event)).context["shown"].in_words == "every second Tuesday, 3 times"


def test_series_gets_another_rule_and_keeps_what_was_left_out(make, desk):
    event = make(recurrence=f"{SERIES}\nEXDATE:20261201T090000")
    assert press(desk, event, "change", repeats="daily", times="10", clock="10:00", reach="all").status_code == 302
    event.refresh_from_db()
    assert event.recurrence == "RRULE:FREQ=DAILY;COUNT=10\nEXDATE:20261201T100000"
    assert [row[:8] for row in course()] == [f"{day:02} 10:00" for day in (24, 25, 26, 27, 28, 29, 30, 2, 3)]


def test_named_rule_gives_way_to_a_chosen_one(make, desk):
    event = make(rule=Rule.objects.get(name="Daily"), end_recurring_period=datetime(2026, 11, 27, tzinfo=NEW_YORK))
    press(desk, event, "change", repeats="weekly", times="2", reach="all")
    event.refresh_from_db()
    assert (event.rule, event.recurrence) == (None, "RRULE:FREQ=WEEKLY;COUNT=2")


def test_rest_of_a_series_gets_a_rule_of_its_own(make, desk):
    make(recurrence=SERIES)
    third = Event.objects.order_by("start")[2]
    answer = press(
        desk, third, "change", repeats="own", rule="RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", reach="following"
    )
    assert answer.status_code == 302
    assert [row[:8] for row in course()] == ["24 09:00", "01 09:00", "08 09:00", "10 09:00", "15 09:00"]


def test_series_ends_its_repeating(make, desk):
    event = make(recurrence=SERIES)
    assert press(desk, event, "change", repeats="never", reach="all").status_code == 302
    assert course() == ["24 09:00 Team meeting"]


@pytest.mark.parametrize("reach", ["this", "all"])
def test_new_rule_is_one_for_what_follows(make, desk, reach):
    make(recurrence=SERIES)
    third = Event.objects.order_by("start")[2]
    before = course()
    status, wrong = told(press(desk, third, "change", repeats="daily", reach=reach))
    assert (status, list(wrong)) == (400, ["reach"])
    assert course() == before


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, {"title": ["This field is required."]}),
        (
            {"day": "2027-03-14", "clock": "02:30"},
            {"clock": ["The clocks in America/New_York do not show this time on that day."]},
        ),
        ({"minutes": ""}, {"minutes": ["Say how many minutes it lasts; or leave the time empty, for the whole day."]}),
        (
            {"clock": "", "last_day": "2026-11-20"},
            {"last_day": ["It begins on Tue 24 Nov 2026; choose that day or a later one."]},
        ),
        ({"day": "1812-06-24"}, {"day": ["Choose a day in the years 1900 to 2199."]}),
        ({"repeats": "daily", "until": "9999-12-31"}, {"until": ["Choose a day in the years 1900 to 2199."]}),
        (
            {"repeats": "own", "rule": "FREQ=SOMETIMES"},
            {
                "rule": [
                    "“SOMETIMES” is no frequency; choose one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, "
                    "SECONDLY."
                ]
            },
        ),
        ({"repeats": "own"}, {"rule": ["Write the rule, such as RRULE:FREQ=WEEKLY;BYDAY=TU,TH"]}),
        (
            {"repeats": "workdays", "day": "2026-11-28"},
            {"repeats": ["Saturday is no weekday (Monday to Friday); choose another day to begin with."]},
        ),
        ({"times": "3"}, {"times": ["Choose above how it repeats; a rule of your own says itself when it ends."]}),
        ({"repeats": None}, {"repeats": ["This field is required."]}),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(make, desk, fields, wrong):
    event = make()
    status, found = told(press(desk, event, "change", **fields))
    assert (status, found) == (400, wrong)
    assert course() == ["24 09:00 Team meeting"]


def test_last_event_of_a_series_goes_a_day_later_with_all(make, desk):
    make(recurrence="RRULE:FREQ=WEEKLY", end_recurring_period=datetime(2026, 12, 8, 10, tzinfo=NEW_YORK))
    third, before = Event.objects.order_by("start")[2], [row.start for row in Event.objects.order_by("start")]
    assert press(desk, third, "change", day="2026-12-09", reach="all").status_code == 302
    assert [row.start - timedelta(days=1) for row in Event.objects.order_by("start")] == before


def test_change_meanwhile_is_told_and_nothing_typed_is_lost(make, desk, clock):
    event = make(recurrence=SERIES)
    second = event.children.earliest("start")
    before = desk.get(address(second)).context["shown"].version
    series_edits.change(event, now=clock.at, title="Board", reach="all")
    answer = press(desk, second, "change", seen=before, title="Mine", reach="this")
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Somebody changed this event meanwhile" in page
    assert 'value="Mine"' in page
    assert {row[9:] for row in course()} == {"Board"}


def test_event_that_has_begun_changes_alone_and_keeps_its_rule(make, desk, world, clock):
    event = make(recurrence=SERIES)
    clock.forward(days=2)
    desk.force_login(world.staff)
    form = desk.get(address(event)).context["forms"]["change"]
    assert not {"reach", "repeats", "rule"} & set(form.fields)
    press(desk, event, "change", clock="10:00", repeats="never", reach="all")
    assert [row[:8] for row in course()] == ["24 10:00", "01 09:00", "08 09:00", "15 09:00"]


def test_file_holds_the_whole_series(make, desk):
    event = make(recurrence=SERIES)
    for row in (event, event.children.earliest("start")):
        answer = desk.get(f"/events/{row.pk}/calendar.ics")
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="event-{row.pk}.ics"'
        assert (answer.content.count(b"BEGIN:VEVENT"), b"RRULE:FREQ=WEEKLY;COUNT=4" in answer.content) == (1, True)


def test_deeds_are_in_the_trail_without_a_word_of_it(make, desk, world):
    event = make(recurrence=SERIES)
    press(desk, event, "change", title="Secret", reach="this")
    press(desk, event, "cancel", reach="all", reason="by_mistake")
    told = AuditEntry.objects.filter(kind="calendars.event", object_id=event.pk, via="session").order_by("id")
    assert [(entry.action, entry.identity, entry.changed, entry.facts) for entry in told] == [
        ("change", f"user:{world.staff.pk}", ["title"], {"reach": "this"}),
        ("cancel", f"user:{world.staff.pk}", ["cancelled_at"], {"reach": "all", "reason": "by_mistake"}),
    ]


def test_number_of_queries_does_not_grow(make, desk, inside, clock):
    event, counts = make(recurrence=SERIES), []
    for _ in range(2):
        alarms.create(event, now=clock.at, method=2, sms_template=inside.sms_template, alarm_phonenumber="+15551234567")
        with CaptureQueriesContext(connection) as asked:
            desk.get(address(event))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_viewer_reads_and_changes_nothing(make, world):
    event, viewer = make(), browser(world.viewer)
    assert viewer.get(address(event)).context["forms"] == {}
    assert viewer.post(address(event), {"do": "cancel", "reason": "other"}).status_code == 403
    assert course() == ["24 09:00 Team meeting"]


def test_another_clinics_event_is_as_absent_as_none(make, other):
    event, stranger = make(), browser(other.owner)
    for ask, rest in ((stranger.get, ""), (stranger.post, ""), (stranger.get, "calendar.ics")):
        answers = [ask(f"/events/{pk}/{rest}") for pk in (event.pk, 10**9)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_stranger_signs_in_first(make, client):
    event = make()
    assert client.get(address(event))["Location"] == f"/accounts/login/?next={address(event)}"
