"""The history of visits: the database writes it with each change, and is told here who makes that change."""

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from accounts.services import audit
from appointments.engine.states import HistoryKind
from appointments.models import Appointment, HistoryEntry
from config.kernel import language

LINES = 50  # of a visit's history that are shown


@dataclass(frozen=True)
class HistoryLine:
    """What became of a visit: when, what, from what to what, by whom and through which channel, in words."""

    when: str
    what: str
    change: str
    who: str
    channel: str


def attribute_changes() -> None:
    """Attribute the changes of visits that follow in this transaction to whom the audit trail names."""
    who = audit.actor()
    told = {"identity": who.identity[:80], "name": who.name[:200], "channel": who.channel}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('punctual.actor', %s, true)", [json.dumps(told)])


def latest(visit: Appointment) -> list[HistoryLine]:
    """Return the latest changes of a visit, the last one first, in the active language."""
    zone = visit.clinic.time_zone
    return [
        HistoryLine(
            when=language.moment(row.at.astimezone(ZoneInfo(zone))),
            what=row.get_kind_display(),
            change=describe(row, zone),
            who=row.name or (_("The patient") if row.identity.startswith("contact:") else row.identity),
            channel=row.get_channel_display(),
        )
        for row in visit.history.order_by("-id")[:LINES]
    ]


def describe(row: HistoryEntry, zone: str) -> str:
    """Return what a visit was before a change and what after it, in the active language; times are of the zone."""
    match row.kind:
        case HistoryKind.MOVED:
            # Both are told with their day, of which one may be another.
            return f"{_span(row.from_start, row.from_end, zone)} → {_span(row.to_start, row.to_end, zone)}"
        case HistoryKind.RENAMED:
            return f"{row.from_title or '–'} → {row.to_title or '–'}"
        case HistoryKind.BOOKED:
            return _span(row.to_start, row.to_end, zone)
        case _:
            return f"{row.get_from_status_display()} → {row.get_to_status_display()}"


def _span(start: datetime | None, end: datetime | None, zone: str) -> str:
    if start is None or end is None:
        return "–"
    clock = ZoneInfo(zone)
    begins, ends = start.astimezone(clock), end.astimezone(clock)
    last = f"{ends:%H:%M}" if ends.date() == begins.date() else language.moment(ends)
    return f"{language.moment(begins)}–{last}"
