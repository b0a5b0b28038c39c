"""What the walk looks for. Each function goes along some routes and says what it found amiss; nothing is good."""

from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from tests import routes
from tests.authorization.askers import counted, shape, told
from tests.authorization.two_clinics import CANARY, SECRET, broken, seal, strays

# What a row of somebody else is: not there, not yours to see, or not spoken of.
HIDDEN = {302, 403, 404, 405}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def unharmed(ground, before):
    """Name what changed of theirs since a seal was taken, and what reaches across."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        return [f"the database would refuse it in the end: {error}".splitlines()[0]]
    return broken(before, ground.theirs.organization.pk) + strays()


def foreign_rows(ground, group, names):
    """Ask for their rows and for rows that nobody has: both must look the same, take as much, and change nothing."""
    before, found = seal(ground.theirs.organization.pk), []
    for route in group:
        row = routes.row_of(route, ground.theirs)
        for method in route.methods:
            for asker in asking(ground, route, names):
                found += [f"{asker.name} {method} {route.name}: {what}" for what in _foreign(asker, route, method, row)]
    return found + unharmed(ground, before)


def asking(ground, route, names):
    """Return those who ask at a route; keys open no pages, which is tried elsewhere."""
    by_header = routes.is_rest(route) or route.is_dav
    return [ground[name] for name in names if by_header or ground[name].session or name == "nobody"]


def _foreign(asker, route, method, row):
    number = row.user_id if "user_id" in route.groups else row.pk
    foreign, takes = _asked(asker, route, method, row)
    absent, needed = _asked(asker, route, method, None)
    # The first of a minute looks at the password, which costs more.
    if takes != needed:
        (foreign, takes), (absent, needed) = _asked(asker, route, method, row), _asked(asker, route, method, None)
    if foreign.status_code not in HIDDEN and method != "OPTIONS":
        yield f"answers {foreign.status_code}"
    if shape(foreign, number, routes.ABSENT) != shape(absent, number, routes.ABSENT):
        yield "differs from an absent one"
    if takes != needed:
        yield f"takes {takes} statements, an absent one {needed}"
    yield from leaks(foreign)


def _asked(asker, route, method, row):
    address = route.address_of(row)
    with counted() as count:
        answer = asker.visit(route, method, address)
    return answer, count[0]


def leaks(answer):
    """Name the canaries in an answer."""
    return leaks_in(told(answer))


def leaks_in(text):
    """Name the canaries in a text."""
    return [f"shows “{word}”" for word in (CANARY, SECRET) if word in text.lower()]


def alone(asker, route, method, address, body=None):
    """Ask once, and take back whatever that did."""
    with taken_back():
        return asker.visit(route, method, address, body)


@contextmanager
def taken_back():
    """Roll back what the block does; to the code inside it is as if no transaction were open."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def lists(ground, group, names):
    """Ask for lists and pages: nothing of theirs may stand there, and the counts are ours."""
    before, found = seal(ground.theirs.organization.pk), []
    for route in group:
        for method in route.methods:
            for asker in asking(ground, route, names):
                answer = asker.visit(route, method, route.url(**_parts(route)))
                found += [f"{asker.name} {method} {route.name}: {what}" for what in _amiss(ground, route, answer)]
    return found + unharmed(ground, before)


def _parts(route):
    return {group: routes.OTHER_PARTS.get(group, "x2345678") for group in route.groups}


def _amiss(ground, route, answer):
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    yield from leaks(answer)
    ours, theirs = (routes.numbers_of(route.model, world) for world in (ground.ours, ground.theirs))
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
