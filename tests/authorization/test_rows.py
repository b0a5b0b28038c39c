"""Every address, asked for the other clinic's rows by everybody of ours."""

import os

import pytest

from accounts import tenancy
from notifications.models import Gateway
from notifications.services.call_intents import hash_of
from tests import routes
from tests.authorization import inspections
from tests.authorization.askers import JSON, shape
from tests.authorization.two_clinics import HOOK, TOKEN, seal

pytestmark = pytest.mark.usefixtures("quiet")
ROUTES = routes.everything()
# `make soak` walks it as everybody.
PEOPLE = ("owner", "key", *(("manager", "staff", "viewer", "reader") if "WALK" in os.environ else ()))
OF_ROWS = routes.by_model(filter(routes.is_of_row, ROUTES))
OF_LISTS = routes.by_model(
    route for route in ROUTES if not routes.is_of_row(route) and not route.name.startswith(routes.PUBLIC_SPACES)
)


@pytest.mark.parametrize("model", OF_ROWS)
def test_their_row_looks_like_one_that_nobody_has(ground, model):
    assert inspections.foreign_rows(ground, OF_ROWS[model], PEOPLE) == []


@pytest.mark.parametrize("model", OF_LISTS)
def test_no_list_or_page_shows_anything_of_theirs(ground, model):
    assert inspections.lists(ground, OF_LISTS[model], ("owner", "key", "nobody")) == []


def test_their_receipt_cannot_be_brought_through_our_gateway(ground):
    ours, body = "our-hook-0000000000", '{"data": {}}'
    with tenancy.tenant(ground.ours.organization.pk):
        Gateway.objects.filter(pk=ground.ours.sms_gateway.pk).update(hook_hash=hash_of(ours))
    before = seal(ground.theirs.organization.pk)
    told = [
        shape(ground["nobody"].ask("POST", f"/hooks/{hook}/receipt/{token}/", body, JSON))
        for hook, token in ((ours, TOKEN), (ours, "no-such-token-000000"))
    ]
    assert told[0] == told[1]
    assert told[0][0] == 400
    assert inspections.unharmed(ground, before) == []
    assert shape(ground["nobody"].ask("POST", f"/hooks/{HOOK}/receipt/{TOKEN}/", body, JSON)) != told[0]
