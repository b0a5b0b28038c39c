"""What docs/architecture.md says of tables is what the database and the code do."""

import re

import pytest
from django.db import connection

from tools import table_writers

TRIGGERS = """
SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
"""


@pytest.mark.django_db
def test_triggers_of_the_database_are_those_of_the_page():
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        found = set(cursor.fetchall())
    rows = re.findall(
        r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| (?:before|after) ", table_writers.PAGE.read_text(), re.MULTILINE
    )
    assert {(name, table) for name, tables in rows for table in re.findall(r"\w+", tables)} == found


def test_writers_of_tables_are_those_of_the_page():
    found = re.search(f"{table_writers.BEGIN}.*{table_writers.END}", table_writers.PAGE.read_text(), re.DOTALL)
    assert found[0] == table_writers.table(), "Run python -m tools.table_writers, and look at what it changes."


SOURCE = """
def by_manager(): Event.objects.filter(pk=1).update(title="")
def by_sql(cursor): cursor.execute("DELETE FROM contacts_contact")
def by_row(visit: Appointment): visit.save()
def by_what_is_read(): row = Alarm.objects.get(pk=1); row.delete()
def by_what_is_returned(): found(); found().save()
def found() -> Delivery | None: ...
def by_each(rows: Iterable[Attempt]):
    for row in rows: row.save()
def by_what_is_made(): made = [1]; Suppression(address="x").save()
class ReplyTextQuerySet:
    def forget(self): self.filter(pk=1).delete()
def only_reads(row: Gateway): row.refresh_from_db(); {}.update(row.values)
"""


def test_writers_are_found_by_sql_manager_and_row(tmp_path, monkeypatch):
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars/some.py").write_text(SOURCE)
    monkeypatch.setattr(table_writers, "ROOT", tmp_path)
    assert set(table_writers.writers()) == {
        "calendars_event",
        "contacts_contact",
        "appointments_appointment",
        "calendars_alarm",
        "notifications_delivery",
        "notifications_attempt",
        "notifications_suppression",
        "notifications_replytext",
    }


BARE = re.compile(r"\b(?:\w+_)?(?:status|method|result)\b[^\n,]*(?:=|<>|THEN|ELSE) *\d(?!\d\d)")


def test_statements_name_the_integers_of_the_older_interface():
    services = [file for app in table_writers.ROOT.glob("*/services") for file in app.rglob("*.py")]
    assert len(services) > 90
    assert [(file.name, line) for file in services for line in file.read_text().splitlines() if BARE.search(line)] == []


@pytest.mark.parametrize(
    "line", ["WHERE a.status = 1 AND", "e.status <> 3", "gateway_status = 0", "status = CASE x WHEN '' THEN 2"]
)
def test_a_bare_integer_in_a_statement_is_seen(line):
    assert BARE.search(line)
