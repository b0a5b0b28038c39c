"""`doctor`: looks at an installation and says in sentences what is wrong."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.db.models import Q

from accounts import tenancy
from accounts.services import health
from accounts.services.health import Finding
from calendars.engine.states import EventStatus
from calendars.models import Alarm
from calendars.querysets import AlarmQuerySet
from config.kernel import clock
from notifications import channels
from notifications.engine.states import State
from notifications.models import Delivery, Gateway
from notifications.services import gateways

PATIENCE = timedelta(minutes=2)  # how late a tick may be before somebody should look


class Command(BaseCommand):
    """Print one line per finding; the exit status is 1 when something needs a hand."""

    help = "Look at the installation and say in sentences what is wrong; exit status 1 when something is."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask below the domain first, then whether the work gets done."""
        findings = list(health.check_all())
        try:
            findings += _work()
        except DatabaseError:
            findings.append(Finding("work", False, "What is due cannot be read; mend the database first."))
        for found in findings:
            mark = self.style.SUCCESS("ok  ") if found.is_well else self.style.ERROR("FAIL")
            self.stdout.write(f"{mark} {found.topic:<10} {found.sentence}")
        if not all(found.is_well for found in findings):
            raise SystemExit(1)


def _work() -> Iterator[Finding]:
    # The tables tell whether beat and workers live: what is due does not stay lying about.
    now = clock.now()
    with tenancy.system():
        halted = Q(event__status=EventStatus.PAUSED) | Q(event__cancelled_at__isnull=False)
        halted |= Q(event__paused_at__isnull=False) | Q(event__parent_event__paused_at__isnull=False)
        unplanned = (
            cast("AlarmQuerySet[Alarm]", Alarm.objects.unscoped())
            .waiting()
            .exclude(halted)
            .filter(due_at__lt=now - PATIENCE)
            .count()
        )
        waiting = (
            Delivery.objects.unscoped()
            .filter(state=State.SCHEDULED, next_attempt_at__lt=now - PATIENCE, useful_until__gt=now)
            .count()
        )
        active = list(Gateway.objects.unscoped().filter(status=Gateway.Status.ACTIVE).select_related("organization"))
    yield _amount("planning", unplanned, "Alarms overdue and not planned: {}. Is `celery beat` running?")
    yield _amount("sending", waiting, "Messages overdue and not taken up: {}. Is a worker running?")
    yield from (_gateway(gateway, now) for gateway in active if channels.of(gateway.channel).is_sent)


def _amount(topic: str, count: int, complaint: str) -> Finding:
    if count:
        return Finding(topic, False, complaint.format(count))
    return Finding(topic, True, "Nothing is overdue.")


def _gateway(gateway: Gateway, now: datetime) -> Finding:
    name = f"“{gateway.name}” of {gateway.organization}"
    if not gateway.driver or not gateway.sender:
        return Finding("gateway", False, f"{name} has no driver or no sender: fill them in, or make it inactive.")
    if gateways.is_connectable(gateway) and not gateway.hook_hash:
        return Finding("gateway", False, f"{name} gets no replies: use “Connect” in the admin.")
    if gateway.open_until and gateway.open_until > now:
        return Finding("gateway", False, f"{name} rests after {gateway.failures} failures in a row.")
    return Finding("gateway", True, f"{name} is in use.")
