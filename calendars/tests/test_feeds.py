import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry, Membership
from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.models import CalendarFeed, Event
from calendars.services import events
from calendars.services.exchange import feed_addresses, ical_export
from tests import factories
from tests.clients import client_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(world):
    return f"/rest-api/calendar/{world.calendar.pk}/feeds/"


@pytest.fixture
def subscribe(inside, clock):
    """Return a function that makes a feed and returns its path."""

    def subscribe(detail="minimal", **fields):
        given = {"name": "Phone", "detail": detail, "created_by": inside.owner, **fields}
        return f"/feeds/{feed_addresses.create(inside.calendar, **given)[1]}.ics"

    return subscribe


def read(path, **headers):
    answer = Client().get(path, headers=headers)
    return answer, b"".join(answer).decode() if answer.status_code == 200 else ""


def summaries(text):
    return re.findall(r"^SUMMARY:(.*)\r$", text, re.MULTILINE)


def test_an_address_is_shown_once_and_kept_nowhere(api, address, clock):
    made = api.post(address, {"name": "Phone of Ana"})
    assert made.status_code == 201
    secret = re.fullmatch(r"http://testserver/feeds/([\w-]{43})\.ics", made.json()["address"])[1]
    assert made.json()["detail"] == "minimal"
    (listed,) = api.get(address).json()["results"]
    assert sorted(listed) == ["created_at", "created_by", "detail", "id", "last_used_at", "name", "revoked_at"]
    assert listed["created_by"] == "riverside-owner"
    with connection.cursor() as cursor:
        cursor.execute("SELECT f::text FROM calendars_calendarfeed f")
        assert secret not in cursor.fetchone()[0]


def test_a_minimal_feed_tells_that_somebody_is_busy(subscribe, inside):
    factories.event(inside, title="Zebra", description="ill", uid="zebra@x")
    answer, text = read(subscribe())
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert summaries(text) == ["Busy"]
    assert "zebra" not in text.lower()
    assert "DESCRIPTION" not in text


def test_a_full_feed_tells_titles_and_nothing_more(subscribe, inside):
    contact = factories.contact(inside, last_name="Zebrafish")
    factories.event(inside, title="Check", description="ill", contact=contact, data={"reason": "pain"})
    _, text = read(subscribe("full"))
    assert summaries(text) == ["Check"]
    assert not [word for word in ("ill", "pain", "Zebrafish", "+1555") if word in text]


def test_a_whole_calendar_tells_of_each_event_what_is_told_of_it_alone(make, inside, clock):
    for fields in (
        {"title": "Zähne; \\ " * 12, "description": "a\r\nb"},
        {"start": datetime.fromisoformat("2026-12-01"), "all_day": True},
        {"start": datetime.fromisoformat("2026-10-25T01:30"), "floating": True},
        {"start": datetime(2026, 11, 1, 6, 30, tzinfo=UTC)},
        {"uid": "x" * 90, "start": NOW + timedelta(seconds=7)},
        {"start": datetime(1950, 1, 1, tzinfo=UTC)},
    ):
        make(**fields)
    events.cancel(make(title="Off"), reason="x", now=clock.at)
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=4")
    events.change(root.children.first(), now=clock.at, title="Other")
    style = ExportStyle("x", described=True)
    alone = ical_export.render_events(ical_export.load(ical_export.roots(inside.calendar, cancelled=True)), style)
    assert b"".join(ical_export.stream_calendar(inside.calendar, style, cancelled=True)).decode() == alone
    assert alone.count("BEGIN:VEVENT") == 9


def test_an_occurrence_in_another_calendar_is_shown_there(make, inside, clock):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    there = type(inside.calendar).objects.create(name="There", user=inside.calendar_user)
    child = root.children.first()
    events.change(child, now=clock.at, calendar=there)
    for calendar, pk, excluded in ((inside.calendar, root.pk, 1), (there, child.pk, 0)):
        text = b"".join(ical_export.stream_calendar(calendar, ExportStyle("x"))).decode()
        assert re.findall(r"^UID:event-(\d+)@x\r$", text, re.MULTILINE) == [str(pk)]
        assert text.count("EXDATE") == excluded


def test_what_is_cancelled_is_not_shown(subscribe, inside):
    factories.event(inside, title="Gone", cancelled_at=NOW)
    factories.event(inside, title="Here")
    assert summaries(read(subscribe("full"))[1]) == ["Here"]


def test_a_series_is_told_as_its_rule(subscribe, make, clock):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=9")
    events.cancel(root.children.order_by("start").first(), reason="x", now=clock.at)
    _, text = read(subscribe())
    assert text.count("BEGIN:VEVENT") == 1
    assert re.findall(r"^(?:RRULE|EXDATE).*\r$", text, re.MULTILINE) == [
        "RRULE:FREQ=DAILY;COUNT=9\r",
        "EXDATE;TZID=America/New_York:20261126T040000\r",
    ]


def test_an_occurrence_that_a_closure_moved_is_told_where_it_is(subscribe, make, inside):
    root = make(recurrence="RRULE:FREQ=WEEKLY;COUNT=2")
    child = root.children.get()
    Event.objects.filter(pk=child.pk).update(
        start=child.start + timedelta(days=1), end=child.end + timedelta(days=1), closure_effect="moved"
    )
    _, text = read(subscribe())
    assert re.findall(r"^RECURRENCE-ID.*\r\n(?:.*\r\n)*?|^DTSTART;.*(?=\r$)", text, re.MULTILINE)[-2:] == [
        "DTSTART;TZID=America/New_York:20261203T040000",
        "RECURRENCE-ID;TZID=America/New_York:20261202T040000\r\n",
    ]


def test_unchanged_it_is_not_sent_again(subscribe, inside, clock):
    event = factories.event(inside)
    path = subscribe()
    first, _ = read(path)
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Last-Modified"] == "Mon, 23 Nov 2026 09:00:00 GMT"
    again, _ = read(path, if_none_match=f'"other", W/{first["ETag"]}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    clock.forward(minutes=1)
    with tenancy.tenant(inside.organization.pk):
        Event.objects.filter(pk=event.pk).update(title="Other")
    changed, _ = read(path, if_none_match=first["ETag"])
    assert (changed.status_code, changed["Last-Modified"]) == (200, "Mon, 23 Nov 2026 09:01:00 GMT")
    assert changed["ETag"] != first["ETag"]


def test_what_is_told_in_full_has_another_tag(subscribe, inside):
    tags = {read(subscribe(detail))[0]["ETag"] for detail in ("minimal", "full")}
    assert len(tags) == 2


def test_a_deleted_event_changes_the_tag(subscribe, make, clock):
    make()
    event, path = make(), subscribe()
    before = read(path)[0]["ETag"]
    events.delete(event, now=clock.at)
    assert read(path)[0]["ETag"] != before


def test_what_no_calendar_shows_leaves_the_time_of_change_alone(inside, clock):
    event = factories.event(inside)
    clock.forward(hours=1)
    Event.objects.filter(pk=event.pk).update(expanded_until=NOW, notify_count=3, status=2)
    assert Event.objects.get(pk=event.pk).changed_at == NOW
    Event.objects.filter(pk=event.pk).update(start=NOW)
    assert Event.objects.get(pk=event.pk).changed_at == clock.at


def test_a_revoked_feed_is_gone_at_once_and_told_of(api, address, world, clock):
    made = api.post(address, {"name": "Phone", "detail": "full"}).json()
    path = made["address"].removeprefix("http://testserver")
    assert api.delete(f"{address}{made['id']}/").status_code == 204
    assert read(path)[0].status_code == 404
    assert api.post(f"{address}{made['id']}/revoke/").json()["revoked_at"] == "2026-11-23T09:00:00Z"
    told = AuditEntry.objects.unscoped().filter(kind="calendars.calendarfeed").order_by("pk")
    assert [(entry.action, entry.facts) for entry in told if entry.action.startswith("feed")] == [
        ("feed_made", {"calendar": world.calendar.pk, "detail": "full"}),
        ("feed_revoked", {"calendar": world.calendar.pk}),
    ]


def test_nobody_guesses_an_address(subscribe):
    path = subscribe()
    assert read(path.replace(path[7:12], "AAAAA"))[0].status_code == 404
    assert Client().post(path).status_code == 405


def test_who_left_reads_no_more(subscribe, inside):
    path, of_nobody = subscribe(created_by=inside.staff), subscribe(created_by=None)
    Membership.objects.filter(user=inside.staff).delete()
    assert [read(each)[0].status_code for each in (path, of_nobody)] == [404, 200]


def test_a_wrong_password_in_the_header_does_not_matter(subscribe):
    assert read(subscribe(), authorization="Basic d3Jvbmc6d3Jvbmc=")[0].status_code == 200


def test_use_is_noted_to_the_minute(subscribe, inside, clock):
    path = subscribe()
    used = []
    for _ in range(3):
        read(path)
        used.append(CalendarFeed.objects.get().last_used_at)
        clock.forward(seconds=40)
    assert used == [NOW, NOW, NOW + timedelta(seconds=80)]


def test_the_trail_tells_once_a_day_who_was_given_a_calendar(subscribe, inside, clock):
    path, other = subscribe("full"), subscribe()
    first = CalendarFeed.objects.earliest("pk")

    def told():
        rows = AuditEntry.objects.filter(action="read").order_by("pk")
        return [(row.via, row.identity, row.name, row.kind, row.object_id, row.facts) for row in rows]

    def entry(feed, detail):
        return "feed", f"feed:{feed}", "Phone", "calendars.calendar", str(inside.calendar.pk), {"detail": detail}

    tag = read(path, user_agent="Calendar/9")[0]["ETag"]
    clock.forward(hours=23)
    read(path)
    assert told() == [entry(first.pk, "full")]
    assert AuditEntry.objects.get(action="read").agent == "Calendar/9"
    read(other)
    clock.forward(hours=2)
    assert (read(path, if_none_match=tag)[0].status_code, Client().head(path).status_code) == (304, 200)
    assert told() == [entry(first.pk, "full"), entry(first.pk + 1, "minimal")]
    read(path)
    assert told()[2:] == [entry(first.pk, "full")]


def test_a_feed_has_its_own_rate(subscribe, monkeypatch):
    monkeypatch.setattr(feed_addresses, "RATE", 2)
    path, other = subscribe(), subscribe()
    assert [read(path)[0].status_code for _ in range(3)] == [200, 200, 429]
    assert Client().get(path)["Retry-After"] == "60"
    assert read(other)[0].status_code == 200


def test_a_viewer_sees_feeds_and_makes_none(world, address, clock):
    viewer = client_of(world.viewer)
    assert viewer.get(address).status_code == 200
    assert viewer.post(address, {"name": "Phone"}).status_code == 403


def test_another_calendars_feed_is_not_found_here(api, world, address, clock):
    made = api.post(address, {"name": "Phone"}).json()
    with tenancy.tenant(world.organization.pk):
        other = type(world.calendar).objects.create(name="Other")
    assert api.delete(f"/rest-api/calendar/{other.pk}/feeds/{made['id']}/").status_code == 404
    assert api.post("/rest-api/calendar/987654321/feeds/", {"name": "Phone"}).status_code == 404


def test_no_event_adds_a_query(subscribe, make):
    path = subscribe()
    make(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    read(path)
    with CaptureQueriesContext(connection) as few:
        read(path)
    for _ in range(5):
        make()
        make(recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    with CaptureQueriesContext(connection) as many:
        read(path)
    assert len(many) == len(few) < 15
