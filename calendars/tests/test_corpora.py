"""Files of other projects, taken in and held against `recurring-ical-events`: a few, and all of them under `make soak`.

The files stand in packages that are installed with the requirements of development, `icalendar` and
`recurring-ical-events`, and in the folder that `CALENDAR_CORPUS` names; none of them is part of this project. The test
data of libical stand in the source package of Debian alone, in none that is installed, and in none of PyPI:
docs/contributor.md says how to get them.
"""

import importlib.util
import os
import warnings
from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calendars.models import Event
from calendars.services.series import occurrences
from calendars.services.series.occurrences import Period
from calendars.tests.imports import import_file

ZONE = "America/New_York"  # of the calendar
PACKAGES = ("icalendar", "recurring_ical_events")
DAY = timedelta(days=1)
REACH = timedelta(days=3 * 365)
# Where the oracle differs, and why.
DIFFERENT = {
    "issue_1633_rdate_with_dates.ics": "a PERIOD of dates, which RFC 5545 3.3.9 forbids",
    "issue_1633_rdate_with_dates_and_tzid.ics": "a PERIOD of dates, which RFC 5545 3.3.9 forbids",
    "event_with_recurrence.ics": "EXDATE in UTC beside a floating DTSTART (3.8.5.1 wants one kind)",
    "issue_201_test_matrix.ics": "DTEND in UTC beside a floating DTSTART (3.8.2.2 wants one kind)",
    "issue_75_range_parameter.ics": "a date in UNTIL means that whole day",
    "issue_117_until_before_dtstart.ics": "DTSTART is the first occurrence, also before an UNTIL",
    "2445.ics": "a VTIMEZONE in which standard and daylight time begin at one moment (corrected in RFC 5545 3.6.5)",
    "recur-errors.ics": "a TZID that the file does not define, for which the oracle takes winter time all year",
    "multiple_rrule.ics": "COUNT counts DTSTART, also of a rule that does not name it (3.3.10)",
}


def folders():
    """Return the folders of the corpora: packages that are installed, and one that is given."""
    found = [importlib.util.find_spec(name) for name in PACKAGES]
    own = [Path(spec.origin).parent for spec in found if spec and spec.origin]
    return own + [Path(folder) for folder in [os.environ.get("CALENDAR_CORPUS", "")] if folder]


def files():
    """Return the files of the corpora: all of them under `make soak`, else a few."""
    found = sorted(path for folder in folders() for path in folder.rglob("*.ics"))
    return found if os.environ.get("CORPORA") else found[::40]


def instant(value, *, end=False):
    """Return an instant of the oracle: days and floating times are where the calendar is."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(ZONE))).astimezone(UTC)


def expected(content, begin, end):
    """Return the starts of all occurrences by UID, as the oracle has them."""
    import icalendar
    import recurring_ical_events

    found = defaultdict(list)
    for calendar in icalendar.Calendar.from_ical(content, multiple=True):
        for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(begin, end):
            if str(event.get("STATUS", "")).upper() != "CANCELLED":
                found[str(event.get("UID", "")).strip()].append(instant(event["DTSTART"].dt))
    return found


def stored(begin, end):
    """Return the starts of all occurrences by UID, as they were taken in."""
    found = defaultdict(list)
    for event in Event.objects.filter(parent_event=None):
        for one in occurrences.list_occurrences(event, Period(begin, end), most=5000).occurrences:
            found[uid_in_file(event.uid)].append(one.start)
    return found


def uid_in_file(uid):
    """Return the UID of the file's components: none, or also that of an occurrence which stands alone."""
    return "" if uid.startswith("hash-") else uid[:-16] if uid[-16:-15] == "/" else uid


@pytest.mark.django_db
@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_of_another_project_has_the_same_occurrences(inside, clock, path, request):
    if path.name in DIFFERENT:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENT[path.name], strict=True))
    content = path.read_bytes()
    taken = import_file(content, inside.calendar, name=path.name)
    told = [event.start for event in Event.objects.filter(parent_event=None)]
    if not told:
        return
    refused = {uid_in_file(outcome.uid) for outcome in taken if outcome.result == "skipped"}
    begin = min(told) - timedelta(days=2)
    end = min(begin + REACH, datetime(2100, 1, 1, tzinfo=UTC))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = expected(content, begin, end)
    except Exception as error:  # the oracle cannot read what was taken in
        pytest.skip(f"the oracle fails: {error!r}")
    found = stored(begin, end)
    uids = (set(found) | set(wanted)) - refused
    differing = {}
    for uid in uids:
        # At the edges of the span the oracle looks at days in no zone.
        ours, theirs = (Counter(at for at in starts.get(uid, ()) if at < end - 2 * DAY) for starts in (found, wanted))
        if ours != theirs:
            differing[uid] = [sorted(map(str, more))[:5] for more in (ours - theirs, theirs - ours)]
    assert differing == {}
