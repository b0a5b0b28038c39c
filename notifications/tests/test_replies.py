"""What a patient's text means."""

import pytest

from notifications.engine.replies import TEXT_KEYWORDS, ReplyIntent, parse

CASES = [
    ("Yes", "en", ReplyIntent.YES),
    ("YES!", "en", ReplyIntent.YES),
    (" yes. ", "en", ReplyIntent.YES),
    ("y", "en", ReplyIntent.YES),
    ("ok thanks", "en", ReplyIntent.YES),
    ("Yes please, I'll be there", "en", ReplyIntent.YES),
    ("1", "en", ReplyIntent.YES),
    ("no", "en", ReplyIntent.NO),
    ("No thanks", "en", ReplyIntent.NO),
    ("NOPE", "en", ReplyIntent.NO),
    ("2", "en", ReplyIntent.NO),
    ("yesterday", "en", ReplyIntent.UNCLEAR),
    ("I don't know", "en", ReplyIntent.UNCLEAR),
    ("I do not know", "en", ReplyIntent.UNCLEAR),
    ("not sure", "en", ReplyIntent.UNCLEAR),
    ("at noon?", "en", ReplyIntent.UNCLEAR),
    ("No problem, see you", "en", ReplyIntent.UNCLEAR),
    ("no, yes", "en", ReplyIntent.UNCLEAR),
    ("yes I will not be there", "en", ReplyIntent.UNCLEAR),
    ("12", "en", ReplyIntent.UNCLEAR),
    ("", "en", ReplyIntent.UNCLEAR),
    ("👍", "en", ReplyIntent.UNCLEAR),
    ("STOP", "en", ReplyIntent.STOP),
    ("stop!", "en", ReplyIntent.STOP),
    ("Cancel", "en", ReplyIntent.STOP),
    ("please stop calling", "en", ReplyIntent.UNCLEAR),
    ("UNSTOP", "en", ReplyIntent.START),
    ("help", "en", ReplyIntent.HELP),
    ("Oui", "fr", ReplyIntent.YES),
    ("non merci", "fr-ca", ReplyIntent.NO),
    ("sí", "es", ReplyIntent.YES),
    ("Oui", "en", ReplyIntent.UNCLEAR),
    ("yes", "fr", ReplyIntent.YES),
]


@pytest.mark.parametrize(("text", "language", "intent"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_reply_is_read(text, language, intent):
    assert parse(text, language, keywords=TEXT_KEYWORDS) is intent


def test_keyword_means_nothing_on_a_channel_without_keywords():
    assert parse("STOP") is ReplyIntent.UNCLEAR
