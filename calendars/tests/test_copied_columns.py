"""What occurrences and their alarms have from the root: every column is copied, or named as one that is not.

A new column fails here until somebody says to which of them it belongs.
"""

from datetime import time, timedelta

import pytest

from calendars.engine.states import AlarmMethod, Reach
from calendars.models import Alarm, Event
from calendars.services import event_rows
from calendars.services.alarms import alarm_rescheduling, alarms
from calendars.services.field_types import AlarmFields, EventChange
from calendars.services.series import series_edits

pytestmark = pytest.mark.django_db

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"
# What the database fills in, and what stands with roots only.
FILLED = {"id", "created_on", "changed_at", "created_date", "updated_at", "updated_in"}
UNIQUE = {"id", "template_key"}
OF_ROOTS = {"expanded_until", "paused_at"}
# What a new event has not, for it is no part of a series, and not cancelled.
OF_SERIES = {"parent_event", "closure_effect", "cancelled_at"}


def names(model):
    return {field.name for field in model._meta.concrete_fields} - FILLED


def test_occurrence_has_every_column_of_an_event():
    assert {*event_rows.COPIED, *event_rows.OWN} == names(Event) - OF_ROOTS
    assert not set(event_rows.COPIED) & set(event_rows.OWN)


def test_single_event_has_every_column_of_an_event():
    assert set(event_rows.SINGLE) == names(Event) - OF_ROOTS - OF_SERIES


def test_copy_of_an_alarm_has_every_column_of_an_alarm():
    assert {*alarm_rescheduling.COPIED, *alarm_rescheduling.OWN} == names(Alarm)
    assert not set(alarm_rescheduling.COPIED) & set(alarm_rescheduling.OWN)


def test_fields_of_services_are_columns_that_can_be_written():
    assert EventChange.__optional_keys__ <= names(Event)
    # What of an alarm is given goes to its copies, but for its time and how it stands.
    assert AlarmFields.__optional_keys__ - {"date_start_notice", "status", "result"} == set(alarm_rescheduling.COPIED)


def copy(row):
    """Store a row once more."""
    fields = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name not in UNIQUE}
    return type(row).objects.create(**fields, **{name: "other" for name in ("template_key",) if hasattr(row, name)})


@pytest.fixture
def given(inside):
    """Return two sets of values for everything that copies have, each other than the default and the other set."""
    surveys = [inside.survey, copy(inside.survey)]
    sms, mail = ([template, copy(template)] for template in (inside.sms_template, inside.mail_template))
    return [
        {
            "alarm_phonenumber": f"+1518555010{n}",
            "alarm_email": f"a{n}@example.org",
            "daily_start": time(8 + n),
            "daily_stop": time(18 + n),
            "advance_notice": 3600 * n,
            "maxretry": n,
            "retry_delay": 60 * n,
            "method": (AlarmMethod.SMS, AlarmMethod.EMAIL)[n - 1],
            "survey": surveys[n - 1],
            "mail_template": mail[n - 1],
            "sms_template": sms[n - 1],
            "url_cancel": f"https://a.example/{n}",
            "url_confirm": f"https://b.example/{n}",
            "phonenumber_transfer": f"+1518555020{n}",
            "phonenumber_sms_failure": f"+1518555030{n}",
        }
        for n in (1, 2)
    ]


def copied(alarm):
    return {name: getattr(alarm, name) for name in alarm_rescheduling.COPIED}


def test_copied_and_changed_alarms_have_all_that_the_roots_alarm_has(make, clock, given):
    assert set(given[0]) == set(alarm_rescheduling.COPIED)
    root = make(recurrence=WEEKLY)
    alarm = alarms.create(root, now=clock.at, **given[0])
    assert [copied(copy) for copy in Alarm.objects.filter(parent_alarm=alarm)] == [given[0]] * 2
    alarms.change(alarm, now=clock.at, **given[1])
    assert [copied(copy) for copy in Alarm.objects.filter(parent_alarm=alarm)] == [given[1]] * 2


def test_alarm_of_a_series_that_was_split_has_all_that_the_first_ones_has(make, clock, given):
    root = make(recurrence=WEEKLY)
    alarms.create(root, now=clock.at, **given[0])
    middle, _ = root.children.order_by("start")
    # It lost its own copy; as a root it gets one for what follows.
    Alarm.objects.filter(event=middle).delete()
    new = series_edits.change(middle, now=clock.at, reach=Reach.FOLLOWING, start=middle.start + timedelta(hours=1))
    assert [copied(alarm) for alarm in Alarm.objects.filter(event=new)] == [given[0]]


def test_occurrence_has_the_values_of_its_root(make, inside, clock):
    root = make(recurrence=WEEKLY, description="Bring shoes", data={"room": "2"}, on_closure="move")
    said = {name: getattr(root, name) for name in event_rows.COPIED}
    assert [{name: getattr(child, name) for name in said} for child in root.children.all()] == [said] * 2
