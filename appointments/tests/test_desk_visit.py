"""The page of one visit: what it says, and how far its forms reach."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.services import keys
from appointments.models import Appointment
from appointments.services import visits
from appointments.tests.visiting import NEW_YORK, WEEKLY, browser, course, occurrences, press, seen
from appointments.web.view_models import visit_view
from calendars.models import Alarm
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.series import series_edits
from config.kernel.http import security_headers


def test_page_says_what_the_visit_is(book, desk):
    visit = book()
    answer = desk.get(f"/visits/{visit.pk}/")
    page = answer.content.decode()
    shown = answer.context["shown"]
    assert (shown.when, shown.zone, shown.minutes) == ("Tuesday, 24 November 2026, 09:00–09:30", "America/New_York", 30)
    assert (shown.status.text, shown.in_words, shown.coming, shown.reminders) == ("Scheduled", "", [], [])
    for words in ("Ana Lopez", "Check-up", "Riverside calendar".lower(), f"/appointment/{visit.pk}/change/"):
        assert words in page
    assert answer["Content-Security-Policy"] == security_headers.STRICT
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
        "Tuesday, 24 November 2026, 09:00",
        "Tuesday, 1 December 2026, 09:00",
        "Tuesday, 8 December 2026, 09:00",
        "Tuesday, 15 December 2026, 09:00",
        "Tuesday, 22 December 2026, 09:00",
    ]


def test_number_of_queries_does_not_grow(book, desk, inside, clock):
    visit = book(recurrence=WEEKLY)
    child = occurrences(visit)[1]
    counts = []
    for _ in range(2):
        alarms.create(child.event, now=clock.at, method=2, sms_template=inside.sms_template)
        with CaptureQueriesContext(connection) as asked:
            desk.get(f"/visits/{child.pk}/")
        counts.append(len(asked))
    assert counts == [20, 20]


def test_confirming_is_one_visits(book, desk):
    visit = book(recurrence=WEEKLY)
    answer = press(desk, visit, "confirm")
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.pk}/")
    assert course() == [("24 09:00", "confirmed"), *[(f"{day} 09:00", "scheduled") for day in ("01", "08", "15")]]
    page = desk.get(f"/visits/{visit.pk}/")
    assert "Confirmed." in page.content.decode()
    assert list(page.context["forms"]) == ["move", "staff", "cancel", "record"]


def test_visit_alone_is_moved_and_not_asked_how_far(book, desk):
    visit = book()
    assert "How far" not in desk.get(f"/visits/{visit.pk}/").content.decode()
    assert press(desk, visit, "move", day="2026-11-25", minutes="45").status_code == 302
    visit.refresh_from_db()
    assert (visit.starts_at, visit.ends_at) == (
        datetime(2026, 11, 25, 11, tzinfo=NEW_YORK),
        datetime(2026, 11, 25, 11, 45, tzinfo=NEW_YORK),
    )


def test_change_meanwhile_is_told_and_nothing_typed_is_lost(book, desk, world):
    visit = book()
    before = seen(desk, visit)
    press(browser(world.owner), visit, "move", clock="10:00")
    answer = press(desk, visit, "move", seen=before, day="2026-11-26", clock="15:20", minutes="25")
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Somebody changed this visit meanwhile" in page
    assert "read it again" not in page
    assert "It is now Tuesday, 24 November 2026, 10:00–10:30, scheduled." in page
    for typed in ('value="2026-11-26"', 'value="15:20"', 'value="25"'):
        assert typed in page
    assert course() == [("24 10:00", "scheduled")]
    again = answer.context["shown"].version
    assert press(desk, visit, "move", seen=again, day="2026-11-26", clock="15:20", minutes="25").status_code == 302
    assert course() == [("26 15:20", "scheduled")]


@pytest.mark.parametrize(("do", "reason"), [("confirm", ""), ("cancel", "by_mistake")])
def test_answer_that_came_meanwhile_counts_as_a_change(book, desk, clock, do, reason):
    visit = book()
    before = seen(desk, visit)
    visits.cancel(visit, reason="cancelled", now=clock.at)
    answer = press(desk, visit, do, seen=before, reason=reason)
    assert answer.status_code == 412
    assert list(answer.context["forms"]) == ["restore", do]
    assert "cancelled." in answer.content.decode()


def test_confirmed_visit_is_not_cancelled_by_who_did_not_see_the_answer(book, desk, clock):
    visit = book()
    before = seen(desk, visit)
    visits.confirm(visit, now=clock.at)
    assert press(desk, visit, "cancel", seen=before).status_code == 412
    assert course() == [("24 09:00", "confirmed")]


def test_page_shows_what_came_while_its_form_was_read(book, desk, monkeypatch):
    visit, show = book(), visit_view.show
    before = seen(desk, visit)

    def meanwhile(row, *, now):
        visits.confirm(Appointment.objects.get(pk=row.pk), now=now)
        return show(row, now=now)

    monkeypatch.setattr(visit_view, "show", meanwhile)
    answer = press(desk, visit, "cancel", seen=before)
    assert (answer.status_code, answer.context["is_outdated"]) == (412, True)
    assert "09:00–09:30, confirmed." in answer.content.decode()


def test_change_meanwhile_is_told_beside_a_typing_error_too(book, desk, clock):
    visit = book()
    answer = press(desk, visit, "move", seen="0", clock="25:00")
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
)
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


def test_cancelled_visit_offers_its_restoration_only(book, desk, clock):
    visit = book()
    visits.cancel(visit, reason="cancelled", now=clock.at)
    assert list(desk.get(f"/visits/{visit.pk}/").context["forms"]) == ["restore"]
    answer = press(desk, visit, "move")
    assert answer.status_code == 409
    assert "A visit that is cancelled cannot be moved; book a new one." in answer.content.decode()


def test_visit_that_is_deleted_while_its_form_is_read_is_absent(book, desk, clock, monkeypatch):
    visit = book()
    before, show = seen(desk, visit), visit_view.show

    def meanwhile(row, *, now):
        events.delete(row.event, now=now)
        return show(row, now=now)

    monkeypatch.setattr(visit_view, "show", meanwhile)
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
        (
            "cancel",
            f"user:{world.staff.pk}",
            ["status"],
            {"reach": "all", "reason": "patient_asked", "status": "cancelled"},
        ),
    ]


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
    series_edits.change(visit.event, now=clock.at, title="Crown")
    assert press(desk, visit, "cancel", seen=before).status_code == 412
    assert course() == [("24 09:00", "scheduled")]


@pytest.mark.parametrize("scopes", [[], ["desk:read"], ["people:read"]])
def test_key_sees_no_visit(book, world, scopes):
    visit = book()
    _, secret = keys.create(world.organization.pk, name="CRM", role="staff", scopes=scopes)
    assert Client(headers={"Authorization": f"Token {secret}"}).get(f"/visits/{visit.pk}/").status_code == 403
