"""Role by role, route by route, method by method: who gets in is what the role table says."""

import pytest
from django.contrib import admin
from django.template.response import TemplateResponse

from accounts.engine.roles import READ, WRITE, Area, is_in_scopes, may
from accounts.tenancy import TenantOwned
from config.kernel.http import crm_service
from tests import routes
from tests.authorization import inspections
from tests.authorization.requesters import IS_EVERYBODY

ROUTES = [route for route in routes.everything() if not routes.is_public(route)]
REST = routes.by_model(route for route in ROUTES if routes.is_rest(route) and route.name != "api-root")
OWNED = [model for model in admin.site._registry if issubclass(model, TenantOwned)]
# Pages of the admin that change nothing, whatever the method.
READING = ("_history", "_export_file")
pytestmark = pytest.mark.usefixtures("principals_kept")
MEMBERS = ("owner", "manager", "staff", "viewer")


@pytest.fixture
def undrawn(monkeypatch):
    """Let pages be decided upon, and not drawn."""
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")


def address_of(clinics, route):
    return route.address_of(routes.row_of(route, clinics.ours) if route.groups else None)


def needs(route, method):
    """Return the area and the action of a REST route's method."""
    view = route.view.cls
    named = route.view.initkwargs
    area = named.get("area", getattr(view, "area", Area.DESK))
    reading = named.get("to_read", getattr(view, "to_read", READ))
    return area, reading if method in ("GET", "OPTIONS") else WRITE


def wrong(clinics, route, method, requester):
    """Say what is wrong with how a role fares at a REST route of ours."""
    area, action = needs(route, method)
    allowed = may(requester.role, area, action) and is_in_scopes(requester.scopes, area, action)
    status = inspections.ask_once(requester, route, method, address_of(clinics, route)).status_code
    if status >= 500 or status in (401, 404) or (status == 403) == allowed:
        return [f"{requester.name} {method} {route.name}: {status}"]
    return []


def enters(clinics, route, method, requester):
    """Return whether somebody is let in at a REST route of ours."""
    return inspections.ask_once(requester, route, method, address_of(clinics, route)).status_code == 200


def people(route, method):
    """Name the least role that is let in and the greatest that is not, and a key that may only read; or everybody."""
    if IS_EVERYBODY:
        return (*MEMBERS, "key", "reader")
    area, action = needs(route, method)
    let_in = [role for role in MEMBERS if may(role, area, action)]
    return (*let_in[-1:], *[role for role in MEMBERS if role not in let_in][:1], "reader")


@pytest.mark.parametrize("model", REST)
def test_the_role_table_decides_on_the_interface(clinics, model):
    found = [
        wrong(clinics, route, method, clinics[name])
        for route in REST[model]
        for method in route.methods
        for name in people(route, method)
    ]
    assert sum(found, []) == []


def lacks(page, requester, route, method):
    """Return whether a role lacks what a page of the admin needs."""
    reads = route.name.endswith(READING) or (method == "GET" and route.name.endswith("_change"))
    return not may(requester.role, page.area, READ if reads else WRITE)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_the_role_table_decides_in_the_admin(clinics, undrawn, model):
    page, found = admin.site._registry[model], []
    named = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
    for route in (route for route in ROUTES if route.name.startswith(named) and not route.name.endswith("_changelist")):
        address = address_of(clinics, route)
        for requester in (clinics[name] for name in ("manager", "staff", "viewer")):
            for method in (method for method in route.methods if lacks(page, requester, route, method)):
                status = inspections.ask_once(requester, route, method, address).status_code
                found += [f"{requester.name} {method} {route.name}: {status}"] if status not in (403, 404) else []
    assert found == []


def test_nobody_is_let_in(clinics):
    for route in ROUTES:
        for method in route.methods:
            url = route.address_of_nothing()
            answer = clinics["nobody"].visit(route, method, url)
            # The older contact service lets everybody ask which methods there are.
            is_open = method == "OPTIONS" and crm_service.is_path(url)
            assert answer.status_code in ({200} if is_open else {302, 401, 403, 405}), (route.name, method)
            assert answer.status_code != 302 or "/login/" in answer["Location"]


def test_a_key_opens_no_page(clinics):
    for route in (route for route in ROUTES if not routes.is_rest(route) and not route.is_dav):
        url = route.address_of_nothing()
        assert clinics["key"].visit(route, "GET", url).status_code in {302, 403, 404, 405}, route.name
