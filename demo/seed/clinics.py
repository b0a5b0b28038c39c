"""Seed the demo: two clinics on a working day, with reminders and answers that pass through the simulator."""

import json
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import tenancy
from calendars.services.alarms import alarm_queueing
from demo.seed import organizations, staffing, visits
from demo.seed.content import CLINICS
from demo.seed.organizations import Known, SeededClinic
from notifications.errors import GatewayRefused
from notifications.services import dispatch, gateways

SENDING = 5.0  # seconds for the reminders that patients of the demo answer
PAUSE = 0.2


def seed(*, now: datetime, known: Known | None = None, patience: float = 0) -> Known:
    """Make the demo or bring it up to date, and return what demo.json holds.

    `known` is what it held before: sign-ins that still fit are kept. For `patience` seconds it waits for the
    simulator; without it, callbacks are not registered and nobody has answered yet.
    """
    known = known or {}
    logins = {entry.get("name"): entry for entry in known.get("clinics", [])}
    with transaction.atomic():
        clinics = [organizations.seed_clinic(facts, logins.get(facts.name, {}), now=now) for facts in CLINICS]
        administrator = organizations.admin(known.get("admin", {}))
        organizations.attend(clinics, now=now)
        for clinic in clinics:
            with tenancy.tenant(clinic.organization.pk):
                staffing.seed(clinic)
                visits.standing(clinic, now=now)
    if _is_simulator_there(patience):
        _connect(clinics)
        _converse(clinics, now=now)
    for clinic in clinics:
        with tenancy.tenant(clinic.organization.pk), transaction.atomic():
            visits.fresh(clinic, now=now)
    return {
        "url": settings.PUBLIC_URL,
        "simulator": f"{settings.PUBLIC_URL}/simulator/",
        "admin": administrator,
        "clinics": [clinic.login for clinic in clinics],
    }


def remove() -> None:
    """Delete the demo's clinics with everything in them."""
    for facts in CLINICS:
        organizations.remove(facts)


def _connect(clinics: list[SeededClinic]) -> None:
    for clinic in clinics:
        with tenancy.tenant(clinic.organization.pk):
            gateways.connect(clinic.sms_gateway, callback_base=settings.PUBLIC_URL)


def _converse(clinics: list[SeededClinic], *, now: datetime) -> None:
    """Let reminders really leave and patients really answer; their answers come in as soon as a worker runs."""
    said: list[tuple[str, str]] = []
    for clinic in clinics:
        with tenancy.tenant(clinic.organization.pk), transaction.atomic():
            said += visits.answered(clinic, now=now)
    if not said:
        return
    alarm_queueing.plan()
    dispatch.run(seconds=SENDING)
    for phone, text in said:
        _request("/simulator/api/reply/", {"phone": phone, "text": text})


def _is_simulator_there(patience: float) -> bool:
    until = time.monotonic() + patience
    while patience:
        if _request("/simulator/api/faults/"):
            return True
        if time.monotonic() > until:
            raise GatewayRefused(
                f"The simulator does not answer at {settings.PUBLIC_URL}; start the web server, or give --patience 0."
            )
        time.sleep(PAUSE)
    return False


def _request(path: str, body: dict[str, Any] | None = None) -> bool:
    """Call the simulator as a script does; False when it does not answer, or says no."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(settings.PUBLIC_URL + path, data, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 # nosec B310 # our own address
            return answer.status < 300
    except (urllib.error.URLError, OSError):
        return False
