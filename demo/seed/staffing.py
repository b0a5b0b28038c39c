"""The demo's providers, operatories and types of visits."""

from datetime import time

from accounts.models import Clinic
from appointments.models import AppointmentType, Operatory, Provider, ScheduleEntry
from appointments.services import visit_types
from demo.seed.organizations import SeededClinic

WORKDAYS = range(5)
MORNING, AFTERNOON = (time(8), time(12)), (time(13), time(17))
COLOURS = ("#1e88e5", "#43a047", "#fb8c00", "#8e24aa")


def seed(clinic: SeededClinic) -> None:
    """Make them, once."""
    if Provider.objects.exists():
        return
    at = Clinic.objects.get(is_default=True)
    provider = Provider.objects.create(name=clinic.calendar.name, clinic=at, calendar=clinic.calendar)
    Operatory.objects.bulk_create([Operatory(name=name, clinic=at) for name in ("1", "2")])
    ScheduleEntry.objects.bulk_create(
        [
            ScheduleEntry(provider=provider, weekday=weekday, begins=begins, ends=ends)
            for weekday in WORKDAYS
            for begins, ends in (MORNING, AFTERNOON)
        ]
    )
    if not AppointmentType.objects.exists():
        for title, colour in zip(clinic.facts.visits, COLOURS, strict=True):
            visit_types.create(name=title, colour=colour, lead_time=60, providers=[provider])
