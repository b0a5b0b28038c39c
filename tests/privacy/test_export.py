"""Everything about one contact, as one document or as tables."""

import csv
import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from accounts import tenancy
from contacts.services import personal_data_export
from tests import factories
from tests.clients import client_of
from tests.factories import NOW
from tests.privacy import patients

pytestmark = pytest.mark.django_db

ROWS = {
    "contact": 1,
    "phones": 1,
    "emails": 1,
    "addresses": 1,
    "deliveries": 2,
    "attempts": 1,
    "inbound": 2,
    "suppressions": 1,
    "things_for_staff": 2,
    "call_requests": 1,
    "survey_results": 1,
    "events": 2,
    "alarms": 2,
    "alarm_requests": 1,
    "imported_components": 0,
    "appointments": 2,
    "appointment_history": 2,
    "appointment_notes": 1,
    "appointment_notifications": 1,
    "driving_times": 1,
}


def tables(contact):
    return {table.name: table.rows for table in personal_data_export.collect(contact, now=NOW).tables}


def test_every_table_is_in_it(patient):
    assert {name: len(rows) for name, rows in tables(patient).items()} == ROWS


def test_message_is_shown_as_it_was_said(patient, provider):
    sent = tables(patient)["deliveries"][0]
    assert (sent["recipient"], sent["state"]) == (patients.PHONE, "accepted")
    assert sent["text"] == provider.ledger[0].text
    assert sent["text"].startswith("[Riverside] Zebrina, you have an appointment on ")
    assert sent["values"]["reason"] == "zebra pain"


def test_replies_and_opt_out_are_shown(patient):
    found = tables(patient)
    assert [(row["text"], row["intent"]) for row in found["inbound"]] == [(patients.TEXT, "unclear"), ("Stop", "stop")]
    assert [(row["address"], row["reason"]) for row in found["suppressions"]] == [(patients.PHONE, "stop")]


def test_json_tells_whose_it_is(patient):
    document = json.loads(personal_data_export.collect(patient, now=NOW).as_json())
    assert (document["organization"], document["contact"]) == ("Riverside", patient.pk)
    assert document["exported_at"] == "2026-11-23T09:00:00+00:00"
    assert document["tables"]["phones"] == [{"number": patients.PHONE, "kind": "", "position": 0}]


def test_another_patient_is_not_in_it(world, patient, clock):
    patients.live(world, phone="+15550009999", email="", first_name="Otto", last_name="Otter", external_id="O")
    assert "Otto" not in personal_data_export.collect(patient, now=NOW).as_json()
    assert {name: len(rows) for name, rows in tables(patient).items()} == ROWS


def test_texts_from_a_shared_phone_are_nobodys_own(world, patient, clock):
    factories.contact(world, first_name="Child")
    with tenancy.tenant(world.organization.pk):
        patients.write(world, "whoever", "+15551234567", key="w")
        parent = factories.contact(world, first_name="Parent")
    assert tables(parent)["inbound"] == []


def test_same_phone_in_another_clinic_is_not_in_it(other, patient):
    patients.live(other, first_name="Zoé", external_id="X")
    assert {name: len(rows) for name, rows in tables(patient).items()} == ROWS


def test_rest_hands_out_json(api, patient):
    answer = api.get(f"/rest-api/contact/{patient.pk}/export/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Content-Disposition"] == f'attachment; filename="contact-{patient.pk}.json"'
    assert answer["Cache-Control"] == "no-store"
    assert {name: len(rows) for name, rows in answer.json()["tables"].items()} == ROWS


def test_rest_hands_out_csv_without_formulas(api, world, patient):
    with tenancy.tenant(world.organization.pk):
        patients.write(world, "=cmd()", patients.PHONE, key="f")
    answer = api.get(f"/rest-api/contact/{patient.pk}/export/?as=csv")
    assert answer["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == sorted(f"{name}.csv" for name in ROWS)
    cells = [cell for name in archive.namelist() for row in rows_of(archive, name) for cell in row]
    assert f"'{patients.PHONE}" in cells
    assert "'=cmd()" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []


def rows_of(archive, name):
    return csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))


def test_rest_refuses_another_format(api, patient):
    answer = api.get(f"/rest-api/contact/{patient.pk}/export/?as=xml")
    assert (answer.status_code, answer.json()["as"]) == (400, ["Write json or csv."])


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("staff", 403), ("viewer", 403)])
def test_owners_and_managers_may_export(world, patient, role, status):
    client = client_of(getattr(world, role))
    assert client.get(f"/rest-api/contact/{patient.pk}/export/").status_code == status
    assert client.get(f"/rest-api/contact/{patient.pk}/").status_code == 200


def test_stranger_finds_nothing(stranger_api, patient):
    assert stranger_api.get(f"/rest-api/contact/{patient.pk}/export/").status_code == 404


def test_command_writes_a_file_for_its_user_only(patient, tmp_path, capsys):
    path = tmp_path / "ana.json"
    call_command("export_contact", str(patient.pk), organization="Riverside", to=path)
    assert json.loads(path.read_text())["contact"] == patient.pk
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out == f"{path}: {sum(ROWS.values())} rows.\n"


def test_command_names_a_contact_that_is_not_there(patient, other):
    with pytest.raises(CommandError, match=f"Lakeside has no contact {patient.pk}"):
        call_command("export_contact", str(patient.pk), organization="Lakeside")
