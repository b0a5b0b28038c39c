"""The table of roles: in the code, on its page, in the documentation, and enforced in each of its cells."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import Client

from accounts.engine import roles
from accounts.engine.roles import READ, SUPPORT, TABLE, WRITE, Area, Role
from accounts.permissions import RolePermission
from accounts.principal import Principal
from accounts.tenancy import TenantOwned
from tests import routes
from tests.clients import client_of, supporter_of

ROOT = Path(__file__).resolve().parents[2]
# One address of each area, and what one would post there; a cell that may write gets past 403.
PLACES = {
    Area.DESK: ("/rest-api/contact/", {"first_name": "Ana"}, 201),
    Area.SETTINGS: ("/rest-api/sms-template/", {"label": "A", "template_key": "a", "sms_text": "a"}, 201),
    Area.PEOPLE: ("/rest-api/clinic/", {"name": "Two", "time_zone": "UTC"}, 201),
    Area.PRIVACY: ("/rest-api/contact/987654/export/", None, 404),
    Area.AUDIT: ("/rest-api/audit/", {}, 405),
}


def test_page_of_the_documentation_is_the_table():
    told = (ROOT / "docs/roles.md").read_text()
    assert told == roles.markdown(), "Write it anew: python -m tools.roles_page"


def test_every_role_has_a_word_for_every_area():
    assert set(TABLE) == {*Role, SUPPORT}
    assert [(area, len(cells)) for area, _, cells in roles.rows()] == [(area, 5) for area in Area]


def test_what_a_support_access_opens_is_not_open_anyway():
    assert [TABLE[SUPPORT][area] for area in roles.WIDENED.values()] == [roles.READS, roles.NOTHING]


def principal(role, **fields):
    return Principal(user=None, organization=None, role=role, via="session", **fields)


@pytest.mark.parametrize("role", [*TABLE, "cleaner"])
def test_each_cell_holds_on_every_viewset(role):
    views = [route.view.cls for route in routes.everything() if hasattr(getattr(route.view, "cls", None), "model")]
    assert {getattr(view, "area", None) for view in views} >= set(Area) - {Area.PRIVACY}
    for view in views:
        for method, action in (("GET", getattr(view, "to_read", READ)), ("POST", WRITE), ("DELETE", WRITE)):
            request = SimpleNamespace(method=method, principal=principal(role))
            allowed = action in TABLE.get(role, {}).get(view.area, ())
            assert RolePermission().has_permission(request, view) == allowed, (view, method)


@pytest.mark.parametrize("role", TABLE)
def test_each_cell_holds_on_every_page_of_the_admin(role):
    user = SimpleNamespace(is_active=True, is_superuser=False)
    request = SimpleNamespace(principal=principal(role), user=user)
    pages = [page for model, page in admin.site._registry.items() if issubclass(model, TenantOwned)]
    assert {page.area for page in pages} >= set(Area) - {Area.PRIVACY}
    for page in pages:
        assert page.has_view_permission(request) == (READ in TABLE[role][page.area]), page
        for may in (page.has_add_permission, page.has_change_permission, page.has_delete_permission):
            assert WRITE in TABLE[role][page.area] or not may(request), page


@pytest.mark.django_db
@pytest.mark.parametrize("area", Area)
@pytest.mark.parametrize("role", TABLE)
def test_each_cell_holds_over_http(world, clock, role, area):
    client = supporter_of(world) if role == SUPPORT else client_of(getattr(world, role))
    address, data, status = PLACES[area]
    cell = TABLE[role][area]
    read = client.get(address).status_code
    assert (read != 403) == ((WRITE if area == Area.PRIVACY else READ) in cell)
    if data is not None:
        wrote = client.post(address, data, **({} if role != SUPPORT else {"content_type": "application/json"}))
        assert wrote.status_code == (status if WRITE in cell else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["owner", "manager", "staff", "viewer"])
def test_whole_staff_reads_the_table(world, role):
    client = Client()
    client.force_login(getattr(world, role))
    page = client.get("/admin/roles/").content.decode()
    assert f"{role} (you)" in page
    assert roles.AREAS[Area.PRIVACY] in page


@pytest.mark.django_db
def test_strangers_sign_in_first():
    answer = Client().get("/admin/roles/")
    assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)
