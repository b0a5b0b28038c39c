"""Measurements of `benchmarks.visits`; imported once Django is set up."""

import time
from datetime import timedelta
from typing import Any

from django.db import connections

from config.kernel import clock
from tests import factories
from tests.clients import key_client

ADDRESS = "/rest-api/appointment/bulk/"


def measured(number: int) -> dict[str, float]:
    """Return how many seconds a request with so many visits takes, new ones and known ones."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, notifications_delivery CASCADE")
    world: Any = factories.world("Riverside", time_zone="Europe/Paris")
    client, items = key_client(world), [_item(world, place) for place in range(number)]
    return {"made": _seconds(client, items, 201), "again": _seconds(client, items, 200)}


def _seconds(client: Any, items: list[dict[str, Any]], wanted: int) -> float:
    began = time.perf_counter()
    answer = client.post(ADDRESS, {"items": items}, format="json")
    took = time.perf_counter() - began
    statuses = {row["status"] for row in answer.json()["results"]}
    if statuses != {wanted}:
        raise RuntimeError(f"Not all were answered {wanted}: {answer.content[:300]!r}")
    return took


def _item(world: Any, place: int) -> dict[str, Any]:
    starts_at = clock.now().replace(microsecond=0) + timedelta(days=2, minutes=15 * place)
    return {
        "calendar": f"/rest-api/calendar/{world.calendar.pk}/",
        "starts_at": starts_at.isoformat(),
        "title": "Cleaning",
        "external_id": f"visit-{place}",
        "new_contact": {
            "first_name": "Ana",
            "last_name": f"Lopez {place}",
            "phones": [{"number": f"+1212555{place:04d}"}],
            "emails": [{"email": f"ana{place}@patients.example"}],
            "external_id": f"person-{place}",
        },
        "reminder": {"method": 2, "sms_template": f"/rest-api/sms-template/{world.sms_template.pk}/"},
    }
