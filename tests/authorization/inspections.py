"""Checks of routes: each returns what is wrong, as text; an empty list is a pass."""

from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from tests import routes
from tests.authorization.requesters import IS_EVERYBODY, counted, readable_text, shape
from tests.authorization.two_clinics import CANARY, SECRET, changed_tables, crossing_rows, row_hashes

# Statuses that disclose nothing of another clinic's row.
HIDDEN = {302, 403, 404, 405}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def damage(clinics, before):
    """Name their tables that changed since `before`, and the relations that cross organizations."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        return [f"the database would refuse it in the end: {error}".splitlines()[0]]
    return changed_tables(before, clinics.theirs.organization.pk) + crossing_rows()


def foreign_rows(clinics, group, names):
    """Ask for their rows and for rows that nobody has: both must look the same, take as much, and change nothing."""
    before, found = row_hashes(clinics.theirs.organization.pk), []
    for route in group:
        row = routes.row_of(route, clinics.theirs)
        for method in route.methods:
            for requester in requesters_of(clinics, route, names):
                found += [
                    f"{requester.name} {method} {route.name}: {what}"
                    for what in _foreign(requester, route, method, row)
                ]
    return found + damage(clinics, before)


def requesters_of(clinics, route, names):
    """Return the requesters of a route; that keys open no pages is another test.

    Where a key asks, the owner who sends a header does as well on long runs: only who they are is found differently.
    """
    by_header = routes.is_rest(route) or route.is_dav
    if by_header and "key" in names and not IS_EVERYBODY:
        names = [name for name in names if name != "owner"]
    return [clinics[name] for name in names if by_header or clinics[name].session or name == "nobody"]


def _foreign(requester, route, method, row):
    number = row.user_id if "user_id" in route.groups else row.pk
    foreign, takes = _asked(requester, route, method, row)
    absent, needed = _asked(requester, route, method, None)
    # The first of a minute looks at the password, which costs more.
    if takes != needed:
        (foreign, takes), (absent, needed) = (
            _asked(requester, route, method, row),
            _asked(requester, route, method, None),
        )
    if foreign.status_code not in HIDDEN and method != "OPTIONS":
        yield f"answers {foreign.status_code}"
    names = (number, getattr(row, "uuid", number), routes.ABSENT, routes.ABSENT_UUID)
    if shape(foreign, *names) != shape(absent, *names):
        yield "differs from an absent one"
    if takes != needed:
        yield f"takes {takes} statements, an absent one {needed}"
    yield from leaks(foreign)


def _asked(requester, route, method, row):
    address = route.address_of(row)
    with counted() as count:
        answer = requester.visit(route, method, address)
    return answer, count[0]


def leaks(answer):
    """Name the canaries in an answer."""
    return leaks_in(readable_text(answer))


def leaks_in(text):
    """Name the canaries in a text."""
    return [f"shows “{word}”" for word in (CANARY, SECRET) if word in text.lower()]


def ask_once(requester, route, method, address, body=None):
    """Send one request, and roll back what it did."""
    with rolled_back():
        return requester.visit(route, method, address, body)


@contextmanager
def rolled_back():
    """Roll back what the block does; to the code inside it is as if no transaction were open."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def lists(clinics, group, names):
    """Request lists and pages: they show nothing of theirs and count our rows only."""
    before, found = row_hashes(clinics.theirs.organization.pk), []
    for route in group:
        for method in route.methods:
            for requester in requesters_of(clinics, route, names):
                answer = requester.visit(route, method, route.url(**_parts(route)))
                found += [
                    f"{requester.name} {method} {route.name}: {what}" for what in _leaks_of_list(clinics, route, answer)
                ]
    return found + damage(clinics, before)


def _parts(route):
    return {group: routes.OTHER_PARTS.get(group, "x2345678") for group in route.groups}


def _leaks_of_list(clinics, route, answer):
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    yield from leaks(answer)
    ours, theirs = (routes.numbers_of(route.model, world) for world in (clinics.ours, clinics.theirs))
    if theirs and (counted_rows(answer) or 0) > len(ours):
        yield f"counts {counted_rows(answer)} where we have {len(ours)}"
    text = answer.content.decode(errors="replace")
    address = route.url(**_parts(route))
    yield from (f"links to their number {pk}" for pk in theirs - ours if f"{address}{pk}/" in text)


def counted_rows(answer):
    """Return how many rows a list counts; None where it is no list."""
    if answer.headers.get("Content-Type") == "application/json" and answer.status_code == 200:
        body = answer.json()
        return body.get("count", len(body.get("results", ()))) if isinstance(body, dict) else len(body)
    page = (answer.context or {}).get("cl") if getattr(answer, "context", None) else None
    return page.result_count if page else None
