"""With one layer of the tenancy wall removed nothing leaks; with more removed, the checks find it.

A few mutations by default; `make soak` removes the policy of every table, and the tenant of every viewset.
"""

import os

import pytest
from django.shortcuts import get_object_or_404
from rest_framework.permissions import AllowAny

from calendars.api import ical_files
from calendars.models import Calendar
from tests import routes
from tests.authorization import foreign_values, inspections, mutants, test_roles, two_clinics

ROUTES = routes.everything()


def readable(model):
    """Return the REST routes that read single rows of a model."""
    return [
        route
        for route in ROUTES
        if routes.is_rest(route) and route.model is model and route.name.endswith("-detail") and routes.is_of_row(route)
    ]


def chosen(found, *names):
    """Return those of a name, or all of them on long runs."""
    return [each for each in found if "EVERY_TABLE" in os.environ or each.__name__ in names]


ROWS = routes.by_model(filter(routes.is_of_row, ROUTES))
CORE = [route for model in ("Contact", "Event") for route in ROWS[model] if routes.is_rest(route)]
LISTS = [routes.named(name) for name in ("contact-list", "event-list", "admin:contacts_contact_changelist", "home")]


SINGLE = {route.view.cls for model in two_clinics.tenants() for route in readable(model)}
VIEWS = chosen(sorted(SINGLE, key=lambda view: view.__name__), "CalendarViews")
TABLES = chosen([model for model in two_clinics.tenants() if readable(model)], "Contact", "Gateway")
# Their rows are fetched together with one of a guarded table, or below one that the tenant must have.
SHELTERED = {"SectionTemplate", "BranchingTemplate", "Alarm", "CalendarFeed", "CalendarImport", "Appointment"}
KEYS = [("calendar-detail", Calendar, ("user_id", "clinic_id"))]


def core(clinics):
    """Check routes that use every layer; return what is wrong."""
    return inspections.foreign_rows(clinics, CORE, ("owner",)) + inspections.lists(clinics, LISTS, ("owner",))


def test_without_the_managers_filter_the_policies_hold(clinics, monkeypatch):
    mutants.no_manager(monkeypatch)
    assert core(clinics) == []


def test_without_the_policies_the_managers_filter_holds(clinics, monkeypatch):
    mutants.no_row_security(monkeypatch)
    assert core(clinics) == []


def test_without_both_leaks_are_found(clinics, monkeypatch):
    mutants.no_manager(monkeypatch)
    mutants.no_row_security(monkeypatch)
    found = core(clinics)
    assert "owner GET contact-detail: answers 200" in found
    assert "owner GET contact-list: shows “zebrafish”" in found
    assert "calendars_event changed" in found


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_a_table_without_its_policy_is_found(clinics, monkeypatch, model):
    mutants.no_manager(monkeypatch)
    with mutants.altered(mutants.no_policy(model)):
        shown = two_clinics.tables_shown(clinics.ours.organization.pk, clinics.theirs.organization.pk)
        found = inspections.foreign_rows(clinics, readable(model), ("owner",))
    assert shown == [f"{model.__name__} is open"]
    assert found != [] or model.__name__ in SHELTERED


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_viewset_that_forgets_the_tenant_is_found(clinics, monkeypatch, view):
    monkeypatch.setattr(view, "rows", lambda self: view.model.objects.unscoped())
    # What hangs on a calendar in its address forgets whose that is, too.
    forgetful = lambda rows, **which: get_object_or_404(Calendar.objects.unscoped(), **which)  # noqa: E731
    monkeypatch.setattr(ical_files, "get_object_or_404", forgetful)
    group = [route for route in readable(view.model) if route.view.cls is view]
    assert inspections.foreign_rows(clinics, group, ("owner",)) == []
    mutants.no_row_security(monkeypatch)
    assert inspections.foreign_rows(clinics, group, ("owner",)) != []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_viewset_that_forgets_the_roles_is_found(clinics, monkeypatch, view):
    monkeypatch.setattr(view, "permission_classes", [AllowAny])
    theirs = [route for route in ROUTES if getattr(route.view, "cls", None) is view]
    asked = [(route, method) for route in theirs for method in route.methods]
    people = [clinics[name] for name in ("viewer", "reader")]
    found = [what for each in asked for requester in people for what in test_roles.wrong(clinics, *each, requester)]
    # Where everybody who signs in may read, somebody who did not must try.
    assert found or any(test_roles.enters(clinics, *each, clinics["nobody"]) for each in asked)


@pytest.mark.parametrize(("name", "model", "columns"), KEYS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_table_without_its_key_is_found(clinics, monkeypatch, name, model, columns):
    mutants.no_manager(monkeypatch)
    mutants.no_row_security(monkeypatch)
    route = routes.named(name)
    address = route.address_of(routes.row_of(route, clinics.ours))
    kept = foreign_values.relations(clinics, "owner", route, "PATCH", address)
    assert any("database would refuse" in what for what in kept)
    assert not any("crosses the wall" in what for what in kept)
    with mutants.altered(*(mutants.no_key(model, column) for column in columns)):
        found = foreign_values.relations(clinics, "owner", route, "PATCH", address)
    assert any("crosses the wall" in what for what in found)
