"""The wall, the roles and the number of queries, on every page of the admin."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import tenancy
from accounts.models import ApiKey, Membership, Organization, User
from accounts.tenancy import TenantOwned
from accounts.tracking import DeletedRow, TransactionMark
from appointments.models import HistoryEntry, ReminderStep, SlotHold, TypeProvider
from calendars.models import Calendar, ClosureRun, ImportedPart
from contacts.models import Contact
from notifications.models import Delivery, Gateway, StaffItem
from tests import admin_rows
from tests.clients import supporter_of
from tests.saved_rows import SavedRows

OWNED = sorted((model for model in admin.site._registry if issubclass(model, TenantOwned)), key=lambda m: m.__name__)
ALL = sorted(admin.site._registry, key=lambda model: model.__name__)
PEOPLE = ["owner", "manager", "staff", "viewer"]


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def rows_of(model, world):
    with tenancy.tenant(world.organization.pk):
        return set(model.objects.values_list("pk", flat=True))


def create_rows(*worlds):
    for each, tag in zip(worlds, "ab", strict=True):
        admin_rows.create_rows(each, tag)


def create_more_rows(world):
    for number in range(4):
        admin_rows.create_rows(world, f"c{number}")


BOTH = SavedRows(create_rows)
MORE = SavedRows(create_more_rows)


@pytest.fixture
def both(clock, world, other):
    BOTH.restore(world, other)
    return world, other


@pytest.fixture
def platform(db):
    return User.objects.create_superuser(username="platform", password="x")


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_no_column_is_hidden_behind_a_field_of_its_name(model):
    """Of two with one name Django shows the field, unformatted."""
    ours = admin.site._registry[model]
    named = {name for name in ours.list_display if callable(getattr(type(ours), str(name), None))}
    assert named & {field.name for field in model._meta.get_fields()} == set()


def test_every_model_of_ours_is_in_the_admin():
    ours = {"accounts", "contacts", "notifications", "surveys", "calendars", "appointments", "simulator", "demo"}
    # Bytes of uploads under way, what lists of closures show, what programs ask for, and lines on pages of types and
    # visits.
    inner = {ClosureRun, DeletedRow, HistoryEntry, ImportedPart, ReminderStep, SlotHold, TransactionMark, TypeProvider}
    assert {model for model in apps.get_models() if model._meta.app_label in ours} == {*ALL, *inner}


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_own_row_opens(both, model):
    client, rows = client_of(both[0].owner), rows_of(model, both[0])
    assert {client.get(address(model, "change", pk)).status_code for pk in rows} == {200}


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_foreign_row_behaves_as_absent(both, model):
    client, foreign = client_of(both[0].owner), min(rows_of(model, both[1]))
    is_kept = client.get(address(model, "delete", max(rows_of(model, both[0])))).status_code == 403
    for page in ("change", "delete", "history"):
        absent = client.get(address(model, page, 10**9))
        response = client.get(address(model, page, foreign))
        assert (response.status_code, response.headers.get("Location")) == (
            absent.status_code,
            absent.headers.get("Location"),
        )
        # What nobody may delete is refused before the row is looked for.
        assert response.status_code == (403 if page == "delete" and is_kept else 302)


def test_no_page_offers_an_action_twice():
    names = {model.__name__: [each.name for each in admin.site._registry[model].row_actions] for model in ALL}
    assert {model: offered for model, offered in names.items() if len(offered) != len(set(offered))} == {}


@pytest.mark.parametrize("model", [model for model in OWNED if admin.site._registry[model].row_actions])
def test_verb_does_nothing_to_a_foreign_row(both, model):
    foreign = min(rows_of(model, both[1]))
    with tenancy.tenant(both[1].organization.pk):
        before = model.objects.filter(pk=foreign).values().get()
    for verb in admin.site._registry[model].row_actions:
        response = client_of(both[0].owner).post(address(model, "row_action", foreign, verb.name))
        assert response.headers["Location"] == "/admin/"
        assert "doesn’t exist" in str(next(iter(get_messages(response.wsgi_request))))
    with tenancy.tenant(both[1].organization.pk):
        assert model.objects.filter(pk=foreign).values().get() == before


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_list_shows_the_own_rows_only_and_takes_no_more_queries_for_more(both, model):
    client = client_of(both[0].owner)
    response = client.get(address(model, "changelist"))
    assert response.status_code == 200
    assert {row.pk for row in response.context["cl"].result_list} == rows_of(model, both[0])
    with CaptureQueriesContext(connection) as few:
        client.get(address(model, "changelist"))
    MORE.restore(both[0])
    with CaptureQueriesContext(connection) as many:
        client.get(address(model, "changelist"))
    assert len(many) == len(few)


@pytest.mark.parametrize("role", PEOPLE)
def test_roles_decide_who_may_add(both, role):
    client = client_of(getattr(both[0], role))
    found = {
        model.__name__
        for model in (Contact, Gateway, ApiKey, Delivery, Membership)
        if client.get(address(model, "add")).status_code == 200
    }
    least = {"Contact": ("owner", "manager", "staff"), "Gateway": ("owner", "manager"), "ApiKey": ("owner",)}
    assert found == {name for name, roles in least.items() if role in roles}


def test_viewer_can_neither_change_nor_act(both):
    client, (contact,) = client_of(both[0].viewer), rows_of(Contact, both[0])
    assert client.post(address(Contact, "change", contact), {"first_name": "X"}).status_code == 403
    (item,) = rows_of(StaffItem, both[0])
    assert client.post(address(StaffItem, "row_action", item, "finish")).status_code == 403


# What a platform administrator needs without seeing anything of an organization's own.
PLATFORM = {"Membership", "SupportAccess"}


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_platform_administrator_sees_and_opens_nothing_of_organizations(both, platform, model):
    client, pk = client_of(platform), min(rows_of(model, both[0]))
    response = client.get(address(model, "changelist"))
    assert response.status_code == 200
    assert "Open a support access" in response.content.decode()
    everything = rows_of(model, both[0]) | rows_of(model, both[1])
    shown = {row.pk for row in response.context["cl"].result_list}
    assert shown == (everything if model.__name__ in PLATFORM else set())
    assert ("organization" in response.context["cl"].list_display) == (model.__name__ in PLATFORM)
    assert client.get(address(model, "change", pk)).status_code == (200 if model.__name__ in PLATFORM else 302)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_support_access_shows_one_organization(both, model):
    client, rows = supporter_of(both[0]), rows_of(model, both[0])
    response = client.get(address(model, "changelist"))
    assert {row.pk for row in response.context["cl"].result_list} == rows
    assert "Support access to Riverside" in response.content.decode()


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_platform_administrator_adds_only_what_belongs_to_the_platform(both, platform, model):
    """No form to add shows what only the database knows."""
    expected = 200 if model.__name__ in {*PLATFORM, "GlobalContactType", "Organization", "Rule", "User"} else 403
    answers = [client_of(user).get(address(model, "add")) for user in (platform, both[0].owner)]
    assert answers[0].status_code == expected
    assert "DatabaseDefault" not in "".join(answer.content.decode() for answer in answers)


def test_autocomplete_offers_the_own_contacts_only(both):
    query = {"app_label": "appointments", "model_name": "appointment", "field_name": "contact", "term": "ana"}
    answer = client_of(both[0].owner).get(reverse("admin:autocomplete"), query).json()
    assert {int(row["id"]) for row in answer["results"]} == rows_of(Contact, both[0])


def test_foreign_choice_is_refused(both):
    world, other = both
    data = {"name": "Room", "user": other.calendar_user.pk, "clinic": world.clinic.pk, "max_concurrent": 0}
    response = client_of(world.owner).post(address(Calendar, "add"), data)
    assert list(response.context["adminform"].form.errors) == ["user"]


def test_members_see_their_own_organization_only(both):
    response = client_of(both[0].owner).get(address(Organization, "changelist"))
    assert [row.name for row in response.context["cl"].result_list] == ["Riverside"]


def test_strangers_are_sent_to_the_sign_in_page(client, db):
    response = client.get("/admin/contacts/contact/")
    assert response.headers["Location"] == "/admin/login/?next=/admin/contacts/contact/"


def test_address_without_its_slash_leads_to_the_page(both):
    response = client_of(both[0].owner).get("/admin/contacts/contact?q=ana")
    assert response.headers["Location"] == "/admin/contacts/contact/?q=ana"
