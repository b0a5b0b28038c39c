"""The fields that services take by name: for the type checker; `shapes.check` checks them again at run time.

Times are instants, or naive: then they are wall-clock times of the event's zone.
"""

from datetime import datetime, time
from typing import Any, TypedDict

from calendars.models import Alarm, Calendar, CalendarUser, Rule
from contacts.models import Contact
from notifications.models import MailTemplate, SMSTemplate
from surveys.models import CallRequest, Survey


class EventFields(TypedDict, total=False):
    """What new and changed events have in common."""

    description: str | None
    data: dict[str, Any] | None
    contact: Contact | None
    on_closure: str
    end: datetime | None
    time_zone: str
    all_day: bool
    floating: bool
    private: bool
    rule: Rule | None
    recurrence: str
    end_recurring_period: datetime | None
    status: int


class EventChange(EventFields, total=False):
    """What can be changed of an event."""

    title: str
    creator: CalendarUser
    calendar: Calendar
    start: datetime


class NewEventFields(EventFields, total=False):
    """What a new event can have, besides what it must have; a file tells its `uid` and `version`."""

    uid: str
    version: int
    external_id: str


class NewEvent(NewEventFields):
    """A new event as one of many, which have their calendar and creator in common."""

    title: str
    start: datetime


class AlarmFields(TypedDict, total=False):
    """What an alarm is given, or changed to; a status of 1 (pending) sends it once more."""

    alarm_phonenumber: str | None
    alarm_email: str | None
    daily_start: time | str
    daily_stop: time | str
    advance_notice: int
    maxretry: int
    retry_delay: int
    method: int
    survey: Survey | None
    mail_template: MailTemplate | None
    sms_template: SMSTemplate | None
    url_cancel: str | None
    url_confirm: str | None
    phonenumber_transfer: str | None
    phonenumber_sms_failure: str | None
    date_start_notice: datetime | None
    status: int
    result: int | None


class AlarmRequestChange(TypedDict, total=False):
    """What can be corrected of an attempt that was written down by hand."""

    alarm: Alarm
    date: datetime
    status: int | None
    callstatus: int | None
    duration: int | None
    callrequest: CallRequest | None


class CalendarUserFields(TypedDict, total=False):
    """What a calendar user can have besides a name and a password."""

    email: str
    first_name: str
    last_name: str


class CalendarUserChange(CalendarUserFields, total=False):
    """What can be changed of a calendar user."""

    username: str
