"""Series on the day at a glance."""

from django.test import Client

from accounts import tenancy
from calendars.models import Event
from tests import admin_rows


def test_visit_of_a_series_says_how_it_recurs(world, clock):
    admin_rows.create_rows(world)
    with tenancy.tenant(world.organization.pk):
        Event.objects.filter(appointment__isnull=False).update(recurrence="RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4")
    client = Client()
    client.force_login(world.staff)
    response = client.get("/")
    (visit,) = response.context["desk"].days[0].visits
    assert visit.recurs == "every second Monday, 4 times"
    assert '<span class="quiet">every second Monday, 4 times</span>' in response.content.decode()
