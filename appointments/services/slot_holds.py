"""Holds: keep a time for minutes while somebody books it, so that nobody else can."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import tenancy
from accounts.models import Clinic
from accounts.services import audit
from appointments.engine.slot_clashes import HOLD
from appointments.errors import HoldsNothing, NoClinic, NotYourHold, TooManyHolds
from appointments.models import Appointment, AppointmentType, Operatory, Provider, SlotHold
from appointments.services import taken_spans, visit_conflicts, visit_types
from appointments.services.visit_conflicts import WantedTime
from calendars.errors import EndBeforeStart
from calendars.models import Calendar, Event
from config.kernel.clock import DatabaseNow

MINUTES, MOST_MINUTES = 5, 30
# Of one who holds: more is no booking any more.
MOST = 20
LENGTH = timedelta(minutes=30)  # without an end and a type, as free times are offered


@dataclass(frozen=True)
class HeldThings:
    """What a hold keeps; without a calendar it is the provider's, where that takes only so many visits at once."""

    provider: Provider | None = None
    operatory: Operatory | None = None
    calendar: Calendar | None = None
    appointment_type: AppointmentType | None = None

    @property
    def limited_calendar(self) -> Calendar | None:
        """Return the calendar of which a place is held."""
        found = self.calendar or (self.provider.calendar if self.provider else None)
        return found if found and found.max_concurrent else None


@transaction.atomic
def create(
    things: HeldThings,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    minutes: int = MINUTES,
    now: datetime,
) -> SlotHold:
    """Hold a time for so many minutes; without an end it lasts as its type says, else half an hour.

    Raises `HoldsNothing`, `EndBeforeStart`, `TooManyHolds`, `ProviderMayNot`, `VisitTooLong`, and `SlotTaken` where
    somebody has it.
    """
    calendar = things.limited_calendar
    if not (things.provider or things.operatory or calendar):
        raise HoldsNothing(field="provider")
    visit_types.check_provider(things.appointment_type, things.provider)
    ends_at = ends_at or visit_types.end(things.appointment_type, starts_at) or starts_at + LENGTH
    if ends_at <= starts_at:
        raise EndBeforeStart(field="ends_at")
    who = audit.actor().identity[:80]
    if taken_spans.live_holds().filter(held_by=who).count() >= MOST:
        raise TooManyHolds
    _check(things, starts_at, ends_at, now=now)
    own: dict[str, Any] = {"provider": things.provider, "operatory": things.operatory, "calendar": calendar}
    own |= {"appointment_type": things.appointment_type, "starts_at": starts_at, "ends_at": ends_at, "held_by": who}
    made = SlotHold.objects.create(**own, expires_at=DatabaseNow() + timedelta(minutes=minutes))
    made.refresh_from_db()
    return made


def _check(things: HeldThings, starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Raise `SlotTaken` and `VisitTooLong` as a visit would that took what is to be held."""
    like = Appointment(
        provider=things.provider,
        operatory=things.operatory,
        appointment_type=things.appointment_type,
        clinic=_clinic(things),
        event=Event(calendar=things.limited_calendar or Calendar(max_concurrent=0)),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    takes = {"provider": like.provider_id, "operatory": like.operatory_id, **taken_spans.limited(like.event.calendar)}
    wanted = WantedTime(taken_spans.of_row((HOLD, 0), like, takes), like, starts_at, ends_at, starts_at)
    visit_conflicts.check_times([wanted], {}, now=now)


def _clinic(things: HeldThings) -> Clinic:
    place = things.operatory.clinic if things.operatory else None
    found = place or (things.provider.clinic if things.provider else None)
    found = found or Clinic.objects.filter(is_default=True).first()
    if found is None:
        raise NoClinic(field="provider")
    return found


def use(hold: SlotHold) -> None:
    """Use up a hold of whoever acts, in the transaction in which they book; raise `NotYourHold` for another's.

    One that expired a moment ago, or is gone, does no harm: the time is then free for everybody.
    """
    if hold.held_by != audit.actor().identity[:80]:
        raise NotYourHold(field="hold")
    SlotHold.objects.filter(pk=hold.pk).delete()


def release(hold: SlotHold) -> None:
    """Give a held time back."""
    SlotHold.objects.filter(pk=hold.pk).delete()


@tenancy.system()
def delete_expired() -> int:
    """Delete the holds that have expired, of all organizations, and return how many there were."""
    return SlotHold.objects.unscoped().filter(expires_at__lte=DatabaseNow()).delete()[0]
