"""The days that a page of the calendar shows."""

from datetime import date

import pytest
from django.utils import translation

from appointments.engine.calendar_spans import Span, View, week_begins
from appointments.web.view_models import calendar_view


@pytest.mark.parametrize(
    ("view", "begins", "first", "last", "title"),
    [
        ("month", 0, date(2026, 10, 26), date(2026, 12, 6), "November 2026"),
        ("month", 6, date(2026, 11, 1), date(2026, 12, 5), "November 2026"),
        ("week", 0, date(2026, 11, 23), date(2026, 11, 29), "23 – 29 November 2026"),
        ("week", 6, date(2026, 11, 22), date(2026, 11, 28), "22 – 28 November 2026"),
        ("day", 0, date(2026, 11, 25), date(2026, 11, 25), "Wednesday, 25 November 2026"),
    ],
)
def test_span_shows_whole_weeks_around_a_day(view, begins, first, last, title):
    span = Span(View(view), date(2026, 11, 25), begins)
    assert (span.days[0], span.days[-1], calendar_view.title(span)) == (first, last, title)


def test_week_across_months_and_years_names_both():
    assert calendar_view.title(Span(View.WEEK, date(2026, 10, 28))) == "26 October – 1 November 2026"
    assert calendar_view.title(Span(View.WEEK, date(2026, 12, 31))) == "28 December 2026 – 3 January 2027"


@pytest.mark.parametrize(
    ("language", "view", "at", "title"),
    [
        ("fr", "month", date(2026, 8, 3), "août 2026"),
        ("fr", "week", date(2026, 10, 28), "26 octobre – 1 novembre 2026"),
        ("de", "week", date(2026, 11, 25), "23. – 29. November 2026"),
        ("de", "day", date(2026, 11, 25), "Mittwoch, 25. November 2026"),
        ("es", "month", date(2026, 8, 3), "agosto de 2026"),
        ("es", "week", date(2026, 12, 31), "28 de diciembre de 2026 – 3 de enero de 2027"),
        ("es", "day", date(2026, 11, 25), "miércoles, 25 de noviembre de 2026"),
    ],
)
def test_span_is_told_in_the_readers_language(language, view, at, title):
    with translation.override(language):
        assert calendar_view.title(Span(View(view), at)).lower() == title.lower()


@pytest.mark.parametrize(
    ("view", "at", "before", "after"),
    [
        ("month", date(2026, 1, 31), date(2025, 12, 31), date(2026, 2, 1)),
        ("month", date(2028, 2, 29), date(2028, 1, 31), date(2028, 3, 3)),
        ("week", date(2026, 11, 25), date(2026, 11, 18), date(2026, 12, 2)),
        ("day", date(2026, 11, 1), date(2026, 10, 31), date(2026, 11, 2)),
    ],
)
def test_steps_lead_to_the_neighbours(view, at, before, after):
    span = Span(View(view), at)
    assert (span.previous, span.next) == (before, after)


def test_days_of_other_months_fill_the_weeks():
    span = Span(View.MONTH, date(2026, 11, 25))
    assert [span.holds(day) for day in (span.days[0], date(2026, 11, 1), span.days[-1])] == [False, True, False]


def test_weeks_begin_as_in_the_country():
    assert [week_begins(country) for country in ("US", "DE", "EG", "XX", "")] == [6, 0, 5, 0, 0]
