"""Whether an answer tells the truth: a refusal changed no row, and what was taken stands there as it was sent."""

from datetime import datetime, time

from django.apps import apps
from django.db import connection

# They are written whatever becomes of a request: who asked, how often, under which key.
BESIDE = {"accounts_auditentry", "accounts_idempotentrequest", "accounts_platformentry", "accounts_ratecounter"}
# It notes when it was used last; that one was made or deleted counts.
USED = {"accounts_apikey"}
OURS = ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments")
# Fields that are filled where an empty value is sent, as the documentation says, by what else such a row tells.
FILLED = {
    "customer_id": "customer_id",
    "organization_uuid": "organization_uuid",
    "subject": "send_notification",
    "message": "send_notification",
}
LAST = "coalesce(max(xmin::text::bigint), 0)"
TRUE, FALSE = {"true", "1", "yes", "y", "t", "on"}, {"false", "0", "no", "n", "f", "off"}


# Kept only with a time that somebody else has, as the documentation says.
IF_NEEDED = {"overlap_reason"}


class Witness:
    """Sees whether rows change from one request to the next."""

    def __init__(self):
        self.seen = fingerprint()

    def check(self, status, sent, told):
        """Hold an answer against the rows and the body that was sent."""
        if status >= 400:
            assert fingerprint() == self.seen, (status, sent)
            return
        self.seen = fingerprint()
        if isinstance(sent, dict) and isinstance(told, dict):
            assert unkept(sent, told) == {}


def fingerprint():
    """Return what differs after any row was made, changed or deleted."""
    tables = sorted(
        {model._meta.db_table for model in apps.get_models() if model._meta.app_label in OURS and not model._meta.proxy}
    )
    parts = [
        f"SELECT '{table}', count(*), {0 if table in USED else LAST} FROM {table}"
        for table in tables
        if table not in BESIDE
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict((table, (count, last)) for table, count, last in cursor.fetchall())


def unkept(sent, told):
    """Return the fields of a body that an answer tells otherwise than they were sent, with both values."""
    return {
        name: (value, told[name])
        for name, value in sent.items()
        if name in told
        and not is_same(value, told[name])
        and not _is_filled(name, value, told)
        and not _is_merged(name, value, told)
        and name not in IF_NEEDED
        and not _is_written_anew(name, sent, told)
    }


def _is_written_anew(name, sent, told):
    """Return whether it is the subject of an e-mail without a message: both are written, as the older service did."""
    return name == "subject" and "send_notification" in told and not str(sent.get("message") or "").strip()


def _is_filled(name, value, told):
    return FILLED.get(name) in told and value in (None, "", 0)


def _is_merged(name, value, told):
    """Return whether the notes of a visit hold those that were sent; notes of other types stay."""
    if name != "notes" or not isinstance(value, list) or not isinstance(told[name], list):
        return False
    return all(any(one.items() <= note.items() for note in told[name]) for one in value)


def is_same(sent, told):
    """Return whether a value is told as it was sent, spaces around it and ways of writing it apart."""
    if isinstance(told, dict) and set(told) in ({"number"}, {"email"}):
        told = next(iter(told.values()))
        sent = next(iter(sent.values())) if isinstance(sent, dict) else sent
    if isinstance(sent, list) and isinstance(told, list):
        return len(sent) == len(told) and all(map(is_same, sent, told))
    if isinstance(sent, dict) and isinstance(told, dict):
        return sent == told
    if sent in (None, "") and told in (None, "", []):
        return True
    return any(read(sent) == read(told) is not None for read in READINGS)


def _plain(value):
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _number(value):
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _truth(value):
    text = str(value).strip().lower()
    return True if text in TRUE else False if text in FALSE else None


def _instant(value):
    try:
        moment = datetime.fromisoformat(value.strip())
    except (AttributeError, ValueError):
        return None
    # A wall-clock time is answered with its offset.
    return moment.replace(microsecond=0, tzinfo=None) if moment.tzinfo is None else moment.replace(microsecond=0)


def _clock(value):
    try:
        return time.fromisoformat(value.strip())
    except (AttributeError, ValueError):
        return None


def _path(value):
    parts = str(value).split("/rest-api/")
    return parts[1].strip("/") if len(parts) == 2 else None


def _digits(value):
    """Return the end of a phone number."""
    digits = "".join(filter(str.isdigit, str(value)))
    return digits[-7:] if len(digits) > 6 and not any(map(str.isalpha, str(value))) else None


READINGS = (_plain, _number, _truth, _instant, _clock, _path, _digits)
