"""A month of a calendar with 2,000 events (50,000 in `make soak`) asks as often as one of a small calendar."""

import os

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.clients import key_client
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("EVENTS", "2000"))
# Eight a day, up to a month from now.
SEED = """
INSERT INTO calendars_event (organization_id, title, start, "end", time_zone, creator_id, calendar_id, status,
    recurrence, recurrence_id, uid, series_ended, series_error, version)
SELECT e.organization_id, 'Visit ' || n, e.start + later, e."end" + later, e.time_zone, e.creator_id, e.calendar_id, 1,
    '', '', '', false, '', 1
FROM calendars_event e, generate_series(1, %s) n,
    LATERAL (SELECT ((n - %s) / 8 + 30) * interval '1 day' + n %% 8 * interval '1 hour' AS later) l
WHERE e.id = %s
"""
MONTH = {"start_from": "2026-11-01T00:00Z", "start_before": "2026-12-01T00:00Z", "page_size": 500}
QUERY = (
    '<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop><C:filter>'
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
    '<C:time-range start="20261101T000000Z" end="20261201T000000Z"/></C:comp-filter></C:comp-filter></C:filter>'
    "</C:calendar-query>"
)


def fill(world, number):
    event = factories.event(world, start=NOW.replace(hour=5))
    with connection.cursor() as cursor:
        cursor.execute(SEED, [number, number, event.pk])
        cursor.execute("ANALYZE calendars_event")


@pytest.fixture
def month(world, clock):
    """Return a function that asks for a month, over REST and CalDAV, and tells how many events and queries it was."""
    client = key_client(world)

    def ask():
        with CaptureQueriesContext(connection) as queries:
            listed = client.get("/rest-api/event/", {"calendar": world.calendar.pk, **MONTH})
            answer = client.generic(
                "REPORT", f"/caldav/calendars/{world.calendar.pk}/", QUERY, content_type="application/xml"
            )
        assert (listed.status_code, answer.status_code) == (200, 207)
        return listed.json()["count"], answer.content.count(b"BEGIN:VEVENT"), len(queries)

    return ask


def test_a_month_of_a_large_calendar_asks_as_often_as_one_of_a_small_one(world, month):
    fill(world, 0)
    month()
    *few, queries = month()
    fill(world, MANY)
    *many, again = month()
    assert (few, many) == ([1, 1], [242, 242])
    assert again == queries
