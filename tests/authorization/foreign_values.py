"""Ids and texts of another clinic in filters, searches, orders, bodies and forms."""

import json
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.urls import reverse
from django_filters import rest_framework as filters
from rest_framework.relations import PrimaryKeyRelatedField, RelatedField, SlugRelatedField

from accounts.api.filters import IdFilter, TenantFilterBackend
from accounts.models import User
from accounts.tenancy import TenantOwned
from config.kernel.api.lists import StableOrdering
from tests import routes
from tests.authorization import inspections
from tests.authorization.two_clinics import CANARY, row_hashes

# A page repeats what was searched for, so it is searched for by a part.
PART = CANARY[:6]


def remote_of(model, path):
    """Return the model at the end of a path of relations."""
    for part in path.removesuffix("_id").split("__"):
        model = model._meta.get_field(part).related_model
    return model


def number_of(model, world, where=None):
    """Return the number of a clinic's row of a model (of a kind), None for models that all share."""
    if model in routes.SHARED:
        return None
    where = {**(where or {}), **routes.PRIVATE.get(model, {})}
    rows = model._base_manager.filter(pk__in=routes.numbers_of(model, world), **where)
    return rows.order_by("pk").values_list("pk", flat=True).first()


def filters_of(route, world):
    """Yield the queries of a REST list that name something of a clinic."""
    view = route.view.cls
    found = TenantFilterBackend().get_filterset_class(view, route.model._base_manager.all())
    for name, kind in (found.base_filters if found else {}).items():
        if isinstance(kind, IdFilter | filters.ModelChoiceFilter):
            number = number_of(remote_of(route.model, kind.field_name), world)
            yield from ({name: number},) if number else ()
        elif type(kind) is filters.CharFilter:
            yield {name: CANARY}
    if getattr(view, "search_fields", ()):
        yield {"search": PART}


def found_by(clinics, requester, route, query):
    """Ask a REST list with something of theirs in the query; it must find nothing."""
    answer = clinics[requester].visit(route, "GET", f"{route.url()}?{urlencode(query)}")
    if answer.status_code != 200:
        return [f"{route.name} {query}: answers {answer.status_code}"]
    found = [f"{route.name} {query}: {what}" for what in inspections.leaks_in(answer.content.decode())]
    rows = answer.json()
    is_found = rows if isinstance(rows, list) else rows["results"]
    return found + ([f"{route.name} {query}: finds rows"] if is_found else [])


HOSTILE = [
    "organization",
    "organization__name",
    "user__password",
    "password",
    "secrets",
    "secret_hash",
    "token_hash",
    "contact__organization__name",
    "creator__password",
    "__class__",
]


def orders_of(route, request):
    """Return the hostile orders that a REST list would take."""
    view = route.view.cls(request=request, format_kwarg=None)
    rows = route.model._base_manager.all()
    allowed = {name for name, _label in StableOrdering().get_valid_fields(rows, view, {"request": request})}
    secret = {"password", "secrets", "secret_hash", "previous_hash", "token_hash", "hook_hash", "organization"}
    return sorted(allowed & {*HOSTILE, *secret}) + (["__all__"] if view.ordering_fields == "__all__" else [])


def links_of(route):
    """Return the relations that a REST body takes, by name."""
    action = "create" if "post" in route.view.actions else "partial_update"
    view = route.view.cls(action=action, swagger_fake_view=True, request=None, format_kwarg=None)
    fields = view.get_serializer_class()().fields
    return {
        name: field
        for name, field in fields.items()
        if isinstance(field, RelatedField) and not field.read_only and field.model not in routes.SHARED
    }


def has_links(route):
    """Return whether a REST route takes relations."""
    actions = getattr(route.view, "actions", {})
    return bool({"create", "partial_update"} & set(actions.values())) and bool(links_of(route))


def forms_of(field, number):
    """Return the ways to write a relation to a row: as the interface wants it, and as it does not."""
    if isinstance(field, SlugRelatedField):
        known = field.model._base_manager.filter(pk=number).values_list("uuid", flat=True).first()
        text = str(known or routes.ABSENT_UUID)
        return [text, {"uuid": text}, [text], number]
    if isinstance(field, PrimaryKeyRelatedField):
        return [number, str(number), {"id": number}, [number]]
    link = reverse(field.view_name, args=[_key(field, number)])
    return [link, f"https://elsewhere.example{link}", number, {"url": link}, [link]]


def _key(field, number):
    """Return by what the address of a row tells it: its number, or its UUID."""
    if field.lookup_field != "uuid":
        return number
    return field.model._base_manager.filter(pk=number).values_list("uuid", flat=True).first() or routes.ABSENT_UUID


def relations(clinics, requester, route, method, address):
    """Send a body whose every relation is theirs, then nobody's: both are refused in the same words."""
    links, found = links_of(route), []
    theirs = {name: number_of(link.model, clinics.theirs, getattr(link, "only", None)) for name, link in links.items()}
    most = max((len(forms_of(field, 1)) for field in links.values()), default=0)
    for way in range(most):
        body = {name: _way(field, way, theirs[name]) for name, field in links.items()}
        nobodys = {name: _way(field, way, routes.ABSENT) for name, field in links.items()}
        foreign, absent = (_refusals(clinics, requester, route, method, address, each) for each in (body, nobodys))
        found += [f"{method} {route.name} {name}={body[name]}: {what}" for name, what in unlike(links, foreign, absent)]
    return found


def unlike(names, foreign, absent):
    """Yield what is not refused, or in other words than what nobody has."""
    for name in names:
        if foreign.get(name) != absent.get(name) or not foreign.get(name):
            yield name, f"{foreign.get(name)} where an absent one is {absent.get(name)}"


def _way(field, way, number):
    ways = forms_of(field, number)
    return ways[min(way, len(ways) - 1)]


def _refusals(clinics, requester, route, method, address, body):
    """Return the errors of a body by field, after looking at what it did."""
    before = row_hashes(clinics.theirs.organization.pk)
    with inspections.rolled_back():
        answer = clinics[requester].visit(route, method, address, json.dumps(body))
        harm = [] if answer.status_code == 400 else inspections.damage(clinics, before)
    errors = answer.json() if answer.status_code == 400 else {name: answer.status_code for name in body}
    return {**errors, **({name: harm for name in body} if harm else {})}


def choices_of(page):
    """Return the relations that an admin page's form and inlines take, by their names in the form, and their models."""
    context = page.context or {}
    found = dict(_choices(context["adminform"].form)) if "adminform" in context else {}
    for inline in context.get("inline_admin_formsets", ()):
        if inline.has_add_permission:
            found |= dict(_choices(inline.formset.empty_form, inline.formset.add_prefix(0)))
    return found


def _choices(form, prefix=""):
    for name, field in form.fields.items():
        chooses = isinstance(field, forms.ModelChoiceField) and not field.disabled and name != "id"
        if chooses and field.queryset.model not in routes.SHARED:
            yield (f"{prefix}-{name}" if prefix else name), field.queryset.model


def form_address(model, world):
    """Return where an admin form with relations is: for a new row, else for one that there is."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    if admin.site._registry[model].can_add:
        return reverse(f"{name}_add")
    number = number_of(model, world)
    return reverse(f"{name}_change", args=[number]) if number else ""


def form_relations(clinics, requester, model):
    """Fill an admin form with their rows, then with nobody's: both are refused in the same words."""
    address = form_address(model, clinics.ours)
    page = clinics[requester].ask("GET", address) if address else None
    choices = choices_of(page) if page and page.status_code == 200 else {}
    if not choices:
        return []
    foreign, absent = (
        errors_of(clinics[requester].ask("POST", address, urlencode(filled(page, choices, world))))
        for world in (clinics.theirs, None)
    )
    return [f"{address} {key}: {what}" for key, what in unlike(choices, foreign, absent)]


def filled(page, choices, world):
    """Return an admin form in which every relation is a clinic's, or nobody's."""
    numbers = {key: number_of(model, world) if world else routes.ABSENT for key, model in choices.items()}
    return management_of(page) | {key: numbers[key] or routes.ABSENT for key in choices}


def management_of(page):
    """Return the hidden counts that the inlines of an admin page want: one new row each."""
    found = {}
    for inline in (page.context or {}).get("inline_admin_formsets", ()):
        prefix = inline.formset.prefix
        found |= {
            f"{prefix}-{name}_FORMS": count
            for name, count in {"TOTAL": 1, "INITIAL": 0, "MIN_NUM": 0, "MAX_NUM": 10}.items()
        }
    return found


def errors_of(page):
    """Return what an admin page says of its fields, by their names in the form."""
    context = page.context or {}
    found = dict(context["adminform"].form.errors) if "adminform" in context else {}
    for inline in context.get("inline_admin_formsets", ()):
        for place, form in enumerate(inline.formset.forms):
            found |= {f"{inline.formset.add_prefix(place)}-{name}": words for name, words in form.errors.items()}
    return found


def autocompletes():
    """Return the questions that the admin's autocomplete takes."""
    return [
        (model, name, model._meta.get_field(name).related_model)
        for model, page in admin.site._registry.items()
        for name in page.autocomplete_fields
    ]


def related_filters():
    """Return for each list of the admin the relations that one can filter by."""
    for model, page in admin.site._registry.items():
        names = {name if isinstance(name, str) else name[0] for name in page.list_filter}
        fields = [(name, _field(model, name)) for name in sorted(names)]
        yield (
            model,
            [
                (name, field.related_model)
                for name, field in fields
                if field is not None and (issubclass(field.related_model, TenantOwned) or field.related_model is User)
            ],
        )


def _field(model, path):
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.related_model
    return field if field.is_relation else None
