from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import Clinic
from appointments.models import Appointment
from appointments.services import visits
from calendars.models import Alarm, Closure, Event
from contacts.models import Contact, ContactPhone
from notifications.models import StaffItem
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HEADER = "id,patient id,first name,last name,phone,start,duration,status,title"
MAP = ["--map", "id=external_id", "--organization", "Riverside", "--commit"]


@pytest.fixture
def load(world, clock, tmp_path):
    """Import rows under HEADER; return what was told: problems, then the summary."""

    def run(*rows, options=(), header=HEADER, base=MAP):
        path = tmp_path / "visits.csv"
        path.write_text("\n".join([header, *rows]))
        out, err = StringIO(), StringIO()
        call_command("import_appointments", str(path), *base, *options, stdout=out, stderr=err)
        return [*err.getvalue().splitlines(), *out.getvalue().splitlines()[1:]]

    with tenancy.tenant(world.organization.pk):
        yield run


def row(name="v1", patient="", first="Ana", phone="555-123-4567", start="2026-12-01 09:00", status="", title="Check"):
    return f"{name},{patient},{first},Lopez,{phone},{start},20,{status},{title}"


def test_a_row_becomes_a_visit_with_its_patient(load, world):
    assert load(row(patient="p1"))[0] == ("1 rows: 1 visits created, 0 changed (0 moved), 0 unchanged, 0 skipped.")
    visit = Appointment.objects.get()
    assert (visit.external_id, visit.title, visit.clinic) == ("v1", "Check", world.clinic)
    assert visit.starts_at == visit.event.start == datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert visit.ends_at == visit.event.end == datetime(2026, 12, 1, 14, 20, tzinfo=UTC)
    assert (visit.contact.external_id, visit.contact.phones.get().number) == ("p1", "+15551234567")


def test_without_commit_nothing_is_saved(load):
    base = [option for option in MAP if option != "--commit"]
    told = load(row(), row("v2", start="soon"), base=base)
    assert told == [
        "line 3, column start: “soon” is no date; write it as 2026-12-31 or 2026-12-31 14:30.",
        "2 rows: 1 visits would be created, 0 would be changed (0 moved), 0 unchanged, 1 skipped.",
        "Nothing has been saved. Add --commit to do it.",
    ]
    assert not Appointment.objects.exists()
    assert not Contact.objects.exists()


def test_a_bad_row_is_told_and_the_good_ones_go_in(load):
    told = load(row(), row("v2", phone="12"), row("v3"))
    assert told[0].startswith("line 3, column phone: “12” is no possible phone number")
    assert list(Appointment.objects.values_list("external_id", flat=True)) == ["v1", "v3"]


def test_a_second_run_changes_nothing(load):
    rows = [row(f"v{n}", first=f"A{n}", status="confirmed") for n in range(3)]
    load(*rows)
    before = list(Event.objects.values_list("pk", "version")), list(Contact.objects.values())
    assert load(*rows)[0] == "3 rows: 0 visits created, 0 changed (0 moved), 3 unchanged, 0 skipped."
    assert (list(Event.objects.values_list("pk", "version")), list(Contact.objects.values())) == before


def test_a_changed_time_moves_the_visit_and_its_reminder(load, world):
    load(row(), options=["--reminder-template", "reminder", "--lead", "48"])
    told = load(row(start="2026-12-02 10:00"))
    assert told[0] == "1 rows: 0 visits created, 1 changed (1 moved), 0 unchanged, 0 skipped."
    assert Appointment.objects.get().starts_at == datetime(2026, 12, 2, 15, tzinfo=UTC)
    assert Alarm.objects.get().due_at == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_a_changed_title_reaches_the_event(load):
    load(row())
    load(row(title="Crown"))
    visit = Appointment.objects.get()
    assert (visit.title, visit.event.title) == ("Crown", "Crown")


def test_a_cancelled_row_cancels_the_visit(load):
    load(row())
    load(row(status="canceled"))
    visit = Appointment.objects.get()
    assert visit.status == "cancelled"
    assert visit.event.cancelled_at == NOW


def test_an_old_status_does_not_undo_a_patients_answer(load):
    load(row())
    visits.confirm(Appointment.objects.get(), now=NOW)
    assert " 1 unchanged" in load(row(status="scheduled"))[0]
    assert Appointment.objects.get().status == "confirmed"


STATUSES = ["done", "no-show", "cancelled", "confirmed"]


def test_a_new_visit_may_be_over_or_cancelled(load):
    load(*(row(f"v{n}", status=status, start=f"2026-11-{20 + 2 * n} 08:00") for n, status in enumerate(STATUSES)))
    assert [visit.status for visit in Appointment.objects.order_by("external_id")] == [
        "completed",
        "no_show",
        "cancelled",
        "confirmed",
    ]
    assert Event.objects.exclude(cancelled_at=None).count() == 1


def test_a_cancelled_visit_keeps_its_time(load):
    load(row(status="cancelled"))
    told = load(row(start="2026-12-02 10:00"))
    assert told[0].startswith("line 2: “2026-12-02T15:00:00+00:00” the visit is cancelled here and keeps its time")


def test_a_visit_stays_with_its_patient(load):
    load(row(patient="p1"))
    assert load(row(patient="p2"))[0].startswith("line 2: “p2” this visit is of patient “p1” here")
    assert Appointment.objects.get().contact.external_id == "p1"


def test_a_patient_is_found_by_id_and_completed(load):
    load(row(patient="p1", phone=""))
    load(row("v2", patient="p1", first="Anna", start="2026-12-03 09:00"))
    contact = Contact.objects.get()
    assert (contact.first_name, contact.phones.get().number, contact.appointments.count()) == (
        "Anna",
        "+15551234567",
        2,
    )


def test_a_patient_is_found_by_name_and_number(load):
    load(row(), row("v2", start="2026-12-03 09:00"), row("v3", first="Bea"))
    assert [contact.appointments.count() for contact in Contact.objects.order_by("first_name")] == [2, 1]


def test_a_patient_entered_by_hand_gets_the_id_of_the_file(load, world):
    known = factories.contact(world)
    load(row(patient="p1"))
    assert Contact.objects.get().pk == known.pk
    assert Contact.objects.get().external_id == "p1"


def test_a_new_number_comes_first(load):
    load(row(patient="p1"))
    load(row(patient="p1", phone="555-999-0000"))
    assert list(ContactPhone.objects.values_list("number", flat=True)) == ["+15559990000", "+15551234567"]


def test_a_default_number_does_not_displace_a_real_one(load):
    load(row(patient="p1"), row("v2", patient="p1", phone=""), options=["--default", "phone=+1555{line:07d}"])
    assert ContactPhone.objects.get().number == "+15551234567"


def test_reminders_are_planned_for_visits_to_come(load):
    rows = [row(), row("past", start="2026-11-01 09:00"), row("off", status="cancelled"), row("mute", phone="")]
    told = load(*rows, options=["--reminder-template", "reminder", "--lead", "24"])
    assert told[1:3] == [
        "1 reminders planned.",
        "1 visits get no reminder: their patient has no number or address for it.",
    ]
    alarm = Alarm.objects.get()
    assert (alarm.event.appointment.external_id, alarm.due_at) == ("v1", datetime(2026, 11, 30, 14, tzinfo=UTC))


def test_the_second_of_two_rows_with_one_id_is_told(load):
    told = load(row(), row(start="2026-12-02 09:00"))
    assert told[0] == "line 3: “v1” stands already in line 2; remove one of the two."
    assert Appointment.objects.get().starts_at.day == 1


def test_rounded_patient_numbers_are_reported_and_not_used(load):
    told = load(*(row(f"v{n}", patient="2.98725E+13", first=f"A{n}") for n in range(2)))
    assert told[1].startswith("2 rows name their patient by a number that a spreadsheet rounded")
    assert list(Contact.objects.values_list("external_id", flat=True)) == ["", ""]


def test_a_file_without_times_or_phones_is_completed_by_options(load):
    header = "PatientId,AppointmentID,Neighbourhood"
    rows = [f"2.9E+13,{number},CENTRO" for number in range(20)]
    options = ["--map", "AppointmentID=external_id", "--map", "PatientId=contact_external_id"]
    options += ["--map", "Neighbourhood=title", "--on", "2026-12-01", "--spread", "08:00-18:00"]
    told = load(*rows, header=header, options=[*options, "--default", "phone=+1555{line:07d}"], base=MAP[2:])
    assert told[0].startswith("20 rows: 20 visits created")
    first, last = Appointment.objects.first(), Appointment.objects.last()
    assert datetime(2026, 12, 1, 13, tzinfo=UTC) <= first.starts_at < last.starts_at
    assert last.ends_at <= datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert ContactPhone.objects.filter(number="+15550000002").count() == 1
    assert Contact.objects.count() == 20


def test_clinics_are_known_by_number(load, world):
    Clinic.objects.create(number=2, name="West", time_zone="America/Los_Angeles")
    header = "id,clinic,start,phone"
    told = load("a,2,2026-12-01 09:00,5551234567", "b,3,2026-12-01 09:00,5551234567", header=header)
    assert told[0] == "line 3, column clinic: “3” is no clinic here; the clinics are 1, 2."
    visit = Appointment.objects.get()
    assert (visit.clinic.name, visit.starts_at.hour) == ("West", 17)


def test_another_organizations_visits_are_not_touched(load, world, other):
    load(row(patient="p1"))
    base = ["--map", "id=external_id", "--organization", "Lakeside", "--commit"]
    assert " 1 visits created" in load(row(patient="p1", phone="+33612345678"), base=base)[0]
    with tenancy.tenant(other.organization.pk):
        assert Appointment.objects.get().contact.phones.get().number == "+33612345678"
    assert Appointment.objects.get().contact.phones.get().number == "+15551234567"


def test_the_number_of_queries_does_not_grow_with_the_rows(load):
    load(row())
    counts = []
    for name, rows in (("a", 5), ("b", 200)):
        with CaptureQueriesContext(connection) as queries:
            load(*(row(f"{name}{n}", first=f"{name}{n}") for n in range(rows)))
        counts.append(len(queries))
    assert counts[0] == counts[1] < 34


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--map", "nothing=title"], "The file has no column “nothing”"),
        (["--map", "title=shoe"], "There is no field “shoe”"),
        (["--calendar", "x"], "No calendar fits “x”; name one of: riverside calendar."),
        (["--reminder-template", "x"], "There is no text “x”; the keys are: reminder."),
        (["--map", "title"], "is not of the form name=value"),
        (["--spread", "18:00-08:00"], "ends before it begins"),
        (["--organization", "Lakeside"], "No organization is called “Lakeside”"),
    ],
)
def test_options_that_do_not_fit_are_told(load, options, text):
    with pytest.raises(CommandError, match=text):
        load(row(), options=options)


def test_a_file_without_any_date_is_refused_at_once(load):
    with pytest.raises(CommandError, match=r"No column is the date: give --map COLUMN=start \(of id, phone\)"):
        load("a,5551234567", header="id,phone")


def test_a_missing_file_is_told(world):
    with pytest.raises(CommandError, match="There is no file nowhere.csv"):
        call_command("import_appointments", "nowhere.csv", "--organization", "Riverside")


def test_a_visit_long_ago_is_history(load):
    load(row(start="2016-04-29 09:00"))
    assert Appointment.objects.get().starts_at + timedelta(days=3650) < NOW


@pytest.mark.parametrize("base", [MAP, [option for option in MAP if option != "--commit"]], ids=["commit", "look"])
def test_visits_on_closed_days_are_counted_and_staff_hear_of_the_days(load, base):
    day = datetime(2026, 12, 1, tzinfo=UTC).date()
    Closure.objects.create(name="Outing", first_day=day, last_day=day)
    told = load(row(), row("v2"), row("v3", start="2026-12-02 09:00"), row("v4", status="cancelled"), base=base)
    assert told[1] == "2 visits stand on closed days or outside the opening hours: look whether they take place."
    things = [(item.count, item.summary) for item in StaffItem.objects.all()]
    words = "On Tue 01 Dec 2026 it is closed (“Outing”), but visits stand there: look whether they take place"
    assert things == ([(2, words)] if base == MAP else [])
    assert list(Event.objects.order_by("pk").values_list("closure", flat=True)) == (
        ["Outing", "Outing", "", "Outing"] if base == MAP else []
    )
