"""The older contact service's CSV file; 27 is the check of spec/kupfer.md A8."""

import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from accounts import tenancy
from contacts.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db
ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
HEADER = "nr,uuid,first,last,suffix,title,company,home,fax,mobile,email,notes,street,x,code,city,site"
ROW = f"77,{ONE},Ana,Müller,Dr.,Frau,Zahnwerk,030 1234567,,0151 12345678,ana@example.com,VIP,Ring 7,,10115,Berlin,bell"


@pytest.fixture
def clinic(db):
    """Return an organization in Germany."""
    return factories.world("Lakeside", region="DE", time_zone="Europe/Berlin")


def run(folder, clinic, *rows):
    path = folder / "contacts.csv"
    path.write_text("\n".join([HEADER, *rows]))
    out = io.StringIO()
    call_command("import_csv", file=path, organization=str(clinic.organization.uuid), stdout=out)
    return out.getvalue().splitlines()


def test_27_every_documented_column_is_read(tmp_path, clinic):
    assert run(tmp_path, clinic, ROW) == [
        f"Row 2: CREATED {ONE}",
        "1 created, 0 updated, 0 unchanged, 0 dismissed.",
    ]
    with tenancy.tenant(clinic.organization.pk):
        row = Contact.objects.get(uuid=ONE)
        texts = (row.customer_id, row.title, row.first_name, row.last_name, row.suffix, row.company, row.notes)
        assert texts == (77, "mrs", "Ana", "Müller", "Dr.", "Zahnwerk", "VIP\nbell")
        assert [(each.kind, each.number) for each in row.phones.all()] == [
            ("home", "+49301234567"),
            ("mobile", "+4915112345678"),
        ]
        assert [(each.kind, each.address) for each in row.emails.all()] == [("office", "ana@example.com")]
        assert [str(each) for each in row.addresses.all()] == ["Ring 7, 10115 Berlin"]


def test_27_file_again_changes_nothing_and_a_changed_row_is_updated(tmp_path, clinic):
    run(tmp_path, clinic, ROW)
    with tenancy.tenant(clinic.organization.pk):
        before = Contact.objects.values().get(uuid=ONE)
    assert run(tmp_path, clinic, ROW)[0] == f"Row 2: UNCHANGED {ONE}"
    with tenancy.tenant(clinic.organization.pk):
        assert Contact.objects.values().get(uuid=ONE) == before
    assert run(tmp_path, clinic, ROW.replace("Ana", "Anna"))[0] == f"Row 2: UPDATED {ONE}"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,nobody,Ana", "“nobody” is no UUID."),
        (f"x,{TWO},Ana", "“x” is no customer id."),
        (f"1,{TWO},Ana,,,,,12", f"{TWO} “12” is no possible phone number"),
        (f"1,{TWO},Ana,,,,,,,,nobody", f"{TWO} “nobody” is no e-mail address."),
        (f"1,{TWO},{'x' * 101}", f"{TWO} first_name: "),
        (f"1,{TWO},Ana,,,,,,,,,,{'x' * 101}", f"{TWO} "),
        (f"1,{TWO}", f"{TWO} A contact needs a name"),
        (f"77,{TWO},Bo", f"{TWO} Another contact has that customer id already."),
    ],
)
def test_27_bad_row_is_told_by_its_number_and_the_others_go_on(tmp_path, clinic, row, reason):
    told = run(tmp_path, clinic, ROW, "", row, f",{uuid.UUID(int=9)},Cy")
    assert told[1].startswith(f"Row 4: DISMISSED {reason}")
    assert told[2:] == [f"Row 5: CREATED {uuid.UUID(int=9)}", "2 created, 0 updated, 0 unchanged, 1 dismissed."]


def test_27_contact_of_another_organization_is_left_alone(tmp_path, clinic, world):
    theirs = factories.contact(world, first_name="Zoe", uuid=ONE)
    told = run(tmp_path, clinic, ROW, f",{TWO},Bo")
    assert told[:2] == [f"Row 2: DISMISSED {ONE} Another organization has this UUID.", f"Row 3: CREATED {TWO}"]
    theirs.refresh_from_db()
    assert theirs.first_name == "Zoe"


def test_one_organization_need_not_be_named(tmp_path, clinic):
    (tmp_path / "contacts.csv").write_text(f"{HEADER}\n{ROW}")
    out = io.StringIO()
    call_command("import_csv", file=tmp_path / "contacts.csv", stdout=out)
    assert "CREATED" in out.getvalue()


def test_several_organizations_want_a_name(tmp_path, clinic, world):
    (tmp_path / "contacts.csv").write_text(HEADER)
    with pytest.raises(CommandError, match="No organization is called"):
        call_command("import_csv", file=tmp_path / "contacts.csv")


def test_file_that_is_not_there_is_told(tmp_path, clinic):
    with pytest.raises(CommandError, match="nowhere.csv"):
        call_command("import_csv", file=tmp_path / "nowhere.csv")
