"""Of a new series each occurrence that is taken is told before it is booked, and skipped, moved or let overlap."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from appointments.engine.states import VisitStatus
from appointments.errors import NoSuchOccurrence, SlotTaken
from appointments.models import Appointment, Provider, ScheduleEntry
from appointments.services import visits
from appointments.services.series_occurrences import Deed, OccurrenceDecision
from appointments.tests.visiting import NEW_YORK
from calendars.engine.states import AlarmMethod
from calendars.models import Alarm, Event
from calendars.services.series import expansion
from tests import factories

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
HALF, WEEK = timedelta(minutes=30), timedelta(weeks=1)
# The horizon is 35 days: the last three have no rows yet.
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=8"


@pytest.fixture
def ana(inside):
    made = Provider.objects.create(name="Dr. Ana", clinic=inside.clinic, calendar=inside.calendar)
    ScheduleEntry.objects.create(provider=made, weekday=1, begins="08:00", ends="12:00")
    return made


@pytest.fixture
def taken(book, ana):
    """Book the first, the third and the last of the weeks."""
    return {week: book(provider=ana, starts_at=NINE + week * WEEK) for week in (0, 2, 7)}


def decided(week, deed, **how):
    return OccurrenceDecision(NINE + week * WEEK, deed, **how)


DECISIONS = [
    decided(7, Deed.OVERLAP, overlap_reason="family"),
    decided(2, Deed.MOVE, starts_at=NINE + 2 * WEEK + HALF),
    decided(0, Deed.SKIP),
]


def course():
    """Return week, start and status of the visits that were made for the series."""
    rows = Appointment.objects.exclude(title="Check-up").order_by("starts_at")
    return [
        ((row.starts_at - NINE) // WEEK, f"{row.starts_at.astimezone(NEW_YORK):%H:%M}", row.status, row.overlap_reason)
        for row in rows
    ]


def test_every_taken_occurrence_is_told_also_one_that_has_no_row_yet(book, ana, taken):
    with pytest.raises(SlotTaken) as caught:
        book(provider=ana, recurrence=WEEKLY)
    told = caught.value.taken
    assert [(each.original_start, each.visit) for each in told] == [
        (NINE + week * WEEK, taken[week].pk) for week in (0, 2, 7)
    ]
    assert [f"{begin:%d %H:%M}" for begin, _ in told[2].free] == ["12 08:15", "12 08:30", "12 09:30"]
    assert caught.value.message.endswith("3 occurrences are taken in all.")


def test_occurrences_are_skipped_moved_and_let_overlap_one_by_one(book, ana, taken):
    root = book(provider=ana, recurrence=WEEKLY, title="Braces", occurrences=DECISIONS)
    plan = VisitStatus.SCHEDULED
    assert course() == [
        (0, "09:00", VisitStatus.CANCELLED, ""),
        (1, "09:00", plan, ""),
        (2, "09:30", plan, ""),
        (3, "09:00", plan, ""),
        (4, "09:00", plan, ""),
        (7, "09:00", plan, "family"),
    ]
    late = Appointment.objects.get(overlap_reason="family")
    assert AuditEntry.objects.get(action="overlap").facts == {"reason": "family", "others": str(taken[7].pk)}
    assert AuditEntry.objects.get(action="overlap").object_id == str(late.pk)
    expansion.expand(now=NINE + 4 * WEEK)
    assert [week for week, *_ in course()] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert Event.objects.get(pk=root.event_id).children.count() == 7


def test_what_is_left_undecided_books_nothing(book, ana, taken):
    with pytest.raises(SlotTaken) as caught:
        book(provider=ana, recurrence=WEEKLY, title="Braces", occurrences=DECISIONS[:1])
    assert [each.visit for each in caught.value.taken] == [taken[0].pk, taken[2].pk]
    with pytest.raises(SlotTaken):
        book(
            provider=ana,
            recurrence=WEEKLY,
            title="Braces",
            occurrences=[DECISIONS[0], decided(2, Deed.MOVE, starts_at=NINE + 2 * WEEK + HALF / 2), DECISIONS[2]],
        )
    with pytest.raises(NoSuchOccurrence):
        book(provider=ana, recurrence=WEEKLY, title="Braces", occurrences=[decided(8, Deed.SKIP)])
    assert course() == []


def test_first_one_is_left_out_and_the_others_are_reminded_of(book, ana, inside, taken):
    reminder = {"method": AlarmMethod.SMS, "sms_template": inside.sms_template, "advance_notice": 3600}
    book(provider=ana, recurrence="RRULE:FREQ=WEEKLY;COUNT=2", occurrences=[decided(0, Deed.SKIP)], reminder=reminder)
    states = Alarm.objects.order_by("event__start").values_list("event__start", "state")
    assert list(states) == [(NINE, "cancelled"), (NINE + WEEK, "planned")]


def test_single_visit_has_no_occurrences_to_decide_on(book, ana):
    with pytest.raises(NoSuchOccurrence):
        book(provider=ana, occurrences=[decided(0, Deed.SKIP)])


def test_occurrence_without_a_row_is_skipped_and_moved_for_good(book, ana, taken):
    book(
        provider=ana,
        recurrence=WEEKLY,
        title="Braces",
        starts_at=NINE + WEEK,
        occurrences=[
            decided(2, Deed.SKIP),
            decided(7, Deed.SKIP),
            decided(8, Deed.MOVE, starts_at=NINE + 8 * WEEK + HALF),
        ],
    )
    expansion.expand(now=NINE + 4 * WEEK)
    assert [(week, hour) for week, hour, *_ in course()] == [
        *((week, "09:00") for week in (1, 3, 4, 5, 6)),
        (8, "09:30"),
    ]


def test_preview_lists_all_occurrences_and_books_nothing(api, inside, ana, taken):
    sent = {"new_contact": {"first_name": "Bo", "last_name": "Bell"}, "calendar": link(inside.calendar)}
    sent |= {"provider": link(ana), "starts_at": NINE.isoformat(), "ends_at": (NINE + HALF).isoformat()}
    sent |= {"recurrence": WEEKLY, "title": "Braces"}
    sent["occurrences"] = [{"original_start": "2026-11-24T09:00", "deed": "skip"}]
    before = Event.objects.count(), inside.organization.pk
    answer = api.post("/rest-api/appointment/preview/", sent, content_type="application/json")
    assert answer.status_code == 200, answer.content
    told = answer.json()["occurrences"]
    assert [(each["is_taken"], each["is_cancelled"]) for each in told] == [
        (week in (2, 7), week == 0) for week in range(8)
    ]
    assert told[7]["taken_by"].endswith(link(taken[7]))
    assert (told[7]["original_start"], len(told[7]["free"])) == ("2027-01-12T09:00:00-05:00", 3)
    assert (Event.objects.count(), inside.organization.pk) == before
    refused = api.post("/rest-api/appointment/", sent, content_type="application/json")
    assert (refused.status_code, len(refused.json()["occurrences"])) == (409, 2)
    sent["occurrences"] += [
        {"original_start": told[7]["original_start"], "deed": "overlap", "overlap_reason": "family"},
        {"original_start": told[2]["original_start"], "deed": "move", "starts_at": told[2]["free"][0]["starts_at"]},
    ]
    assert api.post("/rest-api/appointment/", sent, content_type="application/json").status_code == 201


def test_decision_says_what_it_needs(api, inside, ana):
    sent = {
        "contact": link(factories.contact(inside)),
        "calendar": link(inside.calendar),
        "starts_at": NINE.isoformat(),
    }
    for deed, field in (("move", "starts_at"), ("overlap", "overlap_reason")):
        sent["occurrences"] = [{"original_start": NINE.isoformat(), "deed": deed}]
        answer = api.post("/rest-api/appointment/preview/", sent, content_type="application/json")
        assert (answer.status_code, answer.json()["occurrences"]) == (400, {"0": {field: ["Say this, too."]}})


def test_reason_of_an_overlap_goes_with_it(book, ana, taken, clock):
    made = book(provider=ana, overlap_reason="emergency", title="Braces")
    assert made.overlap_reason == "emergency"
    visits.move(made, starts_at=NINE + HALF, now=clock.at)
    assert made.overlap_reason == ""


def link(row):
    return reverse(f"{row._meta.model_name}-detail", args=[row.pk])
