"""What the root of a series has of its own, and what its series says instead."""

from datetime import timedelta
from typing import Any

from django.db import models

from calendars.engine.series_plan import LENGTH

# What an occurrence can be called alone.
TEXTS = ("title", "description", "data")
# Where stands how the series was before it was called off.
CALLED_OFF = "called_off"


class SeriesFields(models.Model):
    """The root of a series is an occurrence, too: what is changed of it alone stays, and its series goes on as it was.

    The DTSTART line of its recurrence tells when the first occurrence was to be, `series_fields` what the others are
    called and how long they last. Nothing here saves the row.
    """

    series_fields = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def says(self, name: str) -> Any:
        """Return what the series says of a field, also where its root says otherwise."""
        fields = self.series_fields or {}
        return fields[name] if name in fields else getattr(self, name)

    @property
    def series_texts(self) -> dict[str, Any]:
        """What the occurrences of the series are called."""
        return {name: self.says(name) for name in TEXTS}

    @property
    def series_length(self) -> timedelta | None:
        """How long the occurrences last on the wall clock, where the root lasts otherwise."""
        seconds = (self.series_fields or {}).get(LENGTH)
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def is_series_called_off(self) -> bool:
        """Whether the series was cancelled as a whole."""
        return CALLED_OFF in (self.series_fields or {})

    def note(self, called: dict[str, Any], lasts: timedelta, own_length: timedelta) -> None:
        """Note what the series says otherwise than its root: texts, and how long the others last."""
        known = self.series_fields or {}
        found = {name: value for name, value in called.items() if value != getattr(self, name)}
        found |= {LENGTH: int(lasts.total_seconds())} if lasts != own_length else {}
        found |= {CALLED_OFF: known[CALLED_OFF]} if CALLED_OFF in known else {}
        self.series_fields = found or None

    def rename(self, fields: dict[str, Any], own: set[str]) -> None:
        """Take texts and people of the series over, but for those that the root has of its `own`."""
        known = dict(self.series_fields or {})
        for name, value in fields.items():
            if name in own:
                known[name] = value
            else:
                known.pop(name, None)
                setattr(self, name, value)
        self.series_fields = known or None
