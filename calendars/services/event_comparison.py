"""Compare what is said of an event with the event as it stands; asks the database for nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from calendars.engine.wall_clock import resolve
from calendars.models import Event


def differing(event: Event, fields: Mapping[str, Any]) -> set[str]:
    """Return the names of the fields that say something else than an event, whose relations were read with it."""
    zone = ZoneInfo(event.time_zone)
    return {name for name, value in fields.items() if _instant(value, zone) != getattr(event, name)}


def _instant(value: Any, zone: ZoneInfo) -> Any:
    """Return the instant of a time; a naive one is wall-clock time of a zone."""
    return resolve(value, zone) if isinstance(value, datetime) and value.tzinfo is None else value
