from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from calendars.engine.icalendar.event_writer import ExportStyle
from calendars.engine.icalendar.file_index import build_index
from calendars.management.commands import import_calendar
from calendars.models import Event
from calendars.services import events
from calendars.services.exchange import component_import, ical_export
from calendars.services.exchange.component_import import ImportSource
from calendars.tests.test_ical_components import calendar as file
from calendars.tests.test_ical_components import event as vevent
from config.kernel.progress import ProgressBar
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"
DAILY = (f"DTSTART;TZID={ZONE}:20261201T090000", "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:Daily")
ONCE = (f"DTSTART;TZID={ZONE}:20261201T090000", "DURATION:PT30M", "SUMMARY:Once")


def at(day, hour, minute=0):
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def take(world, *components, commit=True, head=()):
    lines = file(*components, head=head)
    source = ImportSource(lines, ZONE, build_index(lines))
    with transaction.atomic():
        outcomes = [
            each
            for some in component_import.import_components(source, calendar=world.calendar, now=NOW)
            for each in some
        ]
        transaction.set_rollback(not commit)
    return [outcome.result for outcome in sorted(outcomes, key=lambda each: each.line)]


def starts():
    return sorted(Event.objects.filter(cancelled_at=None).values_list("start", flat=True))


def test_a_series_is_made_with_its_occurrences(inside):
    assert take(inside, vevent(*DAILY)) == ["created"]
    assert starts() == [at(day, 14) for day in range(1, 6)]
    root = Event.objects.get(parent_event=None)
    assert (root.title, root.uid, root.creator, root.time_zone) == ("Daily", "a@x", inside.calendar_user, ZONE)


def test_a_dry_run_changes_nothing(inside):
    assert take(inside, vevent(*DAILY), commit=False) == ["created"]
    assert not Event.objects.exists()


def test_a_second_run_changes_nothing(inside):
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261203T090000", f"DTSTART;TZID={ZONE}:20261203T110000")
    take(inside, vevent(*DAILY), override)
    before = list(Event.objects.values_list("pk", "start", "version"))
    assert take(inside, vevent(*DAILY), override) == ["unchanged", "unchanged"]
    assert list(Event.objects.values_list("pk", "start", "version")) == before


def test_a_newer_version_moves_the_event(inside):
    take(inside, vevent(*ONCE, "SEQUENCE:1"))
    later = [line.replace("T090000", "T100000") for line in ONCE]
    assert take(inside, vevent(*later, "SEQUENCE:2")) == ["changed"]
    assert starts() == [at(1, 15)]


def test_an_older_version_is_skipped(inside):
    take(inside, vevent(*ONCE, "SEQUENCE:2"))
    later = [line.replace("T090000", "T100000") for line in ONCE]
    assert take(inside, vevent(*later, "SEQUENCE:1")) == ["skipped"]
    assert starts() == [at(1, 14)]


def test_of_two_versions_in_a_file_the_newer_counts(inside):
    later = [line.replace("T090000", "T100000") for line in ONCE]
    assert take(inside, vevent(*later, "SEQUENCE:2"), vevent(*ONCE, "SEQUENCE:1")) == ["created", "skipped"]
    assert starts() == [at(1, 15)]


def test_an_override_moves_its_occurrence(inside):
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261203T090000", f"DTSTART;TZID={ZONE}:20261203T110000")
    assert take(inside, vevent(*DAILY), override) == ["created", "changed"]
    assert starts() == [at(1, 14), at(2, 14), at(3, 16), at(4, 14), at(5, 14)]


def test_an_override_may_stand_before_its_series(inside):
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261203T090000", f"DTSTART;TZID={ZONE}:20261203T110000")
    take(inside, override, vevent(*DAILY))
    assert at(3, 16) in starts()


def test_a_cancelled_occurrence_is_cancelled(inside):
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261203T090000", ONCE[0], "STATUS:CANCELLED")
    assert take(inside, vevent(*DAILY), override) == ["created", "cancelled"]
    assert starts() == [at(1, 14), at(2, 14), at(4, 14), at(5, 14)]


def test_an_override_beyond_the_horizon_waits_for_its_series(inside):
    weekly = [line.replace("DAILY;COUNT=5", "WEEKLY;COUNT=20") for line in DAILY]
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20270406T090000", f"DTSTART;TZID={ZONE}:20270406T100000")
    take(inside, vevent(*weekly), override)
    child = Event.objects.get(recurrence_id="20270406T090000")
    assert (child.start, child.parent_event.uid) == (datetime(2027, 4, 6, 14, tzinfo=UTC), "a@x")


def test_a_replaced_first_occurrence_becomes_an_event_of_its_own(inside):
    override = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261201T090000", f"DTSTART;TZID={ZONE}:20261201T120000")
    assert take(inside, vevent(*DAILY), override) == ["created", "created"]
    assert starts() == [at(1, 17), *(at(day, 14) for day in range(2, 6))]
    assert take(inside, vevent(*DAILY), override) == ["unchanged", "unchanged"]


def test_an_excluded_first_occurrence_is_not_made(inside):
    take(inside, vevent(*DAILY, f"EXDATE;TZID={ZONE}:20261201T090000,20261204T090000"))
    assert starts() == [at(2, 14), at(3, 14), at(5, 14)]


def test_a_cancellation_cancels(inside):
    take(inside, vevent(*ONCE, "SEQUENCE:1"))
    assert take(inside, vevent("SEQUENCE:2"), head=["METHOD:CANCEL"]) == ["cancelled"]
    assert take(inside, vevent("SEQUENCE:2"), head=["METHOD:CANCEL"]) == ["unchanged"]
    assert starts() == []


def test_what_was_cancelled_here_stays_cancelled(inside):
    take(inside, vevent(*ONCE))
    events.cancel(Event.objects.get(), reason="by_staff", now=NOW)
    assert take(inside, vevent(*ONCE, "SEQUENCE:9")) == ["skipped"]


def test_a_refused_event_costs_only_itself(inside):
    ancient = vevent("DTSTART:18990101T000000Z", "DURATION:PT1H", uid="old")
    assert take(inside, ancient, vevent(*ONCE)) == ["skipped", "created"]
    assert Event.objects.get().title == "Once"


def test_no_new_event_adds_a_query(inside):
    def count(prefix, number):
        with CaptureQueriesContext(connection) as queries:
            take(inside, *(vevent(*ONCE, uid=f"{prefix}{each}") for each in range(number)))
        return len(queries)

    count("a", 1)
    assert count("b", 1) == count("c", 20)


def test_what_is_told_far_apart_is_taken_together(inside, other, monkeypatch):
    first = vevent(f"RECURRENCE-ID;TZID={ZONE}:20261201T090000", f"DTSTART;TZID={ZONE}:20261201T120000")
    file = [first, vevent(*ONCE, uid="b@x"), vevent(*DAILY, "SEQUENCE:2"), vevent(*DAILY), vevent(*ONCE, uid="c@x")]

    def told(world):
        with tenancy.tenant(world.organization.pk):
            return take(world, *file), starts()

    found = told(inside)
    assert found[0] == ["created", "created", "created", "skipped", "created"]
    monkeypatch.setattr(component_import, "BATCH", 1)
    assert told(other) == found


def test_another_organizations_uid_is_its_own(inside, other):
    take(inside, vevent(*ONCE))
    with tenancy.tenant(other.organization.pk):
        assert take(other, vevent(*ONCE)) == ["created"]


def command(tmp_path, lines, *options):
    path = tmp_path / "a.ics"
    path.write_text("\n".join(lines))
    out = StringIO()
    call_command("import_calendar", str(path), *options, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_tells_what_it_would_do(world, clock, tmp_path):
    lines = command(tmp_path, file(vevent(*ONCE), ["BEGIN:VTODO", "END:VTODO"]), "--organization", "riverside")
    assert lines == [
        "line 2: created: “Once” a@x",
        "line 8: skipped: without UID (VTODO: a to-do, not an event)",
        "2 components: 1 would be created, 0 would be changed, 0 would be cancelled, 0 unchanged, 1 skipped.",
        "Nothing has been saved. Add --commit to do it.",
    ]


def test_the_command_does_it(world, clock, tmp_path):
    lines = command(tmp_path, file(vevent(*ONCE)), "--organization", str(world.organization.uuid), "--commit")
    assert lines[-1] == "1 components: 1 created, 0 changed, 0 cancelled, 0 unchanged, 0 skipped."
    assert Event.objects.unscoped().get().organization == world.organization


def test_the_command_draws_how_far_it_is(world, clock, tmp_path, monkeypatch):
    drawn = []

    class Bar(ProgressBar):
        def at(self, done):
            drawn.append((done, self.total))

    monkeypatch.setattr(import_calendar, "ProgressBar", Bar)
    command(tmp_path, file(vevent(*ONCE)), "--organization", "riverside", "--commit")
    assert drawn == [(1, 1)]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--organization", "nobody"], "No organization is called “nobody”; there are: Riverside"),
        (["--organization", "riverside", "--calendar", "x"], "No calendar fits “x”; name one of: riverside calendar"),
    ],
)
def test_the_command_says_what_it_cannot_find(world, tmp_path, options, text):
    with pytest.raises(CommandError, match=text):
        command(tmp_path, file(), *options)


@pytest.mark.parametrize("word", ["PRIVATE", "CONFIDENTIAL", "X-SECRET"])
def test_a_private_title_is_in_no_feed_and_no_file(inside, word):
    take(inside, vevent(*ONCE, "DESCRIPTION:Deep", f"CLASS:{word}"))
    event = Event.objects.get()
    assert (event.title, event.private) == ("Once", True)
    text = b"".join(ical_export.stream_calendar(inside.calendar, ExportStyle("x", described=True))).decode()
    assert [line for line in text.splitlines() if line.startswith(("SUMMARY", "CLASS", "DESC"))] == [
        "SUMMARY:Busy",
        "CLASS:PRIVATE",
    ]


def test_a_file_that_hides_a_title_leaves_it(inside):
    take(inside, vevent(*ONCE, "CLASS:PRIVATE"))
    later = [line.replace("T090000", "T100000") for line in ONCE[:2]]
    assert take(inside, vevent(*later, "SUMMARY:Busy", "CLASS:PRIVATE", "SEQUENCE:1")) == ["changed"]
    assert (Event.objects.get().title, starts()) == ("Once", [at(1, 15)])


def test_the_occurrences_of_a_private_series_are_private(inside):
    take(inside, vevent(*DAILY, "CLASS:PRIVATE"))
    assert set(Event.objects.values_list("private", flat=True)) == {True}
    take(inside, vevent(*DAILY, "SEQUENCE:1"))
    assert set(Event.objects.values_list("private", flat=True)) == {False}


def test_what_is_not_kept_is_told(inside):
    more = ["LOCATION:Room 3", "ATTENDEE:mailto:a@b.c", "URL:https://a.b", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT"]
    lines = file(vevent(*ONCE, *more))
    source = ImportSource(lines, ZONE, build_index(lines))
    ((outcome,),) = component_import.import_components(source, calendar=inside.calendar, now=NOW)
    assert outcome.notes == (
        "left out, since events here have none: LOCATION, ATTENDEE, URL",
        "it is tentative in the file; here it counts like any other",
        "it leaves its time free in the file; here it takes it",
    )
