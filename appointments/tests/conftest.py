"""Fixtures for the desk: visits that are booked for tomorrow, and who works with them."""

from datetime import datetime, timedelta

import pytest

from appointments.services import visits
from appointments.tests.visiting import NEW_YORK, browser
from tests import factories


@pytest.fixture
def book(inside, clock):
    """Return a function that books a visit for tomorrow, 09:00 in New York."""
    patient = factories.contact(inside)

    def book(**fields):
        given = {"starts_at": datetime(2026, 11, 24, 9, tzinfo=NEW_YORK), "title": "Check-up", **fields}
        given.setdefault("ends_at", given["starts_at"] + timedelta(minutes=30))
        return visits.book(**{"contact": patient, "calendar": inside.calendar, **given}, now=clock.at)

    return book


@pytest.fixture
def desk(world, clock):
    """Return a browser in which a receptionist is signed in."""
    return browser(world.staff)
