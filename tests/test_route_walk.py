"""Every address, visited as a stranger of another organization, and by nobody.

A route that needs an id and has no row in tests/admin_rows.py or no entry in tests/routes.py fails here.
"""

import hashlib
import re
from urllib.parse import unquote

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.relations import PrimaryKeyRelatedField, RelatedField

from accounts import tenancy
from accounts.api.filters import IdFilter
from accounts.tenancy import TenantOwned
from calendars.models import Rule
from tests import admin_rows, factories, routes
from tests.clients import client_of

CANARY = "zebrafish"
# Shown to everybody on purpose: what signs in, what documents, what a secret path protects, what a setting allows.
PUBLIC = {
    "schema", "docs", "redoc", "home", "^rest-api$", "^rest-api/.*", "^admin$", "^admin/(?P<rest>.*[^/])$",
    "hook-inbound", "hook-receipt", "calendar-feed", "caldav-well-known", "caldav-slash", "sign-in", "admin:login", "admin:logout", "admin:jsi18n", "admin/(?P<url>.*)$",
    "account_login", "account_logout", "account_inactive", "account_signup", "account_email_verification_sent",
    "account_confirm_email", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "openid_connect_login", "openid_connect_callback",
    "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup",
    # They only lead on.
    "account", "change-password", "admin:password_change", "admin:password_change_done",
}  # fmt: skip
PUBLIC_SPACES = ("simulator:", "simulator/")
# Rows that no organization owns and everybody may read.
SHARED = {Rule, ContentType}
# It leads where another application's rows are shown: contenttypes are not used for addresses.
NEITHER = {"admin:view_on_site"}

ROUTES = [
    route
    for route in routes.everything()
    if route.name not in PUBLIC | NEITHER and not route.name.startswith(PUBLIC_SPACES)
]
OF_ROWS = [route for route in ROUTES if set(route.groups) - {"app_label", "thing"} and route.model not in SHARED]
OF_LISTS = [route for route in ROUTES if route not in OF_ROWS]


def by_model(found):
    """Group routes by the rows that they show, so that a clinic is made once for each group."""
    groups = {}
    for route in found:
        groups.setdefault(route.model.__name__ if route.model else "none", []).append(route)
    return [pytest.param(group, id=model) for model, group in groups.items()]


pytestmark = pytest.mark.django_db


def name(route):
    return route.name if isinstance(route, routes.Route) else None


@pytest.fixture
def clinic(clock):
    """Return the first clinic, with a row of every kind, in all of which stands the canary."""
    world = factories.world("Zebrafish")
    admin_rows.furnish(world, CANARY)
    return world


@pytest.fixture
def stranger(other):
    """Return how a member of another clinic asks: by Basic for REST, by session for pages."""
    session = Client()
    session.force_login(other.owner)
    rest = client_of(other.owner)

    def ask(route, method, url):
        client = rest if hasattr(route.view, "cls") else session
        return client.generic(method, url, "{}" if client is rest else "", content_type=_kind(client is rest))

    return ask


def _kind(is_rest):
    return "application/json" if is_rest else "application/x-www-form-urlencoded"


def shape(response, row):
    """Return what an answer tells, the id apart."""
    text = response.content.decode() + unquote(response.headers.get("Location", ""))
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    own = {str(row.pk), str(getattr(row, "user_id", row.pk)), str(row)} if row else set()
    for known in sorted({str(routes.ABSENT)} | own, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", "ID", text)
    return response.status_code, text


def checksum(organization):
    """Return a hash over all rows of an organization."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in sorted(TenantOwned.__subclasses__(), key=lambda model: model.__name__):
            table = model._meta.db_table
            cursor.execute(f"SELECT t::text FROM {table} t WHERE organization_id = %s ORDER BY id", [organization.pk])
            found.update(repr((table, cursor.fetchall())).encode())
        cursor.execute("SELECT u::text FROM accounts_user u WHERE username LIKE %s ORDER BY id", [f"{CANARY}%"])
        found.update(repr(cursor.fetchall()).encode())
    return found.hexdigest()


def test_walk_knows_every_kind_of_route():
    names = {route.name for route in ROUTES}
    assert {"event-detail", "event-list", "thing-done", "admin:calendars_event_change", "admin:index"} <= names
    assert len(OF_ROWS) > 100


def visits(group):
    """Return each route with each of its methods."""
    return [(route, method) for route in group for method in route.methods]


@pytest.mark.parametrize("group", by_model(OF_ROWS))
def test_stranger_finds_the_same_as_behind_an_absent_id(clinic, stranger, group):
    before = checksum(clinic.organization)
    for route, method in visits(group):
        row = routes.row_of(route, clinic)
        foreign = stranger(route, method, route.address_of(row))
        absent = stranger(route, method, route.address_of(None))
        assert shape(foreign, row) == shape(absent, row), (route.name, method)
        assert foreign.status_code in {302, 403, 404, 405, *([200] if method == "OPTIONS" else [])}, route.name
    assert checksum(clinic.organization) == before


@pytest.mark.parametrize("group", by_model(OF_LISTS))
def test_stranger_sees_nothing_of_the_clinic_in_a_list(clinic, stranger, group):
    before = checksum(clinic.organization)
    for route, method in visits(group):
        rows = routes.numbers_of(route, clinic)
        answer = stranger(route, method, route.url(**routes.OTHER_PARTS, pk=1, object_id=1))
        told = answer.content.decode()
        assert answer.status_code < 500, route.name
        assert CANARY not in told.lower(), route.name
        assert not [pk for pk in rows if f"{route.url(**routes.OTHER_PARTS)}{pk}/" in told]
    assert checksum(clinic.organization) == before


def test_nobody_is_let_in():
    nobody = Client()
    for route, method in visits(ROUTES):
        url = route.url(**{group: routes.OTHER_PARTS.get(group, 1) for group in route.groups})
        answer = nobody.generic(method, url, content_type="application/json")
        assert answer.status_code in {302, 401, 403, 405}, (route.name, method)
        assert answer.status_code != 302 or "/login/" in answer["Location"]


def lists_of_rest():
    """Return the REST lists with each filter by id and each link that a POST takes."""
    for route in ROUTES:
        view = getattr(route.view, "cls", None)
        if view and route.name.endswith("-list") and hasattr(view, "filterset_class"):
            filters = view.filterset_class.base_filters
            yield from ((route, key) for key, found in filters.items() if isinstance(found, IdFilter))


@pytest.mark.parametrize(("route", "key"), list(lists_of_rest()), ids=name)
def test_foreign_id_in_a_filter_finds_nothing(clinic, other, route, key):
    admin_rows.furnish(other, "b")
    remote = _remote(route.model, route.view.cls.filterset_class.base_filters[key].field_name)
    if not issubclass(remote, TenantOwned):
        return
    with tenancy.tenant(clinic.organization.pk):
        foreign = remote.objects.values_list("pk", flat=True).first()
    answer = client_of(other.owner).get(route.url(), {key: foreign})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def _remote(model, path):
    for part in path.removesuffix("_id").split("__"):
        model = model._meta.get_field(part).related_model
    return model


def links_of_rest():
    """Return the relations that a POST to each REST list takes."""
    for route in ROUTES:
        view = getattr(route.view, "cls", None)
        if route.name.endswith("-list") and hasattr(view, "create") and "post" in view.http_method_names:
            fields = _fields(view)
            yield from (
                (route, name)
                for name, field in fields.items()
                if isinstance(field, RelatedField) and not field.read_only
            )


def _fields(view):
    made = view(action="create", swagger_fake_view=True, request=None, format_kwarg=None)
    return made.get_serializer_class()().fields


@pytest.mark.parametrize(("route", "key"), list(links_of_rest()), ids=name)
def test_foreign_link_is_refused_in_the_words_for_an_absent_one(clinic, other, route, key):
    field = _fields(route.view.cls)[key]
    if not issubclass(field.model, TenantOwned):
        return
    with tenancy.tenant(clinic.organization.pk):
        foreign = field.get_queryset().values_list("pk", flat=True).first()
    told = []
    for pk in (foreign, routes.ABSENT):
        link = pk if isinstance(field, PrimaryKeyRelatedField) else reverse(field.view_name, args=[pk])
        answer = client_of(other.owner).post(route.url(), {key: link})
        told.append((answer.status_code, answer.json()[key]))
    assert told[0] == told[1]
    assert told[0][0] == 400
