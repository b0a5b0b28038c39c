"""Thousands of requests drawn from the published schema, fitting and misfitting, with a key and without."""

import os

import pytest

from accounts.services import keys
from tests import admin_rows, factories
from tests.contract import server
from tests.contract.drawn_requests import DrawnRequests, numbers, operations

# The continuous integration and `make soak` draw more.
CASES = int(os.environ.get("DRAWN_REQUESTS", "500"))
OWN_KEY = 9_000_000_001  # far from the numbers of other rows: no key may revoke itself

pytestmark = pytest.mark.slow


def test_every_answer_is_as_documented_and_nobody_enters_without_a_key(committed, address, server_folder):
    world = factories.world("Riverside")
    admin_rows.create_rows(world)
    _key, text = keys.create(world.organization.pk, pk=OWN_KEY, name="drawn requests", role="owner", rate=10**6)
    drawn = DrawnRequests(address, text, numbers(world))
    drawn.run(operations(address), CASES)
    assert not drawn.wrong, drawn.report() + server.trouble(server_folder)
    # Misfitting requests are drawn only where something can misfit.
    assert drawn.sent.total() > 0.8 * CASES
    assert {200, 201, 204, 400, 404, 409, 422} <= set(drawn.answers)
    assert not {401, 403, 429} & set(drawn.answers)
