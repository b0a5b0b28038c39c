"""When it is open for calendars: a constant number of queries for any number of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from accounts.engine import holidays
from accounts.models import Clinic
from calendars.engine.closure_decision import OUTSIDE, ClosedSpan, OpeningTimes
from calendars.models import Calendar, Closure, Event, OpeningHours
from notifications.models import StaffItem
from notifications.services import staff_items

Spans = dict[int, list[tuple[time, time]]]


@dataclass
class _ClinicHours:
    """What an organization's clinics are, and when they are closed; None stands for all of them."""

    clinics: dict[int | None, Clinic] = field(default_factory=dict)
    hours: dict[int | None, Spans] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    closures: dict[int | None, list[ClosedSpan]] = field(default_factory=lambda: defaultdict(list))

    def opening_times(self, calendar: Calendar) -> OpeningTimes:
        """Return when it is open for a calendar: at its clinic, else at the default one, whose zone counts."""
        clinic_id = calendar.clinic_id or next((pk for pk, row in self.clinics.items() if row.is_default), None)
        clinic = self.clinics.get(clinic_id)
        organization = calendar.organization
        return OpeningTimes(
            ZoneInfo(clinic.time_zone if clinic else organization.time_zone),
            self.hours.get(clinic_id) or self.hours.get(None, {}),
            [*self.closures.get(clinic_id, ()), *(self.closures.get(None, ()) if clinic_id else ())],
            _known((clinic.public_holidays if clinic else "") or organization.public_holidays),
        )


def for_events(events: Iterable[Event]) -> Mapping[int, OpeningTimes]:
    """Return when it is open for each calendar of some events, of any organizations, by the calendar's id."""
    rows = Calendar.objects.unscoped().filter(pk__in={event.calendar_id for event in events})
    return for_calendars(rows.select_related("organization"))


def for_calendars(calendars: Iterable[Calendar]) -> Mapping[int, OpeningTimes]:
    """Return when it is open for some calendars, by their ids; their organizations are loaded."""
    rows = list(calendars)
    hours = _clinic_hours({row.organization.pk for row in rows})
    return {row.pk: hours[row.organization.pk].opening_times(row) for row in rows}


def _clinic_hours(organizations: set[int]) -> Mapping[int, _ClinicHours]:
    found = {pk: _ClinicHours() for pk in organizations}
    for clinic in Clinic.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, clinic.organization_id)].clinics[clinic.pk] = clinic
    for row in OpeningHours.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, row.organization_id)].hours[row.clinic_id][row.weekday].append((row.opens, row.closes))
    for closure in Closure.objects.unscoped().filter(organization__in=organizations):
        found[cast(int, closure.organization_id)].closures[closure.clinic_id].append(closure.closed_span)
    return found


def zone_for_staff(event: Event, opening: OpeningTimes) -> ZoneInfo:
    """Return the zone in which staff are told of an event: the clinic's; that of whole days is their own."""
    return ZoneInfo(event.time_zone) if event.all_day else opening.zone


def warn_staff(met: Iterable[tuple[str, datetime]]) -> None:
    """Tell staff of closures that visits meet, given with the visits' local times: one item for a day and closure."""
    days = Counter((closure, at.date()) for closure, at in met if closure not in ("", OUTSIDE))
    for (closure, day), times in sorted(days.items()):
        staff_items.tell(
            StaffItem.Kind.WARNING,
            "visits_while_closed",
            key=f"closed:{day}:{closure}",
            values={"day": day, "closure": closure},
            times=times,
        )


def _known(region: str) -> str:
    """Return a region; nothing where a newer release of the library knows it no more, for visits go on all the same."""
    try:
        return region if region and holidays.of_year(region, 2026) is not None else ""
    except ValueError:
        return ""
