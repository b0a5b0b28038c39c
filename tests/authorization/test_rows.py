"""Every address, asked for the other clinic's rows by everybody of ours."""

import os

import pytest

from accounts import tenancy
from notifications.models import Gateway
from notifications.services.call_intents import hash_of
from tests import routes
from tests.authorization import inspections
from tests.authorization.requesters import JSON, shape
from tests.authorization.two_clinics import HOOK, TOKEN, row_hashes

pytestmark = pytest.mark.usefixtures("nothing_leaked", "principals_kept")
ROUTES = routes.everything()
# `make soak` walks it as everybody.
PEOPLE = ("owner", "key", *(("manager", "staff", "viewer", "reader") if "EVERY_TABLE" in os.environ else ()))
OF_ROWS = routes.by_model(filter(routes.is_of_row, ROUTES))
OF_LISTS = routes.by_model(
    route for route in ROUTES if not routes.is_of_row(route) and not route.name.startswith(routes.PUBLIC_SPACES)
)


@pytest.mark.parametrize("model", OF_ROWS)
def test_their_row_looks_like_one_that_nobody_has(clinics, model):
    assert inspections.foreign_rows(clinics, OF_ROWS[model], PEOPLE) == []


@pytest.mark.parametrize("model", OF_LISTS)
def test_no_list_or_page_shows_anything_of_theirs(clinics, model):
    assert inspections.lists(clinics, OF_LISTS[model], ("owner", "key", "nobody")) == []


def test_their_receipt_cannot_be_brought_through_our_gateway(clinics):
    ours, body = "our-hook-0000000000", '{"data": {}}'
    with tenancy.tenant(clinics.ours.organization.pk):
        Gateway.objects.filter(pk=clinics.ours.sms_gateway.pk).update(hook_hash=hash_of(ours))
    before = row_hashes(clinics.theirs.organization.pk)
    answers = [
        shape(clinics["nobody"].ask("POST", f"/hooks/{hook}/receipt/{token}/", body, JSON))
        for hook, token in ((ours, TOKEN), (ours, "no-such-token-000000"))
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
    assert inspections.damage(clinics, before) == []
    assert shape(clinics["nobody"].ask("POST", f"/hooks/{HOOK}/receipt/{TOKEN}/", body, JSON)) != answers[0]
