"""The phrases in which recurrence is told, one module a language. Plain Python."""

from calendars.engine.recurrence.words.english import English
from calendars.engine.recurrence.words.french import French
from calendars.engine.recurrence.words.german import German
from calendars.engine.recurrence.words.phrases import Phrases
from calendars.engine.recurrence.words.spanish import Spanish

LANGUAGES: dict[str, Phrases] = {"en": English(), "fr": French(), "de": German(), "es": Spanish()}


def of(language: str) -> Phrases:
    """Return the phrases of a language (`fr` for `fr-CA`), English for one that is not known."""
    return LANGUAGES.get(language.lower().replace("_", "-").partition("-")[0], LANGUAGES["en"])
