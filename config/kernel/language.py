"""The reader's language: which one it is, and how days are written in it."""

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format


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
    return date_format(day, "SHORT_DAY_FORMAT")


def full_day(day: date) -> str:
    """Return a day such as `Monday, 7 December 2026`."""
    return date_format(day, "FULL_DAY_FORMAT")


def moment(at: datetime) -> str:
    """Return a day and the time on its clock, such as `Monday, 7 December 2026, 09:00`."""
    return f"{full_day(at)}, {at:%H:%M}"


def short_moment(at: datetime) -> str:
    """Return a day and the time on its clock, such as `Mon 07 Dec 2026, 09:00`."""
    return f"{short_day(at)}, {at:%H:%M}"
