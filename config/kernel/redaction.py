"""Logs and error reports without patient data: made safe when a record is made, before any handler sees it."""

import logging
import logging.config
import re
import traceback
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

WITHHELD = "…"
# Eight digits or more, as phones are written: +15551234567, (555) 123-4567. Dates and IPv4 addresses stay.
PHONE = re.compile(
    r"(?<![\w.-])(?!\d{4}-\d\d-\d\d(?!\d))(?!\d{1,3}(?:\.\d{1,3}){3}(?![\d.]))\+?\(?\d(?:[ ().-]{0,2}\d){7,}(?!\w)"
)
# Tried where a word begins only: a long run of letters without an @ must not cost its square.
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,255}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# Searches stand in the query; the path of a callback or a calendar feed is a secret.
QUERY = re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*")
HOOK = re.compile(r"/(hooks|feeds)/[^\s\"'?]*")


def masked(text: str) -> str:
    """Return a text without phone numbers (the last two digits stay) and e-mail addresses."""
    return PHONE.sub(lambda found: WITHHELD + found[0][-2:], MAIL.sub(f"{WITHHELD}@{WITHHELD}", text))


def named(error: BaseException) -> str:
    """Return what an error is, without its message, which may quote a value: its class, and a code if it has one."""
    codes = (getattr(error, name, None) for name in ("pgcode", "code", "strerror"))
    code = next((code for code in codes if isinstance(code, str | int) and str(code)), "")
    return f"{type(error).__name__} ({code})" if code else type(error).__name__


def trace(error: BaseException) -> str:
    """Return where an error came from, causes first: files, lines and our source, and no values."""
    parts = [f"{''.join(traceback.format_tb(each.__traceback__))}{named(each)}" for each in reversed([*_chain(error)])]
    return "Traceback (most recent call last):\n" + "\n\nwhich led to:\n\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


class SafeRecord(logging.LogRecord):
    """A record whose text is finished when it is made: errors are named, numbers and addresses masked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        error = self.exc_info[1] if self.exc_info else None
        if error is not None:
            # Formatters print this instead of the error, whose message may quote a value.
            self.exc_text = trace(error)
        self.msg, self.args = self._finished(error), ()

    def _finished(self, error: BaseException | None) -> str:
        self.args = _args(self.args, error)
        try:
            text = self.getMessage()
        except (TypeError, ValueError, KeyError):
            text = str(self.msg)
        for each in _chain(error) if error else ():
            text = _unquoted(text, each)
        return masked(HOOK.sub(rf"/\1/{WITHHELD}", QUERY.sub(f"?{WITHHELD}", text)))


def _unquoted(text: str, error: BaseException) -> str:
    for quoted in filter(None, (repr(error), str(error))):
        text = re.sub(rf"(?<!\w){re.escape(quoted)}(?!\w)", lambda _: named(error), text)
    return text


def _args(args: Any, error: BaseException | None) -> Any:
    """Name errors that are logged as arguments; Celery hands over their text, shortened, under a name."""
    if isinstance(args, dict):
        told = {"exc": named(error)} if error and "exc" in args else {}
        return {name: _arg(value) for name, value in args.items()} | told
    return tuple(_arg(value) for value in args) if isinstance(args, tuple) else args


def _arg(value: Any) -> Any:
    return named(value) if isinstance(value, BaseException) else value


class Reporter(ExceptionReporter):
    """Django's error report without settings, cookies, request data and local variables."""

    def get_traceback_text(self) -> SafeString:
        """Return where it happened, as plain text."""
        return SafeString(self._said())  # nosec B703 # plain text, in no page

    def get_traceback_html(self) -> SafeString:
        """Return the same as a page."""
        return format_html("<!doctype html><title>Error</title><pre>{}</pre>", self._said())

    def _said(self) -> str:
        error = self.exc_value
        return trace(error) if isinstance(error, BaseException) else masked(str(error or ""))


def configure(settings: dict[str, Any]) -> None:
    """Set up logging (LOGGING_CONFIG): safe records, then Django's way."""
    logging.setLogRecordFactory(SafeRecord)
    logging.config.dictConfig(settings)
