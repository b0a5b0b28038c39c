import base64
import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.services import keys
from calendars.engine import time_kinds
from calendars.engine.icalendar import caldav, occurrence_cut
from calendars.errors import BadReport, UnsupportedFilter
from calendars.models import Calendar
from calendars.services import events
from tests import factories
from tests.factories import NOW, PASSWORD

D, C, CS = caldav.D, caldav.C, caldav.CS
HOME = "/caldav/calendars/"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def app(world, clock):
    """Return how a calendar app asks that signs in with an API key as its password."""
    _, key = keys.create(world.organization.pk, name="Phone", role="viewer", scopes=["desk:read"])

    def ask(method, path, body="", *, depth="0", auth=None, known=None):
        auth = basic("anything", key) if auth is None else auth
        headers = {"Depth": depth, "Authorization": auth} if auth else {"Depth": depth}
        headers |= {} if known is None else {"If-None-Match": known}
        return Client().generic(method, path, body, content_type="application/xml", headers=headers)

    return ask


@pytest.fixture
def home(world):
    return f"{HOME}{world.calendar.pk}/"


def find(*names):
    wanted = "".join(f"<{name}/>" for name in names)
    return f'<propfind xmlns="DAV:" xmlns:C="{C[1:-1]}" xmlns:CS="{CS[1:-1]}"><prop>{wanted}</prop></propfind>'


def query(inner, data="<C:calendar-data/>"):
    return (
        f'<C:calendar-query xmlns="DAV:" xmlns:C="{C[1:-1]}"><prop><getetag/>{data}</prop><C:filter>'
        f'<C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter></C:calendar-query>'
    )


def span(start, end):
    return query(f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>')


def told(answer):
    """Return a multistatus as {href: {property: element}}; what is missing is left out."""
    assert (answer.status_code, answer["Content-Type"]) == (207, "application/xml; charset=utf-8")
    found = {}
    for response in ElementTree.fromstring(answer.content).iter(f"{D}response"):
        stats = [stat for stat in response.iter(f"{D}propstat") if "200" in stat.findtext(f"{D}status")]
        found[response.findtext(f"{D}href")] = {each.tag: each for stat in stats for each in stat.find(f"{D}prop")}
    return found


def titles(answer):
    texts = [properties[caldav.DATA].text for properties in told(answer).values()]
    return sorted(re.findall(r"^SUMMARY:(.*?)\r?$", "\n".join(texts), re.MULTILINE))


@pytest.mark.django_db
def test_an_app_finds_its_way_from_the_bare_address(app, home, world):
    assert app("PROPFIND", "/.well-known/caldav", auth="")["Location"] == "/caldav/"
    principal = told(app("PROPFIND", "/caldav/", find("current-user-principal")))["/caldav/"]
    where = principal[f"{D}current-user-principal"].findtext(f"{D}href")
    homes = told(app("PROPFIND", where, find("C:calendar-home-set")))[where][f"{C}calendar-home-set"]
    listed = told(app("PROPFIND", homes.findtext(f"{D}href"), find("resourcetype", "displayname"), depth="1"))
    assert [*listed] == [HOME, home]
    assert [each.tag for each in listed[home][f"{D}resourcetype"]] == [f"{D}collection", f"{C}calendar"]
    assert listed[home][f"{D}displayname"].text == "riverside calendar"


@pytest.mark.django_db
def test_options_name_what_can_be_done(app, home):
    answer = app("OPTIONS", home)
    assert (answer.status_code, answer["DAV"]) == (200, "1, 3, calendar-access")
    assert answer["Allow"] == "OPTIONS, GET, HEAD, PROPFIND, REPORT"


@pytest.mark.django_db
def test_events_are_listed_with_their_tags_and_given_one_by_one(app, home, world):
    event = factories.event(world, title="Check")
    (tag,) = {
        properties[f"{D}getetag"].text
        for href, properties in told(app("PROPFIND", home, find("getetag"), depth="1")).items()
        if href.endswith(".ics")
    }
    answer = app("GET", f"{home}{event.pk}.ics")
    assert (answer.status_code, answer["Content-Type"], answer["ETag"]) == (200, "text/calendar; charset=utf-8", tag)
    assert "SUMMARY:Check\r\n" in answer.content.decode()
    assert app("GET", f"{home}987654321.ics").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_holds_an_event_as_it_is_gets_304(app, home, world, method):
    event = factories.event(world)
    tag = app(method, f"{home}{event.pk}.ics")["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = app(method, f"{home}{event.pk}.ics", known=known)
        assert (again.status_code, again["ETag"], again.content) == (304, tag, b"")
    for other in ('"other"', "no list", ""):
        assert app(method, f"{home}{event.pk}.ics", known=other).status_code == 200


@pytest.mark.django_db
def test_a_change_of_an_occurrence_changes_the_tag_of_its_series_and_of_the_calendar(app, home, make, clock):
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=3")

    def tags():
        found = told(app("PROPFIND", home, find("getetag", "CS:getctag", "sync-token"), depth="1"))
        return [found[f"{home}{root.pk}.ics"][f"{D}getetag"].text] + [
            found[home][name].text for name in (f"{CS}getctag", f"{D}sync-token")
        ]

    before = tags()
    assert tags() == before
    events.change(root.children.first(), now=clock.at, title="Other")
    assert not set(before) & set(tags())


@pytest.mark.django_db
def test_a_span_of_time_finds_what_touches_it(app, home, make, world, clock):
    factories.event(world, title="Before", start=NOW.replace(day=24))
    factories.event(world, title="Inside", start=NOW.replace(day=25))
    factories.event(world, title="Gone", start=NOW.replace(day=25), cancelled_at=NOW)
    factories.event(world, title="After", start=NOW.replace(day=26))
    make(title="Daily", start=NOW.replace(day=20), recurrence="RRULE:FREQ=DAILY")
    make(title="Over", start=NOW.replace(day=20), recurrence="RRULE:FREQ=DAILY;COUNT=3")
    make(title="Weekly", start=NOW.replace(day=20), recurrence="RRULE:FREQ=WEEKLY")
    assert titles(app("REPORT", home, span("20261125T000000Z", "20261126T000000Z"))) == ["Daily", "Inside"]
    far = span("20310101T000000Z", "20310102T000000Z")
    assert titles(app("REPORT", home, far)) == ["Daily"]
    assert titles(app("REPORT", home, span("20310103T000000Z", "20310104T000000Z"))) == ["Daily", "Weekly"]


@pytest.mark.django_db
def test_an_occurrence_that_moved_is_found_where_it_is_now(app, home, make, clock):
    root = make(title="Weekly", start=NOW.replace(day=20), recurrence="RRULE:FREQ=WEEKLY;COUNT=2")
    child = root.children.get()
    events.change(child, now=clock.at, start=NOW.replace(day=29))
    assert titles(app("REPORT", home, span("20261127T000000Z", "20261128T000000Z"))) == []
    assert titles(app("REPORT", home, span("20261129T000000Z", "20261130T000000Z"))) == ["Weekly", "Weekly"]


@pytest.mark.django_db
def test_a_multiget_gives_what_is_there_and_says_what_is_not(app, home, world):
    event = factories.event(world, title="Check")
    with_host, absent = f"http://testserver{home}{event.pk}.ics", f"{home}987654321.ics"
    elsewhere = f"{HOME}{world.calendar.pk + 1}/{event.pk}.ics"
    body = (
        f'<C:calendar-multiget xmlns="DAV:" xmlns:C="{C[1:-1]}"><prop><C:calendar-data/></prop>'
        f"<href>{with_host}</href><href>{absent}</href><href>/etc/passwd</href><href>{elsewhere}</href></C:calendar-multiget>"
    )
    answer = app("REPORT", home, body)
    found = told(answer)
    assert "SUMMARY:Check" in found[f"{home}{event.pk}.ics"][caldav.DATA].text
    assert found[absent] == found["/etc/passwd"] == found[elsewhere] == {}
    assert answer.content.decode().count("HTTP/1.1 404 Not Found") == 3


@pytest.mark.django_db
def test_an_event_is_found_by_its_uid(app, home, world):
    own, brought = factories.event(world, title="Own"), factories.event(world, title="Brought", uid="a@x")

    def ask(uid):
        condition = f'<C:prop-filter name="UID"><C:text-match>{uid}</C:text-match></C:prop-filter>'
        return titles(app("REPORT", home, query(f'<C:comp-filter name="VEVENT">{condition}</C:comp-filter>')))

    assert ask("a@x") == ["Brought"]
    assert ask(f"event-{own.pk}@{world.organization.uuid}") == ["Own"]
    assert ask(f"event-{brought.pk}@{world.organization.uuid}") == ask("nobody") == []


@pytest.mark.django_db
def test_no_title_makes_the_answer_unreadable(app, home, world):
    factories.event(world, title="a\ufffe<b>&\x0b]]>")
    type(world.calendar).objects.unscoped().filter(pk=world.calendar.pk).update(name="c\x01")
    assert titles(app("REPORT", home, query('<C:comp-filter name="VEVENT"/>'))) == ["a<b>&]]>"]
    assert told(app("PROPFIND", home, find("displayname")))[home][f"{D}displayname"].text == "c"


@pytest.mark.django_db
def test_the_trail_tells_once_a_day_who_was_given_what_stands_in_a_calendar(app, home, world, clock):
    event = factories.event(world)
    every = query('<C:comp-filter name="VEVENT"/>')

    def told():
        rows = AuditEntry.objects.unscoped().filter(action="read").order_by("pk")
        return [(row.via, row.name, row.kind, row.object_id) for row in rows]

    app("PROPFIND", home, find("getetag"), depth="1")
    app("REPORT", home, query('<C:comp-filter name="VEVENT"/>', data=""))
    assert app("GET", f"{home}987654321.ics").status_code == 404
    assert told() == []
    entry = ("key", "Phone", "calendars.calendar", str(world.calendar.pk))
    app("GET", f"{home}{event.pk}.ics")
    app("REPORT", home, every)
    assert told() == [entry]
    clock.forward(hours=25)
    app("REPORT", home, every)
    assert told() == [entry] * 2
    app("REPORT", home, every, auth=basic(world.staff.username, PASSWORD))
    assert told()[2:] == [("basic", world.staff.username, *entry[2:])]


@pytest.mark.django_db
def test_there_are_no_tasks(app, home, world):
    factories.event(world)
    assert told(app("REPORT", home, query('<C:comp-filter name="VTODO"/>'))) == {}


@pytest.mark.django_db
def test_a_sync_tells_all_then_nothing_then_to_begin_anew(app, home, world):
    factories.event(world)

    def sync(token):
        body = (
            f'<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><prop><getetag/></prop></sync-collection>'
        )
        return app("REPORT", home, body)

    first = sync("")
    token = ElementTree.fromstring(first.content).findtext(f"{D}sync-token")
    assert (len(told(first)), len(told(sync(token)))) == (1, 0)
    factories.event(world)
    outdated = sync(token)
    assert (outdated.status_code, b"valid-sync-token" in outdated.content) == (403, True)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "DELETE", "MKCALENDAR", "PROPPATCH", "MOVE", "POST", "LOCK"])
def test_writing_is_refused_in_words(app, home, world, method):
    event = factories.event(world)
    for path in (f"{home}{event.pk}.ics", f"{home}new.ics", home):
        answer = app(method, path, "BEGIN:VCALENDAR")
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/xml; charset=utf-8")
        told = ElementTree.fromstring(answer.content)
        assert [each.tag for each in told] == [f"{D}need-privileges", f"{D}responsedescription"]
        assert told.findtext(f"{D}need-privileges/{D}resource/{D}href") == path
        assert told[1].text.startswith("These calendars can be read here, and not changed")


@pytest.mark.django_db
def test_nobody_asks_for_all_levels_at_once(app, home):
    answer = app("PROPFIND", home, depth="infinity")
    assert (answer.status_code, ElementTree.fromstring(answer.content)[0].tag) == (403, f"{D}propfind-finite-depth")


@pytest.mark.django_db
def test_another_report_is_refused_with_its_condition(app, home):
    assert app("PROPFIND", home, "<a/>").status_code == 400
    answer = app("REPORT", home, f'<free-busy-query xmlns="{C[1:-1]}"/>')
    assert (answer.status_code, ElementTree.fromstring(answer.content)[0].tag) == (403, f"{D}supported-report")


@pytest.mark.django_db
def test_strangers_are_asked_to_sign_in_and_others_find_nothing(app, home, other):
    answer = app("PROPFIND", home, auth="")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="Punctual", charset="UTF-8"')
    wrong = basic("x", f"pk_{'0' * 10}_{'a' * 32}")
    assert app("PROPFIND", home, auth=wrong).status_code == 401
    foreign = app("PROPFIND", home, depth="1", auth=basic(other.owner.username, PASSWORD))
    assert foreign.status_code == 404
    event = factories.event(other)
    assert app("GET", f"{home}{event.pk}.ics").status_code == 404


@pytest.mark.django_db
def test_a_key_that_may_not_read_the_desk_reads_no_calendar(app, home, world):
    _, key = keys.create(world.organization.pk, name="Other", role="owner", scopes=["settings:read"])
    assert app("PROPFIND", home, auth=basic("x", key)).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["<", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "\x00", "<a>" * 5000])
def test_what_cannot_be_read_is_400(app, home, body):
    assert app("PROPFIND", home, body or " ").status_code == 400
    answer = app("REPORT", home, body)
    assert (answer.status_code, ElementTree.fromstring(answer.content)[0].tag) == (400, f"{D}responsedescription")


@pytest.mark.django_db
@pytest.mark.parametrize("dtd", ["<!DOCTYPE propfind>", '<!DOCTYPE propfind [<!ENTITY a "b">]>'])
def test_no_document_brings_its_own_definitions(app, home, dtd):
    assert app("PROPFIND", home, find("displayname")).status_code == 207
    assert app("PROPFIND", home, dtd + find("displayname")).status_code == 400


@pytest.mark.django_db
def test_another_filter_is_refused_with_its_condition(app, home):
    inner = (
        '<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:is-not-defined/></C:prop-filter></C:comp-filter>'
    )
    answer = app("REPORT", home, query(inner))
    assert (answer.status_code, b"supported-filter" in answer.content) == (403, True)


@pytest.mark.django_db
def test_no_event_adds_a_query(app, home, world, make):
    asked = span("20261101T000000Z", "20261201T000000Z")

    def count():
        with CaptureQueriesContext(connection) as queries:
            app("REPORT", home, asked)
            app("PROPFIND", home, find("getetag"), depth="1")
        return len(queries)

    make(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    count()
    few = count()
    for _ in range(3):
        make()
        make(recurrence="RRULE:FREQ=DAILY;COUNT=3")
    assert count() == few


def test_a_propfind_without_body_asks_for_everything():
    asked = caldav.parse_propfind(b"")
    shown = caldav.multistatus_body([caldav.DavAnswer("/a", {f"{D}x": caldav.element(f"{D}x", text="1")})], asked)
    assert b"<D:x>1</D:x>" in shown


def test_names_only_are_told_without_values():
    asked = caldav.parse_propfind(b'<propfind xmlns="DAV:"><propname/></propfind>')
    assert b"<D:x />" in caldav.multistatus_body(
        [caldav.DavAnswer("/a", {f"{D}x": caldav.element(f"{D}x", text="1")})], asked
    )


@pytest.mark.parametrize("moment", ["2026", "20261301T000000Z", "20261125T000000"])
def test_a_span_is_of_moments_in_utc(moment):
    with pytest.raises(BadReport):
        caldav.parse_report(span(moment, "20261126T000000Z").encode())


def test_a_negated_filter_is_not_taken_for_its_opposite():
    condition = '<C:prop-filter name="UID"><C:text-match negate-condition="yes">a</C:text-match></C:prop-filter>'
    with pytest.raises(UnsupportedFilter):
        caldav.parse_report(query(f'<C:comp-filter name="VEVENT">{condition}</C:comp-filter>').encode())


@pytest.mark.django_db
def test_days_are_looked_at_in_the_zone_that_the_app_names(app, home, make):
    make(title="Day", start=time_kinds.midnight(date(2026, 11, 26)), all_day=True)
    make(title="Swim", start=datetime.fromisoformat("2026-11-26T09:00"), floating=True)
    make(title="Visit", start=datetime.fromisoformat("2026-11-26T09:00"))
    tokyo = (
        "<C:timezone>BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Ours\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE</C:timezone>"
    )
    asked = {
        # Nine in the morning, and the first hour of the 26th, there and at home.
        "there": span("20261126T000000Z", "20261126T003000Z"),
        "first": span("20261125T150000Z", "20261125T153000Z"),
        "home": span("20261126T140000Z", "20261126T143000Z"),
    }
    there = {name: text.replace("</C:filter></C:", f"</C:filter>{tokyo}</C:") for name, text in asked.items()}
    assert {name: titles(app("REPORT", home, text)) for name, text in asked.items()} == {
        "there": [],
        "first": [],
        "home": ["Day", "Swim", "Visit"],
    }
    assert {name: titles(app("REPORT", home, text)) for name, text in there.items()} == {
        "there": ["Day", "Swim"],
        "first": ["Day"],
        "home": ["Day", "Visit"],
    }
    unknown = {name: text.replace("Asia/Tokyo", "Nowhere") for name, text in there.items()}
    assert titles(app("REPORT", home, unknown["first"])) == []


@pytest.mark.django_db
def test_a_calendar_tells_its_zone_to_those_who_ask(app, home, world):
    told_of = f"{C}calendar-timezone"
    asked = told(app("PROPFIND", home, find("C:calendar-timezone")))[home]
    assert "TZID:America/New_York" in asked[told_of].text
    assert told_of in told(app("PROPFIND", HOME, find("C:calendar-timezone"), depth="1"))[home]
    assert told_of not in told(app("PROPFIND", home))[home]
    world.calendar.time_zone = "UTC"
    world.calendar.save()
    assert told(app("PROPFIND", home, find("C:calendar-timezone")))[home] == {}


def cut(name, start, end):
    return query("", f'<C:calendar-data><C:{name} start="{start}" end="{end}"/></C:calendar-data>')


def contents(answer):
    return [properties[caldav.DATA].text.replace("\r", "") for properties in told(answer).values()]


def originals(text):
    return re.findall("RECURRENCE-ID.*?:(.*)", text)


@pytest.fixture
def daily(make, clock):
    """Make ten days at 14:00 UTC from 1 December: the second is cancelled, the third is on the 20th."""
    start = datetime(2026, 12, 1, 14, tzinfo=UTC)
    root = make(title="Daily", recurrence="RRULE:FREQ=DAILY;COUNT=10", start=start, end=start + timedelta(hours=1))
    second, third = root.children.order_by("start")[:2]
    events.cancel(second, reason="x", now=NOW)
    events.change(third, now=NOW, start=datetime(2026, 12, 20, 15, tzinfo=UTC), title="Late")
    return root


@pytest.mark.django_db
def test_a_series_is_expanded_in_utc_without_its_rule(app, home, daily):
    # The first is over at the span's begin, and the sixth begins at its end.
    (text,) = contents(app("REPORT", home, cut("expand", "20261201T150000Z", "20261206T140000Z")))
    assert not re.search("RRULE|VTIMEZONE|TZID|EXDATE", text)
    assert originals(text) == ["20261204T140000Z", "20261205T140000Z"]
    assert "DTSTART:20261204T140000Z\nDTEND:20261204T150000Z" in text
    (first,) = contents(app("REPORT", home, cut("expand", "20261201T145959Z", "20261202T140000Z")))
    assert originals(first) == ["20261201T140000Z"]
    (later,) = contents(app("REPORT", home, cut("expand", "20261220T000000Z", "20261221T000000Z")))
    told = ["DTSTART:20261220T150000Z", "RECURRENCE-ID:20261203T140000Z", "SUMMARY:Late"]
    assert re.findall("RECURRENCE-ID.*|SUMMARY.*|DTSTART.*", later) == told


@pytest.mark.django_db
def test_a_multiget_is_expanded_beyond_what_is_made(app, home, make, clock):
    start = datetime(2026, 12, 1, 14, tzinfo=UTC)
    root = make(recurrence="RRULE:FREQ=WEEKLY", start=start)
    body = f'''<C:calendar-multiget xmlns="DAV:" xmlns:C="{C[1:-1]}"><prop><C:calendar-data>
        <C:expand start="20290601T000000Z" end="20290615T000000Z"/></C:calendar-data></prop>
        <href>{home}{root.pk}.ics</href></C:calendar-multiget>'''
    # Nine in New York is thirteen by UTC in summer.
    assert originals(contents(app("REPORT", home, body))[0]) == ["20290605T130000Z", "20290612T130000Z"]


@pytest.mark.django_db
def test_days_are_expanded_as_days(app, home, make, clock):
    # Midnight in New York.
    days = {"all_day": True, "start": datetime(2026, 12, 1, 5, tzinfo=UTC), "end": datetime(2026, 12, 2, 5, tzinfo=UTC)}
    make(recurrence="RRULE:FREQ=DAILY;COUNT=3", **days)
    (text,) = contents(app("REPORT", home, cut("expand", "20261202T120000Z", "20261202T130000Z")))
    assert re.findall("RECURRENCE-ID.*|DTSTART.*", text) == [
        "DTSTART;VALUE=DATE:20261202",
        "RECURRENCE-ID;VALUE=DATE:20261202",
    ]


@pytest.mark.django_db
def test_an_event_that_does_not_recur_is_told_in_utc(app, home, world):
    factories.event(world, start=datetime(2026, 12, 1, 14, tzinfo=UTC))
    (text,) = contents(app("REPORT", home, cut("expand", "20261201T000000Z", "20261202T000000Z")))
    assert "DTSTART:20261201T140000Z" in text
    assert "RECURRENCE-ID" not in text


@pytest.mark.django_db
def test_changed_occurrences_outside_of_a_span_are_left_out(app, home, daily):
    def shown(start, end):
        (text,) = contents(app("REPORT", home, cut("limit-recurrence-set", start, end)))
        assert "RRULE:FREQ=DAILY" in text
        assert "EXDATE;TZID=America/New_York:20261202T090000" in text
        return originals(text)

    moved = ["20261203T090000"]
    assert shown("20261205T000000Z", "20261206T000000Z") == []
    assert shown("20261220T000000Z", "20261221T000000Z") == moved
    # Where it would have been.
    assert shown("20261203T000000Z", "20261204T000000Z") == moved


@pytest.mark.django_db
def test_an_occurrence_of_another_calendar_is_not_told(app, home, daily, world):
    other = Calendar.objects.create(name="Other", user=world.calendar_user)
    events.change(daily.children.order_by("start")[1], now=NOW, calendar=other)
    (text,) = contents(app("REPORT", home, cut("expand", "20261204T000000Z", "20261206T000000Z")))
    assert originals(text) == ["20261205T140000Z"]
    (text,) = contents(app("REPORT", home, cut("limit-recurrence-set", "20261220T000000Z", "20261221T000000Z")))
    assert re.findall("EXDATE.*:(.*)", text) == ["20261202T090000,20261204T090000"]


@pytest.mark.django_db
def test_occurrences_are_told_until_the_series_ends_and_while_they_last(app, home, make, clock):
    start = datetime(2026, 12, 1, 14, tzinfo=UTC)
    end = datetime(2026, 12, 9, 14, tzinfo=UTC)
    make(recurrence="RRULE:FREQ=DAILY;INTERVAL=4", start=start, end=start + timedelta(days=3), end_recurring_period=end)
    (text,) = contents(app("REPORT", home, cut("expand", "20261208T130000Z", "20261220T000000Z")))
    assert originals(text) == ["20261205T140000Z", "20261209T140000Z"]


def test_a_span_touches_what_takes_no_time_at_its_start_alone():
    begin, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    span = occurrence_cut.OccurrenceCut(begin, end, expands=True)
    hour = timedelta(hours=1)
    assert (span.touches(begin, begin), span.touches(end, end)) == (True, False)
    assert (span.touches(begin - hour, begin), span.touches(begin - hour, begin + hour)) == (False, True)


@pytest.mark.django_db
def test_too_many_occurrences_are_refused_with_the_condition(app, home, daily, monkeypatch):
    monkeypatch.setattr(occurrence_cut, "MOST", 7)
    assert app("REPORT", home, cut("expand", "20261201T000000Z", "20261210T000000Z")).status_code == 207
    refused = app("REPORT", home, cut("expand", "20261201T000000Z", "20261211T000000Z"))
    assert (refused.status_code, b"number-of-matches-within-limits" in refused.content) == (403, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "span",
    [
        ("20261202T000000Z", "20261201T000000Z"),
        ("20261201T000000Z", "20261201T000000Z"),
        ("", "20261201T000000Z"),
        ("x", "y"),
        ("2026121T000000Z", "20261203T000000Z"),
    ],
)
@pytest.mark.parametrize("name", ["expand", "limit-recurrence-set"])
def test_a_span_of_occurrences_must_be_one(app, home, daily, name, span):
    assert app("REPORT", home, cut(name, *span)).status_code == 400


@pytest.mark.django_db
def test_a_span_of_occurrences_has_both_ends(app, home, daily):
    without = query("", '<C:calendar-data><C:expand end="20261202T000000Z"/></C:calendar-data>')
    assert app("REPORT", home, without).status_code == 400
