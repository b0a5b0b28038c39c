"""A month of a calendar with 2,000 events (50,000 in `make soak`) asks as often as one of a small calendar."""

import os

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("EVENTS", "2000"))
# Half of them on one day, the others eight a day up to now.
SEED = """
INSERT INTO calendars_event (organization_id, title, start, "end", time_zone, creator_id, calendar_id, status,
    recurrence, recurrence_id, uid, series_ended, series_error, version)
SELECT e.organization_id, 'Visit ' || n, e.start + later, e."end" + later, e.time_zone, e.creator_id, e.calendar_id, 1,
    '', '', '', false, '', 1
FROM calendars_event e, generate_series(1, %s) n, LATERAL (SELECT CASE WHEN n %% 2 = 0 THEN n * interval '1 second'
    ELSE (n / -16 - 1) * interval '1 day' + n %% 8 * interval '1 hour' END AS later) l
WHERE e.id = %s
"""


def test_a_month_of_a_large_calendar_asks_as_often_as_one_of_a_small_one(world, desk):
    event, found = factories.event(world, start=NOW.replace(hour=15)), []
    for number in (0, MANY):
        with connection.cursor() as cursor:
            cursor.execute(SEED, [number, event.pk])
            cursor.execute("ANALYZE calendars_event")
        desk.get("/calendar/")
        with CaptureQueriesContext(connection) as queries:
            days = {day.day.day: day for day in desk.get("/calendar/").context["page"].days if day.blocks}
        found.append((days[23].total, len(days[23].blocks), len(queries)))
    assert found == [(1, 1, found[0][2]), (MANY // 2 + 1, 10, found[0][2])]
    assert (days[20].total, len(days[20].blocks)) == (8, 8)
