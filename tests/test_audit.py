"""What the audit trail tells: who, what, from where, by which entry point, and never a patient's data."""

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts import tenancy
from accounts.engine import audit_actor
from accounts.models import AuditEntry, Membership, PlatformEntry, User
from accounts.services import audit, keys
from accounts.tests import pages
from contacts.models import Contact
from contacts.services import retention
from tests import factories
from tests.clients import client_of, key_client, sign_in_wholly
from tests.factories import NOW, PASSWORD

pytestmark = pytest.mark.django_db
CONTACTS = "/rest-api/contact/"
FROM = {"REMOTE_ADDR": "203.0.113.9", "HTTP_USER_AGENT": "Dental/7\x00 (CRM)"}
CANARIES = ["Qwyjibo", "Zzyzxson", "4443322", "zzyzxson.example"]


def entries(world, **fields):
    with tenancy.tenant(world.organization.pk):
        return list(AuditEntry.objects.filter(**fields).order_by("id"))


def told(world, **fields):
    return [(entry.action, entry.kind, entry.object_id, entry.changed) for entry in entries(world, **fields)]


def browser(user):
    client = Client()
    sign_in_wholly(client, user)
    return client


@pytest.fixture
def crm(world, clock):
    return key_client(world)


def test_what_a_key_does_is_told_with_who_and_from_where(world, crm):
    answer = crm.post(CONTACTS, {"first_name": "Ana", "phones": ["+15551230000"]}, **FROM)
    (entry,) = entries(world)
    key = str(crm._credentials["HTTP_AUTHORIZATION"]).split("_")[1]
    with tenancy.tenant(world.organization.pk):
        assert entry.identity == f"key:{keys.ApiKey.objects.get(prefix=key).pk}"
    assert (entry.name, entry.via, entry.address) == ("CRM", "key", "203.0.113.9")
    assert entry.agent == "Dental/7  (CRM)"
    assert (entry.action, entry.kind, entry.object_id) == ("create", "contacts.contact", str(answer.json()["id"]))
    assert (entry.changed, entry.facts) == ([], {})


def test_address_is_believed_behind_trusted_proxies_only(world, crm, settings):
    crm.post(CONTACTS, {"first_name": "Ana"}, HTTP_X_FORWARDED_FOR="198.51.100.4", **FROM)
    settings.TRUSTED_PROXIES = 1
    crm.post(CONTACTS, {"first_name": "Ana"}, HTTP_X_FORWARDED_FOR="198.51.100.4", **FROM)
    assert [entry.address for entry in entries(world)] == ["203.0.113.9", "198.51.100.4"]


def test_change_names_the_fields_that_differ_and_quotes_none(world, crm):
    contact = factories.contact(world)
    crm.patch(f"{CONTACTS}{contact.pk}/", {"first_name": "Bea", "last_name": contact.last_name})
    crm.delete(f"{CONTACTS}{contact.pk}/")
    assert told(world) == [
        ("update", "contacts.contact", str(contact.pk), ["first_name"]),
        ("delete", "contacts.contact", str(contact.pk), []),
    ]


def test_what_is_refused_changes_nothing_and_is_not_told_as_done(world, crm):
    crm.post(CONTACTS, {"phones": ["no number"]})
    crm.patch(f"{CONTACTS}987654/", {"first_name": "Bea"})
    crm.get(CONTACTS)
    assert entries(world) == []


def test_entry_goes_with_the_transaction_that_it_tells_of(inside):
    with transaction.atomic():
        audit.record("create", inside.clinic)
        transaction.set_rollback(True)
    assert entries(inside) == []


def test_action_of_a_service_is_told_once_and_by_its_name(world, crm):
    contact = factories.contact(world)
    answer = crm.post(f"{CONTACTS}{contact.pk}/erase/")
    assert answer.status_code == 200
    (entry,) = entries(world)
    assert (entry.action, entry.object_id, entry.facts["counts"]["phones"]) == ("erase", str(contact.pk), 1)


def test_export_is_told_though_it_only_reads(world, crm):
    contact = factories.contact(world)
    crm.get(f"{CONTACTS}{contact.pk}/export/")
    assert told(world) == [("export", "contacts.contact", str(contact.pk), [])]


def test_export_of_a_calendar_is_told_too(world, crm):
    crm.get(f"/rest-api/calendar/{world.calendar.pk}/export/")
    assert told(world) == [("export", "calendars.calendar", str(world.calendar.pk), [])]


def test_admin_tells_adding_changing_verbs_and_deleting(world, clock):
    client, before = browser(world.owner), {entry.pk for entry in entries(world)}
    page = "/admin/accounts/clinic/"
    client.post(f"{page}add/", {"number": 2, "name": "Annexe", "time_zone": "UTC"})
    with tenancy.tenant(world.organization.pk):
        pk = world.clinic.__class__.objects.get(number=2).pk
    client.post(f"{page}{pk}/change/", {"number": 2, "name": "Other", "time_zone": "UTC"})
    client.post(f"{page}{pk}/delete/", {"post": "yes"})
    key, _ = keys.create(world.organization.pk, name="Old", role="staff")
    client.post(f"/admin/accounts/apikey/{key.pk}/do/revoke/")
    got = [line for line, entry in zip(told(world), entries(world), strict=True) if entry.pk not in before]
    assert got == [
        ("create", "accounts.clinic", str(pk), []),
        ("update", "accounts.clinic", str(pk), ["name"]),
        ("delete", "accounts.clinic", str(pk), []),
        ("revoke", "accounts.apikey", str(key.pk), []),
    ]
    assert entries(world)[-1].via == "session"
    assert entries(world)[-1].identity == f"user:{world.owner.pk}"


def test_role_that_is_given_is_told(world, clock):
    with tenancy.tenant(world.organization.pk):
        row = Membership.objects.get(user=world.staff)
    browser(world.owner).post(f"/admin/accounts/membership/{row.pk}/change/", {"role": "manager"})
    (entry,) = entries(world, kind="accounts.membership")
    assert (entry.action, entry.changed, entry.facts) == ("give_role", ["role"], {"role": "manager"})


def test_denied_access_is_told_also_though_its_transaction_is_rolled_back(world, clock):
    client_of(world.viewer).post(CONTACTS, {"first_name": "Ana"})
    (entry,) = entries(world)
    assert (entry.action, entry.kind, entry.identity) == ("denied", "contact-list", f"user:{world.viewer.pk}")
    assert entry.facts == {"method": "POST", "status": 403}


def test_a_caller_that_goes_on_being_denied_fills_no_table(world, clock):
    client = client_of(world.viewer)
    for _ in range(12):
        client.post(CONTACTS, {})
    assert len(entries(world, action="denied")) == 10
    clock.forward(seconds=61)
    client.post(CONTACTS, {})
    assert len(entries(world, action="denied")) == 11


def test_ended_key_and_wrong_secret_are_told_to_whom_the_key_belonged(world, other, clock):
    key, text = keys.create(world.organization.pk, name="CRM", role="owner")
    with tenancy.tenant(world.organization.pk):
        keys.revoke(key, now=NOW)
    for shown in (text, f"pk_{key.prefix}_{'x' * 32}", f"pk_{'0' * 10}_{'x' * 32}", "junk"):
        assert Client().get(CONTACTS, HTTP_AUTHORIZATION=f"Token {shown}").status_code == 401
    assert told(world) == [("refused", "accounts.apikey", str(key.pk), [])] * 2
    assert entries(other) == []
    assert not PlatformEntry.objects.exists()


def sign_in(name, password):
    Client().get("/rest-api/clinic/", headers={"Authorization": _basic(name, password)}, **FROM)


def _basic(name, password):
    return client_of(User(username=name), password)._credentials["HTTP_AUTHORIZATION"]


def test_wrong_passwords_and_the_lock_out_are_told_to_the_organization(world, other, clock):
    for _ in range(6):
        sign_in(world.staff.username, "wrong")
    assert [entry.action for entry in entries(world)] == ["sign_in_failed"] * 4 + ["locked_out"]
    assert {(entry.object_id, entry.via, entry.address) for entry in entries(world)} == {
        (str(world.staff.pk), "nobody", "203.0.113.9")
    }
    assert entries(other) == []


def test_name_that_nobody_has_is_not_written_down(world, clock):
    sign_in("my password by mistake", "wrong")
    (entry,) = PlatformEntry.objects.all()
    assert (entry.action, entry.name, entry.object_id, entry.facts) == ("sign_in_failed", "", "", {"known": False})
    assert entries(world) == []


def test_sign_out_is_told(world, clock):
    client = browser(world.staff)
    client.post("/admin/logout/")
    assert [entry.action for entry in entries(world)] == ["sign_in", "sign_out"]
    assert {entry.identity for entry in entries(world)} == {f"user:{world.staff.pk}"}


def test_retention_tells_how_many_rows_went(world, clock):
    with tenancy.tenant(world.organization.pk):
        old_item(world)
    retention.apply_policies(now=NOW, seconds=5)
    (entry,) = entries(world)
    assert (entry.action, entry.via, entry.facts) == ("retain", "command", {"rows": 1})


def old_item(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_staffitem"
            " (organization_id, kind, code, values, dedup_key, count, created_at, done_at)"
            " VALUES (%s, 'failed', 'message_failed', '{}', 'old', 1, %s, %s)",
            [world.organization.pk, "2020-01-01T00:00Z", "2020-01-01T00:00Z"],
        )


def test_trail_is_read_by_owners_and_managers_only(world, clock):
    got = {role: client_of(getattr(world, role)).get("/rest-api/audit/").status_code for role in ROLES}
    assert got == {"owner": 200, "manager": 200, "staff": 403, "viewer": 403}


ROLES = ["owner", "manager", "staff", "viewer"]


def test_nobody_writes_the_trail_over_rest(world, crm):
    answer = crm.post("/rest-api/audit/", {"action": "forged"})
    assert answer.status_code == 403
    assert crm.delete("/rest-api/audit/1/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "delete"}, 1),
        ({"kind": "contacts.contact"}, 2),
        ({"object_id": "0"}, 0),
        ({"who": "crm"}, 2),
        ({"via": "key"}, 2),
        ({"since": "2026-11-23T09:00:00Z"}, 2),
        ({"until": "2026-11-23T09:00:00Z"}, 0),
        ({"search": "delete"}, 1),
        ({"page_size": 1}, 1),
    ],
)
def test_trail_is_filtered(world, crm, query, found):
    made = crm.post(CONTACTS, {"first_name": "Ana"}).json()
    crm.delete(f"{CONTACTS}{made['id']}/")
    assert len(crm.get("/rest-api/audit/", query).json()["results"]) == found


def test_no_patient_is_in_the_trail_and_erasure_leaves_it_alone(world, crm):
    first, last, phone, mail = "Qwyjibo", "Zzyzxson", "+15554443322", "qwyjibo@zzyzxson.example"
    data = {"first_name": first, "last_name": last, "phones": [phone], "emails": [mail]}
    pk = crm.post(CONTACTS, data).json()["id"]
    crm.get(CONTACTS, {"search": last})
    crm.patch(f"{CONTACTS}{pk}/", {"last_name": f"{last}-{last}"})
    desk = browser(world.owner)
    page = f"/admin/contacts/contact/{pk}/change/"
    counts = {f"{name}-{part}_FORMS": 0 for name in ("phones", "emails", "addresses") for part in ("TOTAL", "INITIAL")}
    desk.post(page, {"first_name": f"{first}a", "last_name": last, **counts})
    browser(world.viewer).get(f"/admin/contacts/contact/?q={last}")
    browser(world.viewer).post(page, data)
    crm.get(f"{CONTACTS}{pk}/export/")
    before = entries(world)
    crm.post(f"{CONTACTS}{pk}/erase/")
    after = entries(world)
    assert [entry.action for entry in after if entry.object_id == str(pk) and entry.kind == "contacts.contact"] == [
        "create",
        "update",
        "update",
        "export",
        "erase",
    ]
    assert after[: len(before)] == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM accounts_auditentry e")
        text = cursor.fetchone()[0].lower()
    assert [canary for canary in CANARIES if canary.lower() in text] == []
    with tenancy.tenant(world.organization.pk):
        assert Contact.objects.get(pk=pk).first_name == ""


@pytest.mark.parametrize(
    ("given", "kept"), [("Mozilla/5.0", "Mozilla/5.0"), ("a\r\nb\x00", "a  b"), ("x" * 500, "x" * 120)]
)
def test_program_names_are_short_and_plain(given, kept):
    assert audit_actor.clean_agent(given) == kept


def test_page_of_the_trail_offers_no_change(world, clock):
    client = browser(world.owner)
    (entry,) = entries(world)
    page = client.get(f"/admin/accounts/auditentry/{entry.pk}/change/")
    assert page.status_code == 200
    assert client.post(f"/admin/accounts/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403


@pytest.mark.parametrize(
    "query", [{"q": "sign_in"}, {"name__icontains": "owner"}, {"via__exact": "session"}, {"action__icontains": "in"}]
)
def test_trail_is_searched_on_its_page(world, clock, query):
    client = browser(world.owner)
    browser(world.staff).post("/admin/logout/")
    rows = client.get("/admin/accounts/auditentry/", query).context["cl"].result_list
    assert rows
    assert len(rows) < 3 or query == {"via__exact": "session"}


def test_password_of_a_person_is_no_secret_of_the_trail(world, clock):
    page = f"/admin/accounts/user/{world.staff.pk}/password/"
    given = {"password1": "another long one", "password2": "another long one", "usable_password": "true"}
    browser(world.owner).post(page, given)
    entry = entries(world)[-1]
    assert (entry.action, entry.object_id) == ("update", str(world.staff.pk))
    assert "another long one" not in f"{entry.changed}{entry.facts}"
    assert PASSWORD not in f"{entry.changed}{entry.facts}"


def test_what_people_change_about_how_they_sign_in_is_told(world, clock):
    client, new = browser(world.staff), "another horse battery"
    pages.confirmed(client)
    client.post("/accounts/email/", {"action_add": "", "email": "ana@clinic.example"})
    pages.set_up(client)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    told_of = [(entry.action, entry.identity, entry.object_id) for entry in entries(world)]
    who = (f"user:{world.staff.pk}", str(world.staff.pk))
    # The recovery codes of the app are a factor of their own.
    told_once = ("sign_in", "add_address", "add_factor", "add_factor", "change_password")
    assert told_of == [(action, *who) for action in told_once]
    assert "ana" not in repr([(entry.facts, entry.changed) for entry in entries(world)])
