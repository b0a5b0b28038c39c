"""What a log record says, and what it does not."""

import copy
import logging

import pytest
from django.db import IntegrityError

from config.kernel import redaction
from config.kernel.errors import Conflict


def logged(message, *args, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("x").makeRecord("x", logging.INFO, "f.py", 1, message, args, info)
    return logging.Formatter("%(message)s").format(copy.copy(record))


def raised(error):
    try:
        raise error
    except type(error) as found:
        return found


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("to +15551234567 now", "to …67 now"),
        ("(555) 123-4567", "…67"),
        ("+33 6 12 34 56 78", "…78"),
        ("15551234567", "…67"),
        ("555.123.4567", "…67"),
        ("to=+15551234567", "to=…67"),
        ("<15551234567>", "<…67>"),
        ("ana.b+c@mail.example.org wrote", "…@… wrote"),
        ("2026-11-23 09:00:00", "2026-11-23 09:00:00"),
        ("192.168.100.200:5432", "192.168.100.200:5432"),
        ("attempt 1234567", "attempt 1234567"),
        ("mdr2-abc12345678", "mdr2-abc12345678"),
        ("pid 4194304", "pid 4194304"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_are_masked(text, safe):
    assert redaction.masked(text) == safe


def test_long_digits_are_masked_fast():
    assert redaction.masked("1" * 100_000) == "…11"
    assert len(redaction.masked("1 " * 50_000)) < 10


@pytest.mark.parametrize(
    ("message", "args", "safe"),
    [
        ("Bad Request: %s", ("/rest-api/contact/?phone=%2B1555&search=Ana",), "Bad Request: /rest-api/contact/?…"),
        ('"GET /admin/?q=Ana HTTP/1.1" 200', (), '"GET /admin/?… HTTP/1.1" 200'),
        ("Forbidden: /hooks/s3cret/receipt/t0ken/", (), "Forbidden: /hooks/…"),
        ("%s of %d", ("half",), "%s of %d"),
        ("100%", (), "100%"),
        ("was it so?", (), "was it so?"),
        ("%(a)s", ({"a": "+15551234567"},), "…67"),
        ("failed: %s", (ValueError("Ana"),), "failed: ValueError"),
    ],
)
def test_message(message, args, safe):
    assert logged(message, *args) == safe


def test_error_is_named_and_not_quoted():
    error = raised(KeyError("Ana Lopez"))
    text = logged("Task failed: %(exc)s", {"exc": repr(error)[:9]}, error=error)
    assert "Ana" not in text
    assert text.startswith("Task failed: KeyError\nTraceback (most recent call last):\n  File ")
    assert text.endswith("KeyError")
    assert "Ana" not in logged(f"it said {error} and {error!r}", error=error)


def test_short_error_does_not_eat_the_words_around_it():
    assert logged("a cat ate a: a", error=raised(KeyError("a"))).startswith("a cat ate a: a\n")
    assert logged("a cat ate: x", error=raised(ValueError("a"))).startswith("ValueError cat ate: x\n")


def test_causes_are_named_first():
    error = Conflict("Ana exists")
    error.__cause__ = raised(IntegrityError("Key (name)=(Ana)"))
    text = redaction.trace(raised(error))
    assert "Ana" not in text
    assert text.index("IntegrityError\n\nwhich led to:") < text.index("Conflict (conflict)")


def test_codes_of_errors_stay():
    assert redaction.named(ConnectionRefusedError(111, "Connection refused")) == (
        "ConnectionRefusedError (Connection refused)"
    )
    assert redaction.named(Conflict()) == "Conflict (conflict)"


def test_errors_that_refer_to_each_other_end():
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert redaction.trace(first).count("ValueError") == 2


def test_report_for_administrators_has_no_values():
    error = raised(ValueError("Ana Lopez"))
    reporter = redaction.Reporter(None, type(error), error, error.__traceback__, is_email=True)
    assert "Ana" not in reporter.get_traceback_text() + reporter.get_traceback_html()
    assert reporter.get_traceback_text().endswith("ValueError")
    broken = redaction.Reporter(None, None, "<b>", None)
    assert broken.get_traceback_html().endswith("<pre>&lt;b&gt;</pre>")
    assert redaction.Reporter(None, None, "of +15551234567", None).get_traceback_text() == "of …67"
