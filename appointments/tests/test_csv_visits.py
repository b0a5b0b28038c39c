from datetime import UTC, date, datetime, time

import pytest

from appointments.engine import csv_columns, csv_visits
from appointments.engine.csv_columns import BadMapping, CsvField
from appointments.engine.csv_table import CsvRecord
from appointments.engine.states import VisitStatus

HEADER = ["id", "name", "phone", "start", "time", "end", "duration", "status", "clinic", "patient id", "email"]
COMPLETE = {"id": "a1", "name": "Ana", "phone": "(555) 123-4567", "start": "2026-12-01 09:00"}


def read(values, *, defaults=None, **options):
    columns = csv_columns.match_columns(
        HEADER, mapped={"id": "external_id", "name": "first_name"}, defaults=defaults or {}
    )
    given = {"zone": "America/New_York", "region": "US", "clinics": {1: "America/New_York", 2: "America/Chicago"}}
    rules = csv_visits.CsvRules(columns, **{**given, **options})
    return csv_visits.read_visit(CsvRecord(7, [values.get(name, "") for name in HEADER]), rules)


def test_a_complete_row_is_a_visit():
    visit = read({**COMPLETE, "duration": "45", "status": "Confirmed", "patient id": "p9"})
    assert (visit.external_id, visit.person.first_name, visit.person.external_id) == ("a1", "Ana", "p9")
    assert visit.person.phone == "+15551234567"
    assert visit.starts_at == datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert visit.ends_at == datetime(2026, 12, 1, 14, 45, tzinfo=UTC)
    assert visit.status == VisitStatus.CONFIRMED


def test_every_wrong_value_of_a_row_is_told_by_column():
    problems = read({"phone": "12", "start": "2026-12-01 09:00", "status": "maybe", "clinic": "9", "email": "x"})
    assert [(p.line, p.column, p.value) for p in problems] == [
        (7, "phone", "12"),
        (7, "email", "x"),
        (7, "clinic", "9"),
        (7, "status", "maybe"),
    ]
    assert str(problems[2]) == "line 7, column clinic: “9” is no clinic here; the clinics are 1, 2."


@pytest.mark.parametrize(
    ("values", "column", "text"),
    [
        ({"start": "soon"}, "start", "is no date"),
        ({"start": ""}, "start", "there is no date"),
        ({"start": "2026-12-01"}, "time", "there is no time"),
        ({"start": "2026-12-01", "time": "late"}, "time", "is no time of day"),
        ({"start": "2026-03-08 02:30"}, "start", "is skipped by the clocks of America/New_York"),
        ({"end": "08:30"}, "end", "is not after the start"),
        ({"end": "x"}, "end", "is no date"),
        ({"duration": "0"}, "duration", "is no length"),
        ({"id": "x" * 101}, "id", "is longer than 100 characters"),
    ],
)
def test_a_wrong_value_is_told(values, column, text):
    (problem,) = read({**COMPLETE, **values})
    assert (problem.column, problem.text) == (column, text)


def test_the_clinic_gives_the_zone():
    visit = read({**COMPLETE, "clinic": "2"})
    assert (visit.time_zone, visit.starts_at) == ("America/Chicago", datetime(2026, 12, 1, 15, tzinfo=UTC))


def test_a_date_and_a_time_stand_in_two_columns():
    visit = read({**COMPLETE, "start": "12/01/2026", "time": "9:00 am", "end": "9:20 am"}, month_first=True)
    assert visit.starts_at == datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert visit.ends_at == datetime(2026, 12, 1, 14, 20, tzinfo=UTC)


def test_on_moves_the_visit_to_a_day_and_keeps_its_time():
    visit = read({**COMPLETE, "start": "2016-04-29T13:00:00Z"}, on=date(2026, 12, 1))
    assert visit.starts_at == datetime(2026, 12, 1, 14, tzinfo=UTC)


def test_spread_gives_each_visit_its_own_lasting_time():
    options = {"on": date(2026, 12, 1), "spread": (time(8), time(18)), "defaults": {"time": "08:00"}}
    first, second = (read({**COMPLETE, "start": "", "id": name}, **options) for name in ("a1", "a2"))
    assert first.starts_at != second.starts_at
    assert first == read({**COMPLETE, "start": "", "id": "a1"}, **options)
    assert time(13) <= first.starts_at.time() < time(23)


def test_a_default_fills_a_gap_with_the_line():
    visit = read({**COMPLETE, "phone": ""}, defaults={"phone": "+1555{line:07d}"})
    assert (visit.person.phone, visit.person.is_default_phone) == ("+15550000007", True)


def test_a_default_is_no_format_expression():
    assert csv_columns.fill_placeholders("{line.real} {line!r} {x} {line}", 7) == "{line.real} {line!r} {x} 7"


def test_a_patient_number_that_a_spreadsheet_rounded_is_no_identity():
    visit = read({**COMPLETE, "patient id": "2.98725E+13"})
    assert (visit.person.external_id, visit.rounded) == ("", True)


def test_a_visit_without_id_gets_one_that_lasts():
    first, again, later = (read({**COMPLETE, "id": "", "start": f"2026-12-0{day} 09:00"}) for day in (1, 1, 2))
    assert first.external_id.startswith("row:")
    assert first.external_id == again.external_id != later.external_id


def test_headers_are_known_by_common_names():
    columns = csv_columns.match_columns(["AptNum", "First Name", "E-Mail Address", "Shoe size"], mapped={}, defaults={})
    assert set(columns.places) == {CsvField.EXTERNAL_ID, CsvField.FIRST_NAME, CsvField.EMAIL}
    assert columns.ignored == ["Shoe size"]


@pytest.mark.parametrize(
    ("mapped", "text"),
    [
        ({"nothing": "title"}, "no column “nothing”; its columns are a, b"),
        ({"a": "shoe"}, "no field “shoe”; the fields are external_id,"),
        ({"a": "title", "b": "title"}, "Both “a” and “b” are mapped to title"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(mapped, text):
    with pytest.raises(BadMapping, match=text):
        csv_columns.match_columns(["a", "b"], mapped=mapped, defaults={})
