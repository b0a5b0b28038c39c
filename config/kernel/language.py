"""The reader's language: which one it is, and how days are written in it."""

from collections.abc import Iterable
from datetime import date

from babel.dates import format_date, format_skeleton
from django.conf import settings
from django.utils import translation

# Nowhere else do two readers take a day for two different ones: the month stands in letters, the year in full.
HOUSE_DAY = "EEE dd MMM yyyy"


def supported(wanted: str | None) -> str:
    """Return the language of ours that a code means (`de` for `de-AT`), or nothing."""
    code = (wanted or "").lower().replace("_", "-").partition("-")[0]
    return code if code in dict(settings.LANGUAGES) else ""


def first(wanted: Iterable[str | None]) -> str:
    """Return the first language of ours among some that may be none; English at last."""
    return next((code for code in map(supported, wanted) if code), settings.LANGUAGE_CODE)


def current() -> str:
    """Return the active language, one of ours."""
    return first([translation.get_language()])


def short_day(day: date) -> str:
    """Return a day with its weekday, such as `Mon 07 Dec 2026`, in the active language."""
    language = current()
    if language == "en":
        return format_date(day, HOUSE_DAY, locale="en")
    return format_skeleton("yMMMEd", day, locale=language)
