"""The only clock: in tests every connection's begins at NOW, in production it is the server's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection

from config.kernel import clock
from tests import database_clock
from tests.factories import NOW


def elsewhere():
    """Return the instant as another connection reads it."""

    def read():
        try:
            return clock.now()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return pool.submit(read).result()


def test_clock_of_every_connection_goes_on_from_one_monday(db):
    earlier = clock.now()
    assert NOW < earlier < elsewhere() < NOW + timedelta(hours=8)


def test_standing_clock_stands_for_every_connection(db):
    with database_clock.standing(NOW):
        assert (clock.now(), elsewhere()) == (NOW, NOW)
    assert NOW < elsewhere() < NOW + timedelta(minutes=1)


def test_connection_can_have_a_time_of_its_own(clock, db):
    clock.forward(days=3)
    assert elsewhere() < NOW + timedelta(hours=8)


def test_production_reads_the_clock_of_the_server(db):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT abs(extract(epoch FROM ({clock.CREATE.split('$$')[1]}) - clock_timestamp()))")
        assert cursor.fetchone()[0] < 1
