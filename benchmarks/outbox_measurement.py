"""Measurements of `benchmarks.outbox`; imported once Django is set up."""

import base64
import http.client
import json
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connections

from accounts import tenancy
from accounts.models import Organization
from calendars.models import Alarm
from calendars.services.alarms import alarm_queueing
from config.kernel import clock
from notifications.engine import rendering
from notifications.models import Delivery
from notifications.services import dispatch as dispatching
from tests import factories

RATE = 100_000  # messages a second that the gateway's account allows: more than any figure here


def prepare(address: str, number: int) -> None:
    """Empty the tables, and put one clinic with alarms that are due into them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    now = clock.now()
    world = factories.world("Riverside")
    event = factories.event(world, start=now + timedelta(hours=20))
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.base_url = address
        world.sms_gateway.rate_per_second = RATE
        world.sms_gateway.save()
        Alarm.objects.bulk_create(
            Alarm(
                event=event,
                method=2,
                sms_template=world.sms_template,
                alarm_phonenumber=f"+1555{index:07}",
                date_start_notice=event.start,
                due_at=now,
                useful_until=event.start,
            )
            for index in range(number)
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def plan() -> None:
    """Let the due alarms become deliveries."""
    while alarm_queueing.plan(limit=5000):
        pass


def dispatch() -> None:
    """Send all deliveries."""
    dispatching.run(seconds=600)
    with tenancy.system():
        left = Delivery.objects.unscoped().exclude(state="accepted").count()
    assert not left, f"{left} were not accepted"


def one_by_one(address: str) -> None:
    """Send the same texts as a task per reminder does."""
    with tenancy.tenant(Organization.objects.get().pk):
        _one_by_one(address, list(Alarm.objects.values_list("pk", flat=True)))


def _one_by_one(address: str, ids: list[int]) -> None:
    host = address.removeprefix("http://")
    for pk in ids:
        alarm = Alarm.objects.select_related("event", "sms_template", "organization").get(pk=pk)
        text = rendering.render(alarm.sms_template.sms_text, {"organization": alarm.organization.name})
        connection = http.client.HTTPConnection(host)
        attributes = {"to": alarm.alarm_phonenumber, "from": "+15550100001", "body": text}
        body = json.dumps({"data": {"type": "message", "attributes": attributes}})
        credentials = base64.b64encode(b"key:secret").decode()
        connection.request("POST", "/v2.1/messages", body, {"Authorization": f"Basic {credentials}"})
        assert connection.getresponse().status == 202
        connection.close()
        Alarm.objects.filter(pk=pk).update(status=5, state="sent")


def rate(work: Callable[[], None], number: int) -> float:
    """Return reminders per second."""
    began = time.perf_counter()
    work()
    return number / (time.perf_counter() - began)


def measure(address: str, number: int) -> dict[str, float]:
    """Return one round's figures."""
    prepare(address, number)
    planned, sent = rate(plan, number), rate(dispatch, number)
    prepare(address, number)
    return {"plan": planned, "dispatch": sent, "baseline": rate(lambda: one_by_one(address), number)}
