"""A calendar app: the `caldav` package of PyPI reads what a server shows. It runs in an environment of its own.

Prints JSON: calendars, and by span of time the summaries with their starts, and what came of writing.
"""

import json
import sys
from datetime import UTC, datetime

import caldav


def main(url, key):
    """Walk from the front to single occurrences."""
    with caldav.DAVClient(url=url, username="anything", password=key) as client:
        (calendar,) = client.principal().calendars()
        span = {"start": datetime(2026, 12, 1, tzinfo=UTC), "end": datetime(2026, 12, 6, tzinfo=UTC)}
        found = calendar.search(event=True, expand=False, **span)
        expanded = calendar.search(event=True, expand=True, **span)
        one = calendar.event_by_url(found[0].url)
        try:
            calendar.save_event(dtstart=span["start"], dtend=span["end"], summary="Mine")
            written = "written"
        except caldav.error.DAVError as error:
            written = type(error).__name__
        told = {
            "name": calendar.get_display_name(),
            "objects": len(calendar.events()),
            "found": sorted(str(each.component["SUMMARY"]) for each in found),
            "occurrences": sorted(
                f"{each.component['DTSTART'].dt:%dT%H:%M} {each.component['SUMMARY']}" for each in expanded
            ),
            "one": str(one.component["SUMMARY"]),
            "written": written,
        }
    print(json.dumps(told))


main(*sys.argv[1:])
