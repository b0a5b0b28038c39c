"""Events and alarms, made through their services."""

from datetime import datetime, timedelta

import pytest

from calendars.engine.states import AlarmMethod
from calendars.models import Alarm
from calendars.services import events
from calendars.services.alarms import alarms
from tests import factories

DAY = 86_400


@pytest.fixture
def patient(world):
    """Return a patient with a phone and an address."""
    return factories.contact(world, email="ana@example.org")


@pytest.fixture
def make(inside, clock, patient):
    """Return a function that makes an event in two days, of a patient."""

    def make(**fields):
        given = {
            "calendar": inside.calendar,
            "creator": inside.calendar_user,
            "title": "Visit",
            "start": clock.at + timedelta(days=2),
            "contact": patient,
            "end_recurring_period": None,
            **fields,
        }
        return events.create(now=clock.at, **given)

    return make


@pytest.fixture
def remind(inside, clock):
    """Return a function that gives an event a text message one day before, with a state as if it had gone on."""

    def remind(event, **fields):
        stands = {name: fields.pop(name) for name in ("state", "reason", "num_attempt") if name in fields}
        given = {"method": AlarmMethod.SMS, "sms_template": inside.sms_template, "advance_notice": DAY, **fields}
        alarm = alarms.create(event, now=clock.at, **given)
        if stands:
            Alarm.objects.filter(pk=alarm.pk).update(**stands)
            alarm.refresh_from_db()
        return alarm

    return remind


@pytest.fixture
def daily(make, remind):
    """Return a function that makes a series on Mondays and Thursdays at nine, with a reminder a day before."""

    def daily(wish="keep", **fields):
        given = {"start": datetime.fromisoformat("2026-11-30T09:00"), "time_zone": "America/New_York", **fields}
        root = make(recurrence="RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5", on_closure=wish, **given)
        remind(root)
        return root

    return daily
