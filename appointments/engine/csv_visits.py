"""Read CSV rows into visits, or into all their problems. Plain Python."""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from appointments.engine import date_input
from appointments.engine.csv_columns import ColumnMapping, CsvField, CsvValue
from appointments.engine.csv_table import CsvRecord, RowProblem
from appointments.engine.states import VisitStatus
from config.kernel import known_codes
from contacts.engine import phones
from contacts.errors import BadPhone

T = TypeVar("T")
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+$", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)+$")
STATUS_WORDS: dict[str, VisitStatus] = {
    **{word: VisitStatus.SCHEDULED for word in ("scheduled", "booked", "new", "planned", "unconfirmed")},
    **{word: VisitStatus.CONFIRMED for word in ("confirmed", "accepted")},
    **{word: VisitStatus.ARRIVED for word in ("arrived", "waiting")},
    **{word: VisitStatus.IN_CHAIR for word in ("inchair", "seated", "inroom")},
    **{word: VisitStatus.CANCELLED for word in ("cancelled", "canceled", "broken")},
    **{word: VisitStatus.COMPLETED for word in ("completed", "complete", "done", "seen")},
    **{word: VisitStatus.NO_SHOW for word in ("noshow", "missed")},
}
LIMITS = {
    CsvField.EXTERNAL_ID: 100,
    CsvField.CONTACT_EXTERNAL_ID: 100,
    CsvField.FIRST_NAME: 100,
    CsvField.LAST_NAME: 100,
    CsvField.EMAIL: 254,
    CsvField.TITLE: 255,
}


@dataclass(frozen=True)
class CsvRules:
    """Options for reading rows; `clinics` maps clinic numbers to IANA zones."""

    columns: ColumnMapping
    zone: str
    region: str
    clinics: Mapping[int, str] = field(default_factory=dict)
    on: date | None = None
    spread: tuple[time, time] | None = None
    month_first: bool = False
    minutes: int = 30


@dataclass(frozen=True, slots=True)
class CsvPatient:
    """The patient of a row; numbers in E.164, a default number only fills a gap."""

    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    time_zone: str = ""
    is_default_phone: bool = False
    is_default_email: bool = False


@dataclass(frozen=True, slots=True)
class CsvVisit:
    """A row that can be booked; times in UTC, `rounded` when the patient's id was no identity."""

    line: int
    external_id: str
    person: CsvPatient
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    title: str = ""
    clinic: int | None = None
    status: VisitStatus | None = None
    rounded: bool = False


class _Unreadable(Exception):
    """The value cannot be read; the problem is noted."""


class _RowReader:
    """One record while it is read; collects everything that is wrong with it."""

    def __init__(self, record: CsvRecord, rules: CsvRules) -> None:
        self.record, self.rules = record, rules
        self.problems: list[RowProblem] = []

    def value(self, name: CsvField) -> CsvValue:
        return self.rules.columns.value(name, self.record.values, self.record.line)

    def wrong(self, value: CsvValue, text: str, way_out: str) -> None:
        self.problems.append(RowProblem(self.record.line, value.column, value.text, text, way_out))

    def text(self, name: CsvField) -> str:
        value = self.value(name)
        if len(value.text) > LIMITS[name]:
            self.wrong(value, f"is longer than {LIMITS[name]} characters", "shorten it")
        return value.text

    def read(self, name: CsvField, reader: Callable[[str], T], text: str, way_out: str) -> T | None:
        """Read a field; None when it is empty or wrong."""
        value = self.value(name)
        if not value.text:
            return None
        try:
            return reader(value.text)
        except (ValueError, KeyError, BadPhone):
            self.wrong(value, text, way_out)
            return None


def read_visit(record: CsvRecord, rules: CsvRules) -> CsvVisit | list[RowProblem]:
    """Return the visit of a row, or all its problems."""
    row = _RowReader(record, rules)
    person, rounded = _person(row)
    external_id = row.text(CsvField.EXTERNAL_ID)
    clinic = _clinic(row)
    zone = row.read(CsvField.TIME_ZONE, _zone, "is no IANA time zone", "write one like Europe/Paris")
    zone = zone or (rules.clinics[clinic] if clinic is not None else rules.zone)
    title, status = row.text(CsvField.TITLE), row.read(CsvField.STATUS, _status, "is no status", _status_help())
    try:
        starts_at = _start(row, zone, external_id)
        ends_at = _end(row, zone, starts_at)
    except _Unreadable:
        return row.problems
    if row.problems:
        return row.problems
    visit = CsvVisit(record.line, external_id, person, starts_at, ends_at, zone, title, clinic, status, rounded)
    return visit if external_id else replace(visit, external_id=_generated_id(visit))


def _person(row: _RowReader) -> tuple[CsvPatient, bool]:
    external_id = row.text(CsvField.CONTACT_EXTERNAL_ID)
    # A spreadsheet rounded such a number to six digits: it names no single patient.
    rounded = bool(ROUNDED.match(external_id))
    phone = row.read(CsvField.PHONE, lambda text: phones.normalise_phone(text, row.rules.region), *_phone_help())
    person = CsvPatient(
        external_id="" if rounded else external_id,
        first_name=row.text(CsvField.FIRST_NAME),
        last_name=row.text(CsvField.LAST_NAME),
        phone=phone or "",
        email=row.read(CsvField.EMAIL, _email, "is no e-mail address", "write one like ana@example.com") or "",
        language=row.read(CsvField.LANGUAGE, _language, "is no language", "write a code such as en or pt-br") or "",
        time_zone=row.read(CsvField.CONTACT_TIME_ZONE, _zone, "is no IANA time zone", "write one like Europe/Paris")
        or "",
        is_default_phone=row.value(CsvField.PHONE).is_default,
        is_default_email=row.value(CsvField.EMAIL).is_default,
    )
    return person, rounded


def _clinic(row: _RowReader) -> int | None:
    known = ", ".join(map(str, sorted(row.rules.clinics)))
    return row.read(
        CsvField.CLINIC,
        lambda text: _known(int(text), row.rules.clinics),
        "is no clinic here",
        f"the clinics are {known}",
    )


def _start(row: _RowReader, zone: str, external_id: str) -> datetime:
    value = row.value(CsvField.START)
    moment = _moment(row, value)
    if isinstance(moment, datetime) and not row.rules.on:
        return moment
    day, clock = _local(moment, zone)
    day = row.rules.on or day
    if day is None:
        row.wrong(value, "there is no date", "map a column with --map COLUMN=start, or give --on DATE")
        raise _Unreadable
    clock = clock or _clock(row, external_id)
    return _instant(row, value if value.text else row.value(CsvField.TIME), day, clock, zone)


def _moment(row: _RowReader, value: CsvValue) -> tuple[date, time | None] | datetime | None:
    if not value.text:
        return None
    try:
        return date_input.read_moment(value.text, month_first=row.rules.month_first)
    except ValueError:
        row.wrong(value, "is no date", "write it as 2026-12-31 or 2026-12-31 14:30")
        raise _Unreadable from None


def _local(moment: tuple[date, time | None] | datetime | None, zone: str) -> tuple[date | None, time | None]:
    if isinstance(moment, datetime):
        local = date_input.to_local(moment, zone)
        return local.date(), local.time()
    return moment or (None, None)


def _clock(row: _RowReader, external_id: str) -> time:
    """Return the time of day: the row's own, else a place in the spread, else the default."""
    value = row.value(CsvField.TIME)
    spread = row.rules.spread
    if spread and (not value.text or value.is_default):
        # By the visit's id, so that the time stays when rows come and go above it.
        number = zlib.crc32((external_id or str(row.record.line)).encode())
        return date_input.slot_time(number, *spread)
    if not value.text:
        row.wrong(value, "there is no time", "map a column to time, or give --default time=08:00 or --spread")
        raise _Unreadable
    try:
        return date_input.read_time(value.text)
    except ValueError:
        row.wrong(value, "is no time of day", "write it as 14:30")
        raise _Unreadable from None


def _end(row: _RowReader, zone: str, starts_at: datetime) -> datetime:
    value = row.value(CsvField.END)
    if value.text:
        ends_at = _end_of(row, value, zone, starts_at)
    else:
        minutes = row.read(CsvField.DURATION, _minutes, "is no length", "write minutes, between 1 and 1440")
        ends_at = starts_at + timedelta(minutes=minutes or row.rules.minutes)
    if ends_at <= starts_at:
        row.wrong(value, "is not after the start", "correct the start or the end")
    return ends_at


def _end_of(row: _RowReader, value: CsvValue, zone: str, starts_at: datetime) -> datetime:
    day: date | None = date_input.to_local(starts_at, zone).date()
    try:
        clock: time | None = date_input.read_time(value.text)
    except ValueError:
        moment = _moment(row, value)
        if isinstance(moment, datetime):
            return moment
        day, clock = _local(moment, zone)
    if day is None or clock is None:
        row.wrong(value, "is no time", "write it as 14:30, or map the length with --map COLUMN=duration")
        raise _Unreadable
    return _instant(row, value, day, clock, zone)


def _instant(row: _RowReader, value: CsvValue, day: date, clock: time, zone: str) -> datetime:
    try:
        return date_input.to_instant(day, clock, zone)
    except ValueError:
        shown = f"{day} {clock:%H:%M}"
        row.wrong(replace(value, text=shown), f"is skipped by the clocks of {zone}", "choose another time")
        raise _Unreadable from None


def _generated_id(visit: CsvVisit) -> str:
    """Return an id for a visit that has none: the same patient at the same time for the same thing has the same."""
    person = visit.person
    who = person.external_id or f"{person.first_name}|{person.last_name}|{person.phone}|{person.email}".casefold()
    text = f"{who}|{visit.starts_at.isoformat()}|{visit.title}|{visit.clinic}"
    return "row:" + hashlib.sha256(text.encode()).hexdigest()[:32]


def _known(number: int, clinics: Mapping[int, str]) -> int:
    if number not in clinics:
        raise KeyError(number)
    return number


def _status(text: str) -> VisitStatus:
    return STATUS_WORDS[re.sub(r"[\W_]+", "", text).lower()]


def _zone(text: str) -> str:
    if not known_codes.is_zone(text):
        raise ValueError(text)
    return text


def _email(text: str) -> str:
    if not EMAIL.match(text):
        raise ValueError(text)
    return text


def _language(text: str) -> str:
    if not known_codes.is_language(text):
        raise ValueError(text)
    return text.lower().replace("_", "-")


def _minutes(text: str) -> int:
    minutes = date_input.read_minutes(text)
    if not 1 <= minutes <= 1440:
        raise ValueError(text)
    return minutes


def _phone_help() -> tuple[str, str]:
    return "is no possible phone number", "write it with its country, such as +15551234567"


def _status_help() -> str:
    return f"write one of {', '.join(VisitStatus)}"
