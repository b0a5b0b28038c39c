"""Every address, asked for the other clinic's rows by everybody of ours."""

import os

import pytest

from tests import routes
from tests.walk import visits

ROUTES = routes.everything()
OF_ROWS = routes.by_model(filter(routes.is_of_row, ROUTES))
OF_LISTS = routes.by_model(
    route for route in ROUTES if not routes.is_of_row(route) and not route.name.startswith(routes.PUBLIC_SPACES)
)


@pytest.mark.parametrize("model", OF_ROWS)
def test_their_row_looks_like_one_that_nobody_has(ground, model):
    assert visits.foreign_rows(ground, OF_ROWS[model], ("owner", "key")) == []


@pytest.mark.skipif("WALK" not in os.environ, reason="`make soak` walks it")
@pytest.mark.parametrize("model", OF_ROWS)
def test_their_row_looks_like_one_that_nobody_has_in_every_role(ground, model):
    assert visits.foreign_rows(ground, OF_ROWS[model], ("manager", "staff", "viewer", "reader")) == []


@pytest.mark.parametrize("model", OF_LISTS)
def test_no_list_or_page_shows_anything_of_theirs(ground, model):
    assert visits.lists(ground, OF_LISTS[model], ("owner", "key", "nobody")) == []
