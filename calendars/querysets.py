"""Querysets of events and alarms, and the order in which events are locked: a root, then its occurrences by id."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Generic, Self

from django.db.models import DurationField, ExpressionWrapper, F, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan

from accounts.tenancy import RowType, TenantManager
from calendars.engine.states import AlarmResult, AlarmState, AlarmStatus, ClosureEffect, EventStatus

A_DAY = timedelta(days=1)
# Columns of alarms that may name or reach a person.
PERSONAL = "alarm_phonenumber alarm_email phonenumber_transfer phonenumber_sms_failure url_cancel url_confirm".split()
# Events that last longer than a day, as their index has them.
LASTS_DAYS = GreaterThan(ExpressionWrapper(F("end") - F("start"), output_field=DurationField()), Value(A_DAY))


def in_calendar(calendar: Model) -> Q:
    """Return the condition that events, or the series of roots, are in a calendar; a root can be in another alone."""
    return Q(calendar=calendar) & ~Q(series_fields__has_key="calendar_id") | Q(series_fields__calendar_id=calendar.pk)


def shown_in(calendar: Model) -> Q:
    """Return the condition that a calendar shows events, or the series of roots that alone are in another one."""
    return Q(calendar=calendar) | Q(series_fields__calendar_id=calendar.pk)


class EventQuerySet(QuerySet[RowType]):
    """Events."""

    def series(self) -> Self:
        """Roots that recur."""
        return self.filter(Q(rule__isnull=False) | ~Q(recurrence=""), parent_event=None)

    def expandable(self, needed: Any) -> Self:
        """Series that go on and whose children do not reach as far as needed (an instant or an expression)."""
        rows = self.series().filter(series_ended=False, paused_at=None, series_error="")
        return rows.filter(Q(expanded_until=None) | Q(expanded_until__lt=needed))

    def after(self, expanded_until: datetime | None, pk: int) -> Self:
        """Those that come behind one in the order of expansion: by how far they reach, nothing first, then by pk."""
        if expanded_until is None:
            return self.filter(Q(expanded_until__isnull=False) | Q(expanded_until=None, pk__gt=pk))
        return self.filter(Q(expanded_until__gt=expanded_until) | Q(expanded_until=expanded_until, pk__gt=pk))

    def over(self, now: datetime) -> Self:
        """Pending events whose own time has passed."""
        return self.filter(status=EventStatus.PENDING, end__lte=now, cancelled_at=None)

    def ahead(self, now: datetime) -> Self:
        """Events that take place and have not ended."""
        return self.filter(end__gt=now, cancelled_at=None)

    def closable(self, now: datetime) -> Self:
        """Events to come that a closure may act upon: those that take place, and those that one skipped."""
        return self.filter(Q(cancelled_at=None) | Q(closure_effect=ClosureEffect.SKIPPED), end__gt=now)

    def between(self, start: datetime, end: datetime) -> Self:
        """Events that touch a span of time."""
        return self.filter(start__lt=end, end__gt=start)


class EventManager(TenantManager.from_queryset(EventQuerySet), Generic[RowType]):
    """Events of the current organization."""

    def lock(self, pk: int) -> RowType:
        """Lock an event and return it as it is now; the first lock of every service. Raises `Event.DoesNotExist`."""
        return self.select_for_update(of=("self",)).select_related("organization", "contact", "rule").get(pk=pk)

    def lock_many(self, keys: Collection[int]) -> list[RowType]:
        """Lock some events, in the order of their ids, and return them as they are now; those that are gone are not."""
        rows = self.select_for_update(of=("self",)).select_related("organization", "contact", "rule")
        return list(rows.filter(pk__in=list(keys)).order_by("pk"))

    def lock_series(self, event: Model) -> RowType:
        """Lock the root of an event's series (of what is no occurrence, itself) and return it, also after a split."""
        known: int | None = None
        while True:
            parent = self.values_list("parent_event_id", flat=True).get(pk=event.pk) or event.pk
            if parent == known:
                return self.lock(parent)
            # The series may have been split while this waited for the lock.
            self.lock(parent)
            known = parent

    def lock_family(self, root: Model) -> list[RowType]:
        """Lock a root and its children, in the order of their ids (the root was there first)."""
        children = self.filter(parent_event=root).select_for_update(of=("self",)).order_by("pk")
        return [self.lock(root.pk), *children]


class AlarmQuerySet(QuerySet[RowType]):
    """Alarms."""

    def in_older_status(self, status: int) -> Self:
        """Those that have a status in the older interface, for which what was called off still waits."""
        called_off = Q(state=AlarmState.CANCELLED)
        return self.filter(
            Q(status=status) | called_off if status == AlarmStatus.PENDING else Q(status=status) & ~called_off
        )

    def waiting(self) -> Self:
        """Alarms that are not yet in the outbox."""
        return self.filter(status=AlarmStatus.PENDING)

    def stop(self, reason: str, state: AlarmState = AlarmState.CANCELLED) -> int:
        """End them unsent; return how many."""
        return self.update(status=AlarmStatus.FAILURE, state=state, reason=reason)

    def wait_again(self) -> int:
        """Let them wait for their time again; a new revision gives each a new message."""
        return self.update(status=AlarmStatus.PENDING, state=AlarmState.PLANNED, reason="", revision=F("revision") + 1)

    def answer(self, result: AlarmResult) -> int:
        """Note what the patient answered."""
        return self.update(result=result)

    def erase_addresses(self) -> int:
        """Remove all that may name or reach a person."""
        return self.update(**dict.fromkeys(PERSONAL))


class AlarmManager(TenantManager.from_queryset(AlarmQuerySet)):
    """Alarms of the current organization."""
