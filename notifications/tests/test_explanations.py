"""Every state and known reason has words."""

import pytest

from notifications.engine import explanations
from notifications.engine.states import State


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words(state):
    explained = explanations.explain(state)
    assert explained.headline
    assert explained.tone in {"success", "info", "warning", "danger"}


def test_unknown_reason_is_named_as_it_is():
    assert explanations.explain("failed", reason="carrier_rejected").why == "Reason: carrier rejected."


@pytest.mark.parametrize(
    ("state", "title"), [("failed", "Why was this not sent?"), ("delivered", "What became of this message?")]
)
def test_title_asks_what_a_person_would_ask(state, title):
    assert explanations.explain(state).title == title
