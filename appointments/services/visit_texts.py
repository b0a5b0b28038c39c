"""Change what many visits say, in a few statements: the same rows as `visits.change` leaves for each.

Titles and what belongs to one visit alone (external ids, addresses, summaries, …) move nothing and take nobody's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.services import audit
from appointments.models import Appointment
from appointments.services import visit_edits, visit_notifications, visit_rows
from appointments.services.visit_edits import OF_ONE, VisitEdit
from calendars.engine.states import Reach
from calendars.models import Event
from calendars.services import event_texts
from calendars.services.field_types import EventChange
from config.kernel.errors import Missing, PunctualError

# Texts of the event, and what of the visit's own row says nothing of anybody else's.
OF_EVENT = {"title"}
OF_VISIT = {*OF_ONE} - {"external_id"}


@dataclass(frozen=True)
class TextChange:
    """What a visit, as it was read, is to say; `of_event` for its event, `of_visit` for its own row."""

    visit: Appointment
    of_event: EventChange
    of_visit: Mapping[str, Any]

    @property
    def news(self) -> set[str]:
        """Return the names of the fields that say something else than the visit does."""
        return {*visit_edits.differing(self.visit, self.of_event, self.of_visit)}

    @property
    def is_one(self) -> bool:
        """Return whether no more than texts are others than they are, and the visit is of no series."""
        return self.news <= OF_EVENT | OF_VISIT and event_texts.is_alone(self.visit.event)


@transaction.atomic
def change_many(changes: Sequence[TextChange], *, now: datetime) -> list[Appointment | PunctualError]:
    """Change visits, each once; in place of one that cannot be changed stands why not: what `visits.change` raises."""
    events = {row.pk: row for row in Event.objects.lock_many([each.visit.event_id for each in changes])}
    rows = visit_edits.lock_many([each.visit.pk for each in changes])
    found: list[Appointment | PunctualError] = []
    news: list[VisitNews] = []
    for each in changes:
        try:
            row = rows[each.visit.pk]
            edit = VisitEdit(now, Reach.THIS, each.of_event, each.of_visit)
            news.append(VisitNews(row, *visit_edits.checked_news(row, edit)))
            found.append(row)
        except KeyError:
            found.append(Missing())
        except PunctualError as error:
            found.append(error)
    _write([each for each in news if each.changed], events, now=now)
    return found


@dataclass(frozen=True)
class VisitNews:
    """What is new of a locked visit, for its event and for its own row."""

    row: Appointment
    of_event: EventChange
    of_visit: Mapping[str, Any]

    @property
    def changed(self) -> list[str]:
        """Return the names of the fields."""
        return [*self.of_event, *self.of_visit]


def _write(news: Sequence[VisitNews], events: Mapping[int, Event], *, now: datetime) -> None:
    titles = {each.row.event_id: each.of_event for each in news if each.of_event}
    event_texts.change_many([events[pk] for pk in titles], titles, now=now)
    if own := {each.row: each.of_visit for each in news if each.of_visit}:
        visit_rows.write_each(own)
        visit_notifications.follow([row.event_id for row in own], now=now)
    for action in ("rename", "update"):
        changed = {each.row: each.changed for each in news if visit_edits.action_of({*each.changed}) == action}
        audit.record_changes(action, changed, reach=Reach.THIS)
