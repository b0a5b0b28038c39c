"""A page of rows with their relations takes as many queries as a page of two."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from notifications.models import InboundEvent
from tests import admin_rows, factories

pytestmark = pytest.mark.django_db
LISTS = {
    "event": "contact,calendar,alarms",
    "alarm": "event,contact",
    "inbound-text": "contact,delivery",
}


def create_visits(world, numbers):
    """Make visits' events with an alarm each, and texts that answer messages."""
    for number in numbers:
        person = factories.contact(world, phone=f"+1555000{number:04d}")
        start = factories.NOW + timedelta(days=2, hours=number)
        alarm = factories.alarm(world, factories.event(world, start=start, contact=person))
        with tenancy.tenant(world.organization.pk):
            sent = admin_rows.delivery(world, f"key-{number}", contact=person, origin_id=alarm.pk)
            InboundEvent.objects.create(
                gateway=world.sms_gateway, kind="message", event_key=f"{number}", raw="{}", text="Yes", delivery=sent
            )


@pytest.mark.parametrize("path", LISTS)
def test_related_rows_are_read_together(api, world, clock, path):
    def read():
        with CaptureQueriesContext(connection) as found:
            rows = api.get(f"/rest-api/{path}/", {"expand": LISTS[path], "page_size": 20}).json()["results"]
        names = LISTS[path].split(",")
        assert all(row["expanded"].keys() == set(names) and all(row["expanded"].values()) for row in rows)
        return len(rows), len(found)

    create_visits(world, range(2))
    read()
    few = read()
    create_visits(world, range(2, 9))
    assert (few[0], read()) == (2, (9, few[1]))
