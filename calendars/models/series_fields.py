"""What the root of a series has of its own, and what its series says instead."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from calendars.engine.series_plan import LENGTH

# What an occurrence can have of its own besides times and length: the columns of these fields.
FIELDS = {name: name for name in ("title", "description", "data")} | {
    "contact": "contact_id",
    "creator": "creator_id",
    "calendar": "calendar_id",
    "on_closure": "on_closure",
    "private": "private",
    "time_zone": "time_zone",
}
# Where stands how the series was before it was called off.
CALLED_OFF = "called_off"


class SeriesFields(models.Model):
    """The root of a series is an occurrence, too: what is changed of it alone stays, and its series goes on as it was.

    The DTSTART line of its recurrence tells when the first occurrence was to be, `series_fields` what the others have
    in the columns of `FIELDS` and how long they last. Nothing here saves the row.
    """

    series_fields = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def says(self, column: str) -> Any:
        """Return what the series has in a column, also where its root has something else."""
        fields = self.series_fields or {}
        return fields[column] if column in fields else getattr(self, column)

    @property
    def series_values(self) -> dict[str, Any]:
        """What the occurrences of the series have, by columns."""
        return {column: self.says(column) for column in FIELDS.values()}

    @property
    def series_zone(self) -> ZoneInfo:
        """The zone on whose clock the series hangs."""
        return ZoneInfo(self.says("time_zone"))

    @property
    def series_length(self) -> timedelta | None:
        """How long the occurrences last on the wall clock, where the root lasts otherwise."""
        seconds = (self.series_fields or {}).get(LENGTH)
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def is_series_called_off(self) -> bool:
        """Whether the series was cancelled as a whole."""
        return CALLED_OFF in (self.series_fields or {})

    def note(self, values: Mapping[str, Any], lasts: timedelta, own_length: timedelta) -> None:
        """Note what the series says otherwise than its root: values by columns, and how long the others last."""
        known = self.series_fields or {}
        found = {column: value for column, value in values.items() if value != getattr(self, column)}
        found |= {LENGTH: int(lasts.total_seconds())} if lasts != own_length else {}
        found |= {CALLED_OFF: known[CALLED_OFF]} if CALLED_OFF in known else {}
        self.series_fields = found or None

    def take_over(self, fields: Mapping[str, Any], own: Iterable[str]) -> None:
        """Take values of the series over, but for the fields that the root has of its `own`."""
        known = dict(self.series_fields or {})
        for name, value in fields.items():
            if name in own:
                known[FIELDS[name]] = value.pk if isinstance(value, models.Model) else value
            else:
                known.pop(FIELDS[name], None)
                setattr(self, name, value)
        self.series_fields = known or None
