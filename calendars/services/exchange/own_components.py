"""Recognize the components of this program's own files, by their UIDs and by what it would write today."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cached_property

from django.db.models import Value

from calendars.engine.icalendar import event_reader, event_writer
from calendars.engine.icalendar.event_writer import ExportStyle, WrittenEvent
from calendars.engine.icalendar.file_index import build_index
from calendars.engine.icalendar.parsed_event import ParsedEvent
from calendars.models import Calendar, Event
from calendars.querysets import shown_in
from calendars.services import event_times
from calendars.services.exchange import ical_export

# What two components with the same meaning may differ in.
FORM = frozenset({"line", "uid", "sequence", "stamp", "digest", "warnings"})
MEANING = tuple(each.name for each in fields(ParsedEvent) if each.name not in FORM)


class OwnComponents:
    """The components that a calendar would write of some of its events today."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar, self.domain = calendar, str(calendar.organization.uuid)
        self.written: dict[int, list[ParsedEvent]] = {}
        self.briefly: dict[int, set[str]] = {}

    def find(self, uids: Iterable[str]) -> dict[str, Event]:
        """Return the events of the calendar that were written under some UIDs, which they got from here."""
        keys = {int(match[1]): uid for uid in uids if (match := self._uid.fullmatch(uid))}
        rows = Event.objects.filter(shown_in(self.calendar), pk__in=keys) if keys else ()
        return {keys[event.pk]: event for event in rows}

    def load(self, events: Iterable[Event]) -> None:
        """Write some events, two queries, for `equals` and `is_older`."""
        rows = Event.objects.filter(pk__in=[event.pk for event in events])
        shown = ical_export.load(rows.annotate(listed_in=Value(self.calendar.pk)))
        self.written = {each.root.pk: self._components(each, described=True) for each in shown}
        # What feeds write, with fewer words or with none.
        self.briefly = {
            each.root.pk: {found.digest for found in [*self._components(each), *self._components(each, busy=True)]}
            for each in shown
        }

    def equals(self, root: Event, entry: ParsedEvent) -> bool:
        """Return whether a component says of an event, or of an occurrence of it, what is so already."""
        if entry.digest in self.briefly.get(root.pk, ()):
            return True
        return any(_means(each) == _means(entry) for each in self._same(root, entry))

    def is_older(self, root: Event, entry: ParsedEvent) -> bool:
        """Return whether a component was written here, and is older than what would be written today."""
        if not self._uid.fullmatch(entry.uid) or root.uid:
            return False
        return any(entry.age <= each.age for each in self._same(root, entry))

    def _same(self, root: Event, entry: ParsedEvent) -> Iterator[ParsedEvent]:
        return (each for each in self.written.get(root.pk, ()) if each.recurrence_at == entry.recurrence_at)

    @cached_property
    def _uid(self) -> re.Pattern[str]:
        return re.compile(rf"event-(\d{{1,18}})@{re.escape(self.domain)}", re.ASCII)

    @cached_property
    def zone(self) -> str:
        """The zone of the calendar."""
        return event_times.zone_of(self.calendar)

    def _components(self, shown: WrittenEvent, *, described: bool = False, busy: bool = False) -> list[ParsedEvent]:
        style = ExportStyle(self.domain, described=described, busy=busy)
        text = "".join(event_writer.write_calendar([shown], style)).splitlines()
        found = event_reader.read(text, time_zone=self.zone, index=build_index(text))
        return [entry for entry in found if isinstance(entry, ParsedEvent)]


def _means(entry: ParsedEvent) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in MEANING)
