"""People edit series while others expand, plan and send them: no stale text, no double, no row twice."""

import os
import threading
from collections import Counter
from datetime import UTC, timedelta

import pytest
from django.db import connection

from accounts import database_scope, tenancy
from calendars.engine.states import Reach
from calendars.models import Event
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms
from calendars.services.series import expansion, series_edits
from config.kernel import clock
from notifications.models import Attempt, StaffItem
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from tests import factories
from tests.unrestricted import UNRESTRICTED

pytestmark = pytest.mark.slow
# The continuous integration makes it 12, `make soak` 2,000.
RACES = int(os.environ.get("RACES", "5"))
LENGTH = 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def roots(committed, provider):
    """Return series of three visits, whose reminders are all due, each of a patient with a phone of their own."""
    world, now = factories.world("Riverside"), clock.now()
    template, made = world.sms_template, []
    with tenancy.tenant(world.organization.pk):
        template.sms_text = "{title} {date} {time}"
        template.save()
        for number in range(RACES):
            patient = factories.contact(world, phone=f"+1555{number:07}")
            start = (now + 10 * DAY).astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
            root = events.create(
                calendar=world.calendar,
                creator=world.calendar_user,
                title="Old",
                start=start,
                now=now,
                contact=patient,
                time_zone="UTC",
                recurrence=f"RRULE:FREQ=DAILY;COUNT={LENGTH}",
            )
            alarms.create(root, now=now, method=2, sms_template=template, advance_notice=14 * 86_400)
            made.append(root)
    return made


def edit(roots, reach, done):
    """Give one series after the other a new title and hour; note when each edit was done."""
    for root in roots:
        with tenancy.tenant(root.organization_id):
            row = root if reach == Reach.ALL else root.children.order_by("start").first()
            start = row.start + HOUR
            series_edits.change(row, now=clock.now(), reach=reach, title="New", start=start)
            done[root.contact_id] = clock.now()


def until(finished, act):
    """Return a thread that repeats an act until others have finished."""

    def run():
        try:
            while not finished.is_set():
                act()
        finally:
            connection.close()

    return threading.Thread(target=run)


def race(roots, reach):
    """Edit all series, all but one while others expand, plan and send; then let everything come to rest."""
    finished, done, trouble = threading.Event(), {}, []
    # However fast the others are, there is one message to send under a new title.
    edit(roots[:1], reach, done)

    def editor():
        try:
            edit(roots[1:], reach, done)
        except Exception as error:
            trouble.append(error)
        finally:
            finished.set()
            connection.close()

    others = [
        until(finished, lambda: expansion.expand(now=clock.now())),
        until(finished, alarm_queueing.plan),
        until(finished, lambda: dispatch.run(seconds=1)),
    ]
    threads = [*others, threading.Thread(target=editor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)
    assert trouble == []
    while alarm_queueing.plan() + dispatch.run(seconds=5):
        pass
    return done


@pytest.mark.parametrize("reach", [Reach.ALL, Reach.FOLLOWING])
def test_edits_against_expansion_and_sending(roots, provider, reach):
    done = race(roots, reach)
    with database_scope.entered(UNRESTRICTED):
        rows = list(Event.objects.unscoped())
        too_late = list(StaffItem.objects.unscoped().filter(kind=StaffItem.Reason.TOO_LATE))
        attempts = list(Attempt.objects.unscoped().select_related("delivery"))
    assert len(rows) == RACES * LENGTH
    changed = LENGTH if reach == Reach.ALL else LENGTH - 1
    titles = Counter(row.title for row in rows)
    assert (titles["New"], titles["Old"]) == (RACES * changed, RACES * (LENGTH - changed))
    # Each patient gets one message a visit, and a second one only of a visit that moved while its message was leaving.
    texts = Counter((message.recipient, message.text) for message in provider.ledger)
    assert max(texts.values()) == 1
    assert len({attempt.delivery.topic for attempt in attempts}) == RACES * LENGTH
    assert len(texts) == RACES * LENGTH + len(too_late)
    assert any(text.startswith("New") for _, text in texts)
    late = [
        attempt
        for attempt in attempts
        if attempt.delivery.values["title"] == "Old" and attempt.started_at > done[attempt.delivery.contact_id]
    ]
    untouched = {f"event:{row.pk}" for row in rows if row.title == "Old"}
    assert [attempt for attempt in late if attempt.delivery.topic not in untouched] == []
