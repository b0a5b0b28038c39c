"""Foreign values in filters, searches, orders, bodies and forms."""

from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts import tenancy
from tests import routes
from tests.authorization import foreign_values, inspections
from tests.authorization.two_clinics import row_hashes

pytestmark = pytest.mark.usefixtures("nothing_leaked", "principals_kept")
ROUTES = routes.everything()
LISTS = [
    route
    for route in ROUTES
    if routes.is_rest(route)
    and "list" in getattr(route.view, "actions", {}).values()
    and route.model not in routes.SHARED
    and not route.groups
]
WRITING = [route for route in ROUTES if routes.is_rest(route) and foreign_values.has_links(route)]
PAGES = sorted(admin.site._registry, key=lambda model: model.__name__)


def name(given):
    return getattr(given, "name", None) or getattr(given, "__name__", None)


@pytest.mark.parametrize("route", LISTS, ids=name)
def test_a_list_finds_nothing_of_theirs(clinics, route):
    queries = list(foreign_values.filters_of(route, clinics.theirs))
    assert [what for query in queries for what in foreign_values.found_by(clinics, "owner", route, query)] == []


@pytest.mark.parametrize("route", LISTS, ids=name)
def test_a_list_takes_no_order_that_tells_of_what_it_does_not_show(clinics, route):
    with tenancy.tenant(clinics.ours.organization.pk):
        assert foreign_values.orders_of(route, Request(APIRequestFactory().get("/"))) == []


@pytest.mark.parametrize("route", WRITING, ids=name)
def test_their_rows_in_a_body_are_refused_as_if_there_were_none(clinics, route):
    is_list = "post" in route.view.actions
    address = route.address_of(routes.row_of(route, clinics.ours) if route.groups else None)
    for method in ("POST",) if is_list else ("PATCH", "PUT"):
        assert foreign_values.relations(clinics, "owner", route, method, address) == []


@pytest.mark.parametrize(("model", "field", "remote"), foreign_values.autocompletes(), ids=name)
def test_autocomplete_offers_ours_alone(clinics, model, field, remote):
    query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    ours = routes.numbers_of(remote, clinics.ours)
    for term in ("", foreign_values.PART):
        answer = clinics["owner"].ask("GET", f"{reverse('admin:autocomplete')}?{urlencode({**query, 'term': term})}")
        offered = {int(row["id"]) for row in answer.json().get("results", ())} if answer.status_code == 200 else set()
        assert offered <= (ours if not term else set())


@pytest.mark.parametrize(("model", "fields"), list(foreign_values.related_filters()), ids=name)
def test_a_page_of_rows_finds_nothing_of_theirs(clinics, model, fields):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    queries = [{f"{field}__id__exact": foreign_values.number_of(remote, clinics.theirs)} for field, remote in fields]
    searches = [{"q": foreign_values.PART}] if admin.site._registry[model].search_fields else []
    for query in queries + searches:
        answer = clinics["owner"].ask("GET", f"{address}?{urlencode(query)}")
        assert inspections.leaks(answer) == []
        # A value that is no choice is refused with a way back; a filter with one choice is none, and shows ours.
        shown = {row.pk for row in answer.context["cl"].result_list} if answer.status_code == 200 else set()
        assert shown <= (routes.numbers_of(model, clinics.ours) if query in queries else set()), query


@pytest.mark.parametrize("model", PAGES, ids=name)
def test_their_rows_in_a_form_are_no_choice(clinics, model):
    with tenancy.tenant(clinics.ours.organization.pk):
        assert foreign_values.form_relations(clinics, "owner", model) == []


@pytest.mark.parametrize("model", [model for model in PAGES if model not in routes.PLATFORM], ids=name)
def test_an_action_on_their_row_does_nothing(clinics, model):
    page, before = admin.site._registry[model], row_hashes(clinics.theirs.organization.pk)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    number = foreign_values.number_of(model, clinics.theirs)
    for action in ["delete_selected", *(verb.name for verb in page.row_actions)] if number else []:
        form = {"action": action, "_selected_action": number, "post": "yes"}
        answer = clinics["owner"].ask("POST", address, urlencode(form))
        assert answer.status_code in (200, 302, 403)
        assert inspections.leaks(answer) == []
    assert inspections.damage(clinics, before) == []
