"""The simulator's fixtures, for the tests of providers: a customer, a listener, rows that others see."""

from simulator.tests.conftest import committed, customer, listener, stranger

__all__ = ["committed", "customer", "listener", "stranger"]
