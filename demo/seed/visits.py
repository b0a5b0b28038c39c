"""The demo's visits: what was, what recurs, and what comes today and tomorrow with reminders that are due now."""

import secrets
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from math import ceil
from typing import cast
from zoneinfo import ZoneInfo

from appointments.engine.states import VisitStatus
from appointments.models import Appointment
from appointments.services import visits, visits_bulk
from appointments.services.visits_bulk import Booking
from calendars.engine.recurrence.recurrence_set import resolve
from calendars.engine.states import AlarmMethod
from calendars.models import CalendarUser, Event
from calendars.services import events
from calendars.services.alarms import alarms
from contacts.models import Contact
from contacts.services import contacts
from demo.seed.content import FIRST_NAMES, LAST_NAMES
from demo.seed.organizations import KEY, SeededClinic
from notifications.models import MailTemplate, SMSTemplate

LENGTH = timedelta(minutes=30)
# Two days: a visit of today or tomorrow is reminded of at once; where these days are full, later visits have more.
LEAD = 48 * 3600
DAY_BEFORE = 24 * 3600
OPENING, CLOSING = time(9), time(18)
SOON = timedelta(hours=2)
FRESH = 4  # visits at every start, besides those whose patients answer
PAST = (VisitStatus.COMPLETED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW, VisitStatus.COMPLETED)


def standing(clinic: SeededClinic, *, now: datetime) -> None:
    """Make what the demo has once: last week's visits, a weekly and a monthly series, the team's meeting."""
    if Appointment.objects.filter(external_id="demo-past-1").exists():
        return
    titles, patients = clinic.facts.visits, _patients()
    past = [
        Booking(
            patients[number + 3],
            start,
            start + LENGTH,
            titles[number % len(titles)],
            external_id=f"demo-past-{number}",
            status=status,
        )
        for number, (status, start) in enumerate(zip(PAST, _past(clinic, now), strict=True), start=1)
    ]
    visits_bulk.book(past, calendar=clinic.calendar, now=now)
    for name, patient, days in (("weekly", patients[10], 3), ("monthly", patients[11], 5)):
        start = _at(clinic, now, days, time(10))
        visit = visits.book(
            contact=patient,
            calendar=clinic.calendar,
            starts_at=start,
            ends_at=start + LENGTH,
            now=now,
            title=titles[0],
            recurrence=f"RRULE:FREQ={name.upper()}",
            external_id=f"demo-{name}",
        )
        _remind(visit, now=now, lead=DAY_BEFORE)
    start = _at(clinic, now, 1, time(8))
    events.create(
        calendar=clinic.calendar,
        creator=cast(CalendarUser, clinic.calendar.user),
        title=clinic.facts.meeting,
        start=start,
        end=start + LENGTH,
        now=now,
        recurrence="RRULE:FREQ=WEEKLY",
    )


def answered(clinic: SeededClinic, *, now: datetime) -> list[tuple[str, str]]:
    """Book tomorrow's visits of those who will answer, and of one who cannot be reached; once.

    Returns phones with the words that they text back when their reminder has arrived.
    """
    if Appointment.objects.filter(external_id="demo-answer-1").exists():
        return []
    starts = _free(clinic, now, first_day=1)
    said = []
    for number, patient in enumerate(clinic.facts.patients[:4], start=1):
        contact = Contact.objects.get(external_id=f"demo-{number}")
        _book(clinic, contact, next(starts), f"demo-answer-{number}", now=now)
        if patient.answer:
            said.append((patient.phone, patient.answer))
    return said


def fresh(clinic: SeededClinic, *, now: datetime) -> list[Appointment]:
    """Book visits for today and tomorrow whose reminders leave within seconds; at every start anew.

    Only patients without an open visit are taken, so that what they answer is never ambiguous.
    """
    patients, start_id = _unbooked(clinic, now), secrets.token_hex(4)
    today = list(islice(_free(clinic, now, first_day=0, days=1), FRESH // 2))
    tomorrow = islice(_free(clinic, now, first_day=1), FRESH - len(today))
    made = []
    for number, start in enumerate([*today, *tomorrow], start=1):
        made.append(_book(clinic, patients[number - 1], start, f"demo-{start_id}-{number}", now=now))
    return made


def _book(clinic: SeededClinic, contact: Contact, start: datetime, external_id: str, *, now: datetime) -> Appointment:
    title = clinic.facts.visits[contact.pk % len(clinic.facts.visits)]
    visit = visits.book(
        contact=contact,
        calendar=clinic.calendar,
        starts_at=start,
        ends_at=start + LENGTH,
        now=now,
        title=title,
        external_id=external_id,
    )
    _remind(visit, now=now, lead=max(LEAD, ceil((start - now).total_seconds())))
    return visit


def _remind(visit: Appointment, *, now: datetime, lead: int) -> None:
    sms = SMSTemplate.objects.get(template_key=KEY)
    alarms.create(visit.event, now=now, method=AlarmMethod.SMS, sms_template=sms, advance_notice=lead)
    if visit.contact and visit.contact.emails.exists():
        mail = MailTemplate.objects.get(template_key=KEY)
        alarms.create(visit.event, now=now, method=AlarmMethod.EMAIL, mail_template=mail, advance_notice=lead)


def _patients() -> list[Contact]:
    return sorted(Contact.objects.filter(external_id__startswith="demo-"), key=lambda row: int(row.external_id[5:]))


def _unbooked(clinic: SeededClinic, now: datetime) -> list[Contact]:
    """Return enough patients without a visit to come; new ones appear when all have one."""
    known = _patients()
    coming = Appointment.objects.filter(ends_at__gt=now)
    busy = set(coming.values_list("contact_id", flat=True))
    free = [patient for patient in known if patient.pk not in busy]
    # The last of the known have the series, the first ones the answers.
    return free[:FRESH] + [_newcomer(clinic, len(known) + number) for number in range(1, FRESH + 1 - len(free))]


def _newcomer(clinic: SeededClinic, number: int) -> Contact:
    base = clinic.facts.patients[0].phone
    return contacts.create(
        first_name=FIRST_NAMES[number % len(FIRST_NAMES)],
        last_name=LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)],
        phones=[f"{base[:-4]}{2000 + number:04d}"],
        external_id=f"demo-{number}",
    )


def _free(clinic: SeededClinic, now: datetime, *, first_day: int, days: int = 30) -> Iterator[datetime]:
    """Yield the starts of half hours in opening hours that nothing in the calendar touches."""
    begin, finish = now + SOON, now + timedelta(days=first_day + days + 1)
    taken = list(Event.objects.filter(calendar=clinic.calendar).between(now, finish).values_list("start", "end"))
    for day in range(first_day, first_day + days):
        at = _at(clinic, now, day, OPENING)
        closing = _at(clinic, now, day, CLOSING)
        while at < closing:
            if at >= begin and not any(start < at + LENGTH and end > at for start, end in taken):
                yield at
            at += LENGTH


def _past(clinic: SeededClinic, now: datetime) -> Iterator[datetime]:
    for number in range(len(PAST)):
        yield _at(clinic, now, -1 - number // 2, time(10 + number))


def _at(clinic: SeededClinic, now: datetime, days: int, clock: time) -> datetime:
    zone = ZoneInfo(clinic.facts.time_zone)
    return resolve(datetime.combine(now.astimezone(zone).date() + timedelta(days=days), clock), zone)
