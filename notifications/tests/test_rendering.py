"""Templates take named placeholders and nothing else."""

from datetime import UTC, datetime

import pytest

from notifications.engine import rendering, wording
from notifications.engine.wording import Wording

ATTACKS = [
    "{u.__init__.__globals__[settings].SECRET_KEY}",
    "{n:>300000000}",
    "{0}",
    "{}",
    "{{name}}",
    "{name!r}",
    "{name",
    "name}",
    "{a b}",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_anything_but_a_name_is_refused(text):
    assert rendering.problem(text).startswith("Write placeholders as a name in braces")


def test_placeholders_are_filled_once():
    assert rendering.render("{a} {b} {c}", {"a": "{b}", "b": 5, "c": {"x": 1}}) == "{b} 5 "


def test_rendered_text_has_an_end():
    assert len(rendering.render("{a}" * 100, {"a": "x" * 10_000})) == rendering.LIMIT


MOMENT = datetime(2026, 3, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "language", "when"),
    [
        ("America/New_York", "en", "Monday Mar 23, 1:00 pm"),
        ("America/New_York", "fr", "lundi 23 mars, 13:00"),
        ("America/New_York", "de", "Montag, 23. März, 13:00"),
        ("Asia/Seoul", "en", "Tuesday Mar 24, 2:00 am"),
        ("UTC", "no such language", "Monday Mar 23, 5:00 pm"),
    ],
)
def test_moment_is_told_in_zone_and_language(zone, language, when):
    assert rendering.moment(MOMENT, zone, language)["when"] == when


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {"when": "Monday Mar 23", "date": "March 23, 2026", "time": "all day", "weekday": "Monday"}),
        ("de", {"when": "Montag, 23. März", "date": "23. März 2026", "time": "ganztägig", "weekday": "Montag"}),
        ("it", {"when": "lunedì 23 mar", "date": "23 marzo 2026", "time": "all day", "weekday": "lunedì"}),
    ],
)
def test_whole_day_has_no_time(language, words):
    midnight = datetime(2026, 3, 23, 4, 0, tzinfo=UTC)
    assert rendering.moment(midnight, "America/New_York", language, all_day=True) == words


@pytest.mark.parametrize(
    ("language", "start"), [("pt-br", "[{organization}]\nThank"), ("fr-CA", "[{organization}]\nMerci")]
)
def test_wording_falls_back(language, start):
    assert wording.text("confirmed", language).startswith(start)


def test_every_language_has_every_wording():
    assert {language: set(texts) for language, texts in wording.TEXTS.items()} == {
        language: set(Wording) for language in wording.TEXTS
    }
