"""What a patient's text means."""

import pytest

from notifications.engine.replies import TEXT_KEYWORDS, Intent, parse

CASES = [
    ("Yes", "en", Intent.YES),
    ("YES!", "en", Intent.YES),
    (" yes. ", "en", Intent.YES),
    ("y", "en", Intent.YES),
    ("ok thanks", "en", Intent.YES),
    ("Yes please, I'll be there", "en", Intent.YES),
    ("1", "en", Intent.YES),
    ("no", "en", Intent.NO),
    ("No thanks", "en", Intent.NO),
    ("NOPE", "en", Intent.NO),
    ("2", "en", Intent.NO),
    ("yesterday", "en", Intent.UNCLEAR),
    ("I don't know", "en", Intent.UNCLEAR),
    ("I do not know", "en", Intent.UNCLEAR),
    ("not sure", "en", Intent.UNCLEAR),
    ("at noon?", "en", Intent.UNCLEAR),
    ("No problem, see you", "en", Intent.UNCLEAR),
    ("no, yes", "en", Intent.UNCLEAR),
    ("yes I will not be there", "en", Intent.UNCLEAR),
    ("12", "en", Intent.UNCLEAR),
    ("", "en", Intent.UNCLEAR),
    ("👍", "en", Intent.UNCLEAR),
    ("STOP", "en", Intent.STOP),
    ("stop!", "en", Intent.STOP),
    ("Cancel", "en", Intent.STOP),
    ("please stop calling", "en", Intent.UNCLEAR),
    ("UNSTOP", "en", Intent.START),
    ("help", "en", Intent.HELP),
    ("Oui", "fr", Intent.YES),
    ("non merci", "fr-ca", Intent.NO),
    ("sí", "es", Intent.YES),
    ("Oui", "en", Intent.UNCLEAR),
    ("yes", "fr", Intent.YES),
]


@pytest.mark.parametrize(("text", "language", "intent"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_reply_is_read(text, language, intent):
    assert parse(text, language, keywords=TEXT_KEYWORDS) is intent


def test_keyword_means_nothing_on_a_channel_without_keywords():
    assert parse("STOP") is Intent.UNCLEAR
