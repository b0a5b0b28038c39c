"""The page of one visit: what it says, and how far its forms reach."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.services import keys
from appointments.errors import Begun
from appointments.models import Appointment
from appointments.services import booking, rebooking, visit_page
from appointments.services.rebooking import Edit
from calendars.engine.states import Reach
from calendars.models import Alarm
from calendars.services import alarms, edits, events
from config.kernel import headers
from tests import factories

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def book(inside, clock):
    """Return a function that books a visit for tomorrow, 09:00 in New York."""
    patient = factories.contact(inside)

    def book(**fields):
        given = {"starts_at": datetime(2026, 11, 24, 9, tzinfo=NEW_YORK), "title": "Check-up", **fields}
        given.setdefault("ends_at", given["starts_at"] + HOUR / 2)
        return booking.book(contact=patient, calendar=inside.calendar, now=clock.at, **given)

    return book


@pytest.fixture
def desk(world):
    """Return a browser in which a receptionist is signed in."""
    return browser(world.staff)


def browser(user, **how):
    client = Client(**how)
    client.force_login(user)
    return client


def seen(client, visit):
    """Return the mark of what stands on the page now."""
    return client.get(f"/visits/{visit.pk}/").context["shown"].mark


def press(client, visit, do, **fields):
    """Press a button of a page that was opened just now, unless told what was seen."""
    given = {"move": {"day": "2026-11-24", "clock": "11:00", "minutes": "30"}, "cancel": {"reason": "other"}}
    if "seen" not in fields:
        fields["seen"] = seen(client, visit)
    return client.post(f"/visits/{visit.pk}/", {"do": do, **given.get(do, {}), **fields})


def course():
    """Return hour and status of all visits, in the order of their first times."""
    rows = Appointment.objects.order_by("starts_at")
    return [(row.starts_at.astimezone(NEW_YORK).strftime("%d %H:%M"), row.status) for row in rows]


def occurrences(visit):
    """Return the visits of a series that was booked just now."""
    return list(Appointment.objects.order_by("starts_at"))


def test_page_says_what_the_visit_is(book, desk):
    visit = book()
    answer = desk.get(f"/visits/{visit.pk}/")
    page = answer.content.decode()
    shown = answer.context["shown"]
    assert (shown.when, shown.zone, shown.minutes) == (
        "Tuesday, 24 November 2026, 09:00–09:30", "America/New_York", 30,
    )  # fmt: skip
    assert (shown.status.text, shown.in_words, shown.coming, shown.reminders) == ("Scheduled", "", [], [])
    for words in ("Ana Lopez", "Check-up", "Riverside calendar".lower(), f"/appointment/{visit.pk}/change/"):
        assert words in page
    assert answer["Content-Security-Policy"] == headers.STRICT
    assert "style=" not in page
    assert "<script" not in page


def test_name_on_the_day_leads_to_the_page(book, desk):
    visit = book()
    assert f'<a href="/visits/{visit.pk}">Ana Lopez</a>' in desk.get("/").content.decode()


def test_visit_past_midnight_says_on_which_day_it_ends(book, desk):
    start = datetime(2026, 11, 24, 23, 45, tzinfo=NEW_YORK)
    shown = desk.get(f"/visits/{book(starts_at=start).pk}/").context["shown"]
    assert shown.when == "Tuesday, 24 November 2026, 23:45–Wednesday, 25 November 2026, 00:15"


def test_reminder_tells_its_state_in_a_sentence(book, desk, inside, clock):
    visit = book()
    alarm = alarms.create(visit.event, now=clock.at, method=2, sms_template=inside.sms_template, advance_notice=7200)
    (waiting,) = desk.get(f"/visits/{visit.pk}/").context["shown"].reminders
    assert (waiting.channel, waiting.due) == ("SMS", "Tuesday, 24 November 2026, 07:00")
    assert (waiting.badge.text, waiting.badge.tone, waiting.sentence) == ("Planned", "info", "It waits for its time.")
    Alarm.objects.filter(pk=alarm.pk).update(state="failed", reason="no_recipient")
    (failed,) = desk.get(f"/visits/{visit.pk}/").context["shown"].reminders
    assert (failed.badge.tone, failed.sentence) == (
        "danger",
        "It was not sent. There is no phone number or e-mail address to send it to. "
        "Put the cause right and press “Retry”, or telephone the patient.",
    )


def test_series_reads_in_words_with_its_next_five_dates(book, desk):
    visit = book(recurrence="RRULE:FREQ=WEEKLY;COUNT=8")
    child = occurrences(visit)[2]
    shown = desk.get(f"/visits/{child.pk}/").context["shown"]
    assert (shown.in_words, shown.is_series) == ("every Tuesday, 8 times", True)
    assert shown.coming == [
        "Tuesday, 24 November 2026, 09:00", "Tuesday, 1 December 2026, 09:00", "Tuesday, 8 December 2026, 09:00",
        "Tuesday, 15 December 2026, 09:00", "Tuesday, 22 December 2026, 09:00",
    ]  # fmt: skip


def test_number_of_queries_does_not_grow(book, desk, inside, clock):
    visit = book(recurrence=WEEKLY)
    child = occurrences(visit)[1]
    counts = []
    for _ in range(2):
        alarms.create(child.event, now=clock.at, method=2, sms_template=inside.sms_template)
        with CaptureQueriesContext(connection) as asked:
            desk.get(f"/visits/{child.pk}/")
        counts.append(len(asked))
    assert counts == [14, 14]


def test_confirming_is_one_visits(book, desk):
    visit = book(recurrence=WEEKLY)
    answer = press(desk, visit, "confirm")
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.pk}/")
    assert course() == [("24 09:00", "confirmed"), *[(f"{day} 09:00", "scheduled") for day in ("01", "08", "15")]]
    page = desk.get(f"/visits/{visit.pk}/")
    assert "Confirmed." in page.content.decode()
    assert list(page.context["forms"]) == ["move", "cancel"]


def test_visit_alone_is_moved_and_not_asked_how_far(book, desk):
    visit = book()
    assert "How far" not in desk.get(f"/visits/{visit.pk}/").content.decode()
    assert press(desk, visit, "move", day="2026-11-25", minutes="45").status_code == 302
    visit.refresh_from_db()
    assert (visit.starts_at, visit.ends_at) == (
        datetime(2026, 11, 25, 11, tzinfo=NEW_YORK), datetime(2026, 11, 25, 11, 45, tzinfo=NEW_YORK),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reach", "hours"),
    [("this", [9, 9, 11, 9]), ("following", [9, 9, 11, 11]), ("all", [11, 11, 11, 11])],
)
def test_move_reaches_as_far_as_chosen(book, desk, reach, hours):
    third = occurrences(book(recurrence=WEEKLY))[2]
    assert press(desk, third, "move", day="2026-12-08", reach=reach).status_code == 302
    days = ("24", "01", "08", "15")
    assert course() == [(f"{day} {hour:02}:00", "scheduled") for day, hour in zip(days, hours, strict=True)]
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize(
    ("reach", "left"), [("this", [0, 1, 3]), ("following", [0, 1]), ("all", [])]
)  # fmt: skip
def test_cancellation_reaches_as_far_as_chosen(book, desk, reach, left):
    third = occurrences(book(recurrence=WEEKLY))[2]
    assert press(desk, third, "cancel", reach=reach).status_code == 302
    assert [number for number, (_, status) in enumerate(course()) if status == "scheduled"] == left
    assert Appointment.objects.filter(event__cancelled_at__isnull=False).count() == 4 - len(left)


@pytest.mark.parametrize("do", ["move", "cancel"])
def test_all_leaves_alone_what_has_been(book, desk, world, clock, do):
    third = occurrences(book(recurrence=WEEKLY))[2]
    clock.forward(days=9)  # two have been
    desk.force_login(world.staff)
    assert press(desk, third, do, day="2026-12-08", reach="all").status_code == 302
    assert course()[:2] == [("24 09:00", "scheduled"), ("01 09:00", "scheduled")]
    assert course()[2:] == (
        [("08 11:00", "scheduled"), ("15 11:00", "scheduled")] if do == "move"
        else [("08 09:00", "cancelled"), ("15 09:00", "cancelled")]
    )  # fmt: skip


def test_all_goes_on_where_the_first_visit_alone_was_cancelled(book, desk):
    first, *others = occurrences(book(recurrence=WEEKLY))
    press(desk, first, "cancel", reach="this")
    assert press(desk, others[1], "move", day="2026-12-08", reach="all").status_code == 302
    assert course() == [("24 09:00", "cancelled"), *[(f"{day} 11:00", "scheduled") for day in ("01", "08", "15")]]


def test_visit_that_has_begun_changes_alone(book, desk, world, clock):
    first = occurrences(book(recurrence=WEEKLY))[0]
    clock.forward(days=9)
    desk.force_login(world.staff)
    assert "How far" not in desk.get(f"/visits/{first.pk}/").content.decode()
    press(desk, first, "move", reach="all")
    assert course() == [("24 11:00", "scheduled"), *[(f"{day} 09:00", "scheduled") for day in ("01", "08", "15")]]


def test_series_whose_visit_began_while_the_page_was_open_is_left_alone(book, clock):
    first = occurrences(book(recurrence=WEEKLY))[0]
    with pytest.raises(Begun):
        rebooking.cancel(first, reason="other", edit=Edit(rebooking.mark(first), first.starts_at, Reach.FOLLOWING))
    assert {status for _, status in course()} == {"scheduled"}


def test_change_meanwhile_is_told_and_nothing_typed_is_lost(book, desk, world):
    visit = book()
    before = seen(desk, visit)
    press(browser(world.owner), visit, "move", clock="10:00")
    answer = press(desk, visit, "move", seen=before, day="2026-11-26", clock="15:20", minutes="25")
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Somebody changed this visit meanwhile" in page
    assert "It is now Tuesday, 24 November 2026, 10:00–10:30, scheduled." in page
    for typed in ('value="2026-11-26"', 'value="15:20"', 'value="25"'):
        assert typed in page
    assert course() == [("24 10:00", "scheduled")]
    again = answer.context["shown"].mark
    assert press(desk, visit, "move", seen=again, day="2026-11-26", clock="15:20", minutes="25").status_code == 302
    assert course() == [("26 15:20", "scheduled")]


@pytest.mark.parametrize(("do", "reason"), [("confirm", ""), ("cancel", "by_mistake")])
def test_answer_that_came_meanwhile_counts_as_a_change(book, desk, clock, do, reason):
    visit = book()
    before = seen(desk, visit)
    booking.cancel(visit, reason="cancelled", now=clock.at)
    answer = press(desk, visit, do, seen=before, reason=reason)
    assert answer.status_code == 412
    assert list(answer.context["forms"]) == [do]
    assert "cancelled." in answer.content.decode()


def test_change_meanwhile_is_told_beside_a_typing_error_too(book, desk, clock):
    visit = book()
    answer = press(desk, visit, "move", seen="0-scheduled", clock="25:00")
    assert (answer.status_code, answer.context["is_outdated"]) == (400, True)
    assert 'value="25:00"' in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "2026-02-30"}, "Enter a valid date."),
        ({"day": "1500-01-01"}, "The time lies outside the years 1900 to 2199."),
        ({"day": "9999-12-31", "clock": "23:59"}, "The clocks in America/New_York do not show this time"),
        ({"day": "2027-03-14", "clock": "02:30"}, "The clocks in America/New_York do not show this time"),
        ({"clock": "noon"}, "Enter a valid time."),
        ({"minutes": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"minutes": "99999999999"}, "Ensure this value is less than or equal to 10080."),
        ({"day": "\x00"}, "Enter a valid date."),
        ({"reach": "everything"}, "Select a valid choice. everything is not one of the available choices."),
        ({"reach": ""}, "This field is required."),
    ],
)  # fmt: skip
def test_bad_input_is_told_beside_its_field_and_changes_nothing(book, desk, fields, words):
    visit = book(recurrence=WEEKLY)
    before = course()
    answer = press(desk, visit, "move", **{"reach": "this", **fields})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert course() == before


def test_unknown_button_and_unknown_reason_change_nothing(book, desk):
    visit = book()
    answers = [press(desk, visit, "explode"), press(desk, visit, "cancel", reason="She is ill.")]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert course() == [("24 09:00", "scheduled")]


def test_past_is_allowed_and_said(book, desk):
    visit = book()
    press(desk, visit, "move", day="2026-11-20")
    assert "That time has passed" in desk.get(f"/visits/{visit.pk}/").content.decode()
    assert course() == [("20 11:00", "scheduled")]


def test_same_time_splits_no_series(book, desk):
    third = occurrences(book(recurrence=WEEKLY))[2]
    press(desk, third, "move", day="2026-12-08", clock="09:00", reach="following")
    third.refresh_from_db()
    assert third.event.parent_event_id
    assert "It stands there already" in desk.get(f"/visits/{third.pk}/").content.decode()


def test_rule_that_names_days_says_the_way_out(book, desk):
    visit = book(recurrence="RRULE:FREQ=MONTHLY;BYDAY=4TU;COUNT=3")
    answer = press(desk, visit, "move", day="2026-11-25", reach="all")
    assert answer.status_code == 400
    assert "The rule names days or hours that do not move along" in answer.content.decode()
    assert course()[0] == ("24 09:00", "scheduled")


@pytest.mark.parametrize(("reach", "words"), [("following", "change this occurrence or all"), ("all", "another rule")])
def test_series_that_cannot_be_split_says_so(book, desk, world, clock, reach, words):
    book(recurrence="RRULE:FREQ=WEEKLY;INTERVAL=2\nRDATE:20261202T090000")
    clock.forward(days=3)
    desk.force_login(world.staff)
    extra = Appointment.objects.get(starts_at=datetime(2026, 12, 2, 9, tzinfo=NEW_YORK))
    before = course()
    answer = press(desk, extra, "move", day="2026-12-02", reach=reach)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert course() == before


def test_visit_would_not_vanish_behind_the_end_of_its_series(book, desk):
    third = occurrences(
        book(recurrence="RRULE:FREQ=WEEKLY", end_recurring_period=datetime(2026, 12, 8, 15, tzinfo=UTC))
    )[2]
    before = course()
    answer = press(desk, third, "move", day="2026-12-09", reach="all")
    assert answer.status_code == 409
    assert "There this visit would lie behind the end of its series" in answer.content.decode()
    assert course() == before
    assert len(before) == 3


def test_cancelled_visit_offers_nothing_and_refuses(book, desk, clock):
    visit = book()
    booking.cancel(visit, reason="cancelled", now=clock.at)
    assert desk.get(f"/visits/{visit.pk}/").context["forms"] == {}
    answer = press(desk, visit, "move")
    assert answer.status_code == 409
    assert "A visit that is cancelled cannot be moved; book a new one." in answer.content.decode()


def test_visit_that_is_deleted_while_its_form_is_read_is_absent(book, desk, clock, monkeypatch):
    visit = book()
    before, show = seen(desk, visit), visit_page.show

    def meanwhile(row, *, now):
        events.delete(row.event, now=now)
        return show(row, now=now)

    monkeypatch.setattr(visit_page, "show", meanwhile)
    assert press(desk, visit, "move", seen=before).status_code == 404


def test_deeds_are_in_the_trail_without_a_word_of_the_patients(book, desk, world):
    visit = book(recurrence=WEEKLY)
    press(desk, visit, "confirm")
    press(desk, visit, "move", reach="this")
    press(desk, visit, "cancel", reach="all", reason="patient_asked")
    told = AuditEntry.objects.filter(kind="appointments.appointment", object_id=visit.pk, via="session").order_by("id")
    assert [(entry.action, entry.identity, entry.changed, entry.facts) for entry in told] == [
        ("confirm", f"user:{world.staff.pk}", ["status"], {"status": "confirmed"}),
        ("move", f"user:{world.staff.pk}", ["ends_at", "starts_at"], {"reach": "this"}),
        ("cancel", f"user:{world.staff.pk}", ["status"],
         {"reach": "all", "reason": "patient_asked", "status": "cancelled"}),
    ]  # fmt: skip


def test_viewer_reads_and_changes_nothing(book, world):
    visit, viewer = book(), browser(world.viewer)
    page = viewer.get(f"/visits/{visit.pk}/")
    assert (page.status_code, page.context["forms"]) == (200, {})
    assert 'name="seen"' not in page.content.decode()
    assert press(viewer, visit, "cancel").status_code == 403
    assert course() == [("24 09:00", "scheduled")]


def test_another_clinics_visit_is_as_absent_as_none(book, other):
    visit, stranger = book(), browser(other.owner)
    for ask in (stranger.get, stranger.post):
        answers = [ask(f"/visits/{pk}/") for pk in (visit.pk, 10**9)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert course() == [("24 09:00", "scheduled")]


def test_stranger_signs_in_first_and_then_sees_it(book, client):
    visit = book()
    assert client.get(f"/visits/{visit.pk}/")["Location"] == f"/accounts/login/?next=/visits/{visit.pk}/"
    assert client.post(f"/visits/{visit.pk}/")["Location"] == "/accounts/login/?next=/"


def test_pressing_needs_the_token_of_the_page(book, world):
    visit = book()
    answer = browser(world.staff, enforce_csrf_checks=True).post(f"/visits/{visit.pk}/", {"do": "cancel"})
    assert answer.status_code == 403
    assert course() == [("24 09:00", "scheduled")]


def test_edit_of_the_event_elsewhere_counts_as_a_change(book, desk, clock):
    visit = book()
    before = seen(desk, visit)
    edits.change(visit.event, now=clock.at, title="Crown")
    assert press(desk, visit, "cancel", seen=before).status_code == 412
    assert course() == [("24 09:00", "scheduled")]


def test_key_that_may_not_read_the_desk_sees_no_visit(book):
    visit = book()
    for scope, status in (("people:read", 403), ("desk:read", 200)):
        assert key_client(visit, scope).get(f"/visits/{visit.pk}/").status_code == status


def key_client(visit, scope):
    _, secret = keys.create(visit.organization_id, name=scope, role="staff", scopes=[scope])
    return Client(headers={"Authorization": f"Token {secret}"})
