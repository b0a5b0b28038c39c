"""Events with their alarms in one request, one and many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from calendars.errors import BadData
from calendars.models import Alarm, Closure, Event, Rule
from calendars.services import event_texts, events, new_events
from calendars.services.alarms import alarms
from tests import factories
from tests.clients import key_client
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/event/"
BULK = f"{ADDRESS}bulk/"
DAILY = ["RRULE:FREQ=DAILY;COUNT=3"]


def link(path, row):
    return f"/rest-api/{path}/{row.pk}/"


@pytest.fixture
def item(world, clock):
    """Return what makes an event with an alarm, by its number."""

    def made(number, **fields):
        return {
            "title": f"Call {number}",
            "calendar": link("calendar", world.calendar),
            "creator": link("calendar-user", world.calendar_user),
            "start": f"2026-11-25T{8 + number % 8:02d}:00",
            "external_id": f"event-{number}",
            "alarms": [reminder(world, alarm_phonenumber=f"+1212555{number:04d}")],
            **fields,
        }

    return made


def reminder(world, **fields):
    return {"method": 2, "advance_notice": 3600, "sms_template": link("sms-template", world.sms_template), **fields}


def put(api, *items):
    """Send items; return status and code of each result, and the results."""
    answer = api.post(BULK, {"items": list(items)})
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    return [(row["status"], row.get("refusal", {}).get("code")) for row in results], results


def facts(event):
    """Return the columns of an event, its occurrences and their alarms, without those in which two always differ."""
    own = {"id", "external_id", "updated_at", "updated_in", "created_on", "changed_at", "created_date", "event_id"}
    # A lead that is known later lets the horizon be farther later.
    own |= {"parent_event_id", "parent_alarm_id", "expanded_until"}
    family = [event, *event.children.order_by("pk")]
    rows = [*family, *Alarm.objects.filter(event__in=family).order_by("event_id", "pk")]
    return [
        {
            field.attname: getattr(type(row).objects.get(pk=row.pk), field.attname)
            for field in row._meta.concrete_fields
            if field.attname not in own
        }
        for row in rows
    ]


def test_event_is_made_with_its_alarms(api, item, world):
    given = item(1, recurrence=DAILY, alarms=[reminder(world, alarm_phonenumber="+12125550001"), reminder(world)])
    given["contact"] = link("contact", factories.contact(world))
    answer = api.post(f"{ADDRESS}?expand=alarms", given)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["external_id"], told["end_recurring_period"]) == ("event-1", None)
    assert [(row["alarm_phonenumber"], row["state"]) for row in told["expanded"]["alarms"]] == [
        ("+12125550001", "planned"),
        (None, "planned"),
    ]
    assert Alarm.objects.unscoped().count() == 6


def test_alarm_that_reaches_nobody_lets_no_event_be_made(api, item, world):
    answer = api.post(ADDRESS, item(1, alarms=[reminder(world)]))
    assert (answer.status_code, answer.json()["code"]) == (400, "no_recipient")
    assert Event.objects.unscoped().count() == 0


def test_each_event_has_its_result(api, item, world):
    api.post(ADDRESS, item(1))
    told, results = put(
        api,
        item(2),
        item(1, start="2026-11-26T09:00"),
        item(3, calendar="/rest-api/calendar/1000000000/"),
        item(4, end="2026-11-20T09:00"),
        item(5, alarms=[reminder(world)]),
        item(6, external_id="event-2"),
        item(7, recurrence=DAILY),
        item(8, rule=link("rule", Rule.objects.get(frequency="DAILY")), end_recurring_period="2026-11-27T20:00"),
        {"id": 10**9, "title": "Other"},
        item(9, time_zone="Mars/Base"),
        item(10, recurrence=["RRULE:FREQ=NEVER"]),
        item(11, start="2026-11-25T09:00", colour="red"),
        "nothing",
    )
    assert told == [
        (201, None),
        (200, None),
        (400, "invalid"),
        (400, "end_before_start"),
        (400, "no_recipient"),
        (409, "external_id_taken"),
        (201, None),
        (201, None),
        (404, "not_found"),
        (400, "time_zone"),
        (400, "bad_rule"),
        (400, "invalid"),
        (400, "invalid"),
    ]
    assert [row["index"] for row in results] == list(range(13))
    assert api.get(results[1]["url"]).json()["start"].startswith("2026-11-26T09:00")
    roots = Event.objects.unscoped().filter(parent_event=None)
    assert set(roots.values_list("title", flat=True)) == {"Call 1", "Call 2", "Call 7", "Call 8"}
    of_series = Event.objects.unscoped().exclude(parent_event=None).values_list("title", flat=True)
    assert sorted(of_series) == ["Call 7", "Call 7", "Call 8", "Call 8"]


def test_events_that_are_sent_again_stay_as_they_are(api, item):
    items = [item(0), item(1, recurrence=DAILY), item(2, all_day=True, start="2026-11-26"), item(3, data={"a": 1})]
    _, first = put(api, *items)
    before = [api.get(row["url"])["ETag"] for row in first]
    told, again = put(api, *items)
    assert told == [(200, None)] * 4
    assert [row["id"] for row in again] == [row["id"] for row in first]
    assert [api.get(row["url"])["ETag"] for row in first] == before
    assert Alarm.objects.unscoped().count() == 6
    entries = AuditEntry.objects.unscoped().filter(kind="calendars.event")
    assert {entry.action for entry in entries} == {"create"}
    assert len(entries) == 4


@pytest.mark.parametrize("more", [{}, {"recurrence": "RRULE:FREQ=DAILY;COUNT=3"}, {"all_day": True}])
@pytest.mark.parametrize("is_closed", [False, True])
def test_event_with_alarms_is_as_one_whose_alarms_come_later(inside, clock, more, is_closed):
    if is_closed:
        Closure.objects.create(name="Outing", first_day="2026-11-25", last_day="2026-11-25")
    start = NOW.replace(day=25, hour=0, tzinfo=None) if more.get("all_day") else NOW.replace(day=25)
    given = {"calendar": inside.calendar, "creator": inside.calendar_user, "title": "Call", "start": start, **more}
    given |= {"on_closure": "skip", "end_recurring_period": None}
    alarm = {"method": 2, "advance_notice": 2_000_000, "sms_template": inside.sms_template}
    alarm |= {"alarm_phonenumber": "+12125550001"}
    together = new_events.create({**given, "alarms": [alarm]}, now=NOW)
    later = events.create(now=NOW, **given)
    alarms.create(later, now=NOW, **alarm)
    for one, other in zip(facts(together), facts(later), strict=True):
        assert {k: (v, other[k]) for k, v in one.items() if v != other[k]} == {}


def queries_of(api, items, status):
    with CaptureQueriesContext(connection) as found:
        told, _ = put(api, *items)
    assert set(told) == {(status, None)}
    return len(found)


def test_many_events_take_the_same_queries_as_two(api, item, world):
    def known(number, **fields):
        contact = link("contact", factories.contact(world, phone=f"+1212556{number:04d}"))
        lines = DAILY if number % 2 else []
        return item(number, contact=contact, alarms=[reminder(world)], recurrence=lines, **fields)

    few, many = [known(1), known(2)], [known(number) for number in range(3, 15)]
    queries_of(api, [known(0)], 201)
    assert queries_of(api, many, 201) == queries_of(api, few, 201)
    assert queries_of(api, many, 200) == queries_of(api, few, 200)


def test_many_texts_are_changed_by_the_same_queries_as_two(api, item):
    items = [item(number) for number in range(15)]
    put(api, *items)

    def renamed(numbers):
        return [{"external_id": f"event-{number}", "title": "Other", "data": {"a": number}} for number in numbers]

    queries_of(api, renamed([0]), 200)
    assert queries_of(api, renamed(range(3, 15)), 200) == queries_of(api, renamed((1, 2)), 200)
    assert set(Event.objects.unscoped().values_list("title", "version")) == {("Other", 2)}


def test_bulk_texts_are_as_texts_that_are_changed_alone(api, item, world):
    _, results = put(api, item(1), item(2, start="2026-11-25T09:00"))
    change = {"title": "Other", "description": "More", "data": {"a": 1}, "private": True}
    told, _ = put(api, {"id": results[0]["id"], **change})
    assert told == [(200, None)]
    assert api.patch(results[1]["url"], change).status_code == 200
    one, other = (Event.objects.unscoped().get(pk=row["id"]) for row in results)
    assert [getattr(one, name) for name in (*change, "version")] == [
        getattr(other, name) for name in (*change, "version")
    ]
    first, second = AuditEntry.objects.unscoped().filter(kind="calendars.event", action="update").order_by("pk")
    assert first.changed == second.changed


def test_texts_that_cannot_change_are_refused_alone(api, item):
    _, results = put(api, item(1), item(2), item(3))
    api.post(f"{results[0]['url']}cancel/")
    told, _ = put(
        api,
        {"id": results[0]["id"], "title": "Other"},
        {"id": results[1]["id"], "title": "Other", "data": ["a"]},
        {"id": results[2]["id"], "title": "Other"},
    )
    assert told == [(409, "event_cancelled"), (400, "invalid"), (200, None)]
    assert list(Event.objects.unscoped().order_by("pk").values_list("title", flat=True)) == [
        "Call 1",
        "Call 2",
        "Other",
    ]


def test_data_that_no_text_can_hold_is_refused_alone(inside):
    rows = [factories.event(inside) for _ in range(2)]
    wanted = {rows[0].pk: {"title": "Other", "data": {"a": "\x00"}}, rows[1].pk: {"title": "Other"}}
    refused = event_texts.change_many(rows, wanted, now=NOW)
    assert {pk: type(error) for pk, error in refused.items()} == {rows[0].pk: BadData}
    assert Event.objects.get(title="Other") == rows[1]


def test_other_fields_are_no_texts(inside):
    row = factories.event(inside)
    with pytest.raises(TypeError):
        event_texts.change_many([row], {row.pk: {"start": NOW}}, now=NOW)


def test_title_of_a_series_is_changed_with_its_occurrences(api, item):
    _, results = put(api, item(1, recurrence=DAILY))
    told, _ = put(api, {"id": results[0]["id"], "title": "Other"})
    assert told == [(200, None)]
    assert set(Event.objects.unscoped().values_list("title", flat=True)) == {"Other"}


def test_external_id_is_one_events(api, item):
    _, results = put(api, item(1), item(2))
    answer = api.patch(results[1]["url"], {"external_id": "event-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
    assert api.post(ADDRESS, item(1)).json()["code"] == "external_id_taken"
    assert put(api, {"id": results[1]["id"], "external_id": "event-1"})[0] == [(409, "external_id_taken")]
    assert api.patch(results[1]["url"], {"external_id": "event-2", "title": "Same"}).status_code == 200
    assert api.get(ADDRESS, {"external_id": "event-2"}).json()["count"] == 1


def test_external_id_goes_with_what_is_to_come_of_a_split_series(api, item, clock):
    _, results = put(api, item(1, recurrence=["RRULE:FREQ=DAILY;COUNT=5"], start="2026-11-24T09:00"))
    clock.forward(days=3)
    told, changed = put(api, {"external_id": "event-1", "start": "2026-11-24T10:00"})
    assert told == [(200, None)]
    assert changed[0]["id"] != results[0]["id"]
    assert changed[0]["external_id"] == "event-1"
    assert Event.objects.unscoped().get(pk=results[0]["id"]).external_id == ""


def test_events_of_others_are_not_there(api, item, other):
    theirs = factories.event(other, start=NOW, external_id="event-1")
    assert put(api, {"id": theirs.pk, "title": "Mine"}, item(1))[0] == [(404, "not_found"), (201, None)]


def test_key_that_only_reads_changes_no_event(world, item):
    assert key_client(world, scopes=["desk:read"]).post(BULK, {"items": [item(1)]}).status_code == 403
