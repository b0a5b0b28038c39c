"""What is odd about a visit's time is no error: answers tell it in words and codes."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from appointments.services import visit_warnings, visits
from appointments.tests.visiting import NEW_YORK
from calendars.models import Closure, OpeningHours
from tests import factories

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF = timedelta(minutes=30)
VISITS = "/rest-api/appointment/"
ELSEWHERE = "The patient has another visit then, from Tue 24 Nov 2026, 09:00 until 09:30."


def link(row):
    return reverse(f"{row._meta.model_name}-detail", args=[row.pk])


def told(answer):
    return answer.json()["warnings"], answer.json()["warning_codes"]


def test_answers_of_booking_and_changing_warn_of_the_patients_other_visit(api, inside, book):
    first = book()
    sent = {"contact": link(first.contact), "calendar": link(inside.calendar), "starts_at": NINE.isoformat()}
    made = api.post(VISITS, sent, content_type="application/json")
    assert (made.status_code, told(made)) == (201, ([ELSEWHERE], ["patient_elsewhere"]))
    own = made.json()["url"]
    assert told(api.get(own)) == ([], [])
    moved = api.patch(own, {"starts_at": (NINE + 2 * HALF).isoformat()}, content_type="application/json")
    assert told(moved) == ([], [])
    back = api.patch(own, {"starts_at": (NINE + HALF / 2).isoformat()}, content_type="application/json")
    assert told(back)[1] == ["patient_elsewhere"]
    visits.cancel(first, reason="other", now=NINE - timedelta(days=1))
    assert told(api.patch(own, {"title": "Braces"}, content_type="application/json")) == ([], [])


def test_visit_in_the_past_on_a_closed_day_warns_of_both(api, inside):
    Closure.objects.create(name="Outing", first_day="2026-11-20", last_day="2026-11-20")
    sent = {"contact": link(factories.contact(inside)), "calendar": link(inside.calendar)}
    made = api.post(VISITS, {**sent, "starts_at": "2026-11-20T09:00"}, content_type="application/json")
    assert told(made) == (
        ["It falls on “Outing”.", "It lies in the past; nothing is sent for it."],
        ["closed", "in_past"],
    )
    assert told(api.get(made.json()["url"]))[1] == ["closed"]


def test_results_of_many_tell_what_is_odd(api, inside, book):
    OpeningHours.objects.create(weekday=1, opens="08:00", closes="12:00")
    patient = book().contact
    sent = {"contact": link(patient), "calendar": link(inside.calendar)}
    items = [
        {**sent, "starts_at": NINE.isoformat(), "ends_at": (NINE + HALF).isoformat()},
        {**sent, "starts_at": "2026-11-24T20:00"},
        {**sent, "starts_at": "2026-11-24T11:00"},
    ]
    answer = api.post(f"{VISITS}bulk/", {"items": items}, content_type="application/json")
    codes = [each.get("warning_codes") for each in answer.json()["results"]]
    assert codes == [["patient_elsewhere"], ["outside_hours"], None]
    assert answer.json()["results"][0]["warnings"] == [ELSEWHERE]


def test_visits_that_touch_or_are_somebody_elses_are_not_odd(book, inside, clock):
    first, next_one = book(), book(starts_at=NINE + HALF)
    other = visits.book(contact=factories.contact(inside), calendar=inside.calendar, starts_at=NINE, now=clock.at)
    assert visit_warnings.find([first, next_one, other], now=clock.at) == {first.pk: [], next_one.pk: [], other.pk: []}
