from datetime import timedelta

import pytest

from calendars.engine.states import Reach
from calendars.services.series import series_edits
from tests.module_trace import traced

pytestmark = pytest.mark.django_db


def tell(t, name):
    sv = [s for s in t.steps if s[1].startswith(("services", "api", "admin"))]
    print("==", name)
    print(len(t.modules), "modules:", t.modules)
    m = [x for x in t.modules if x.startswith("services")]
    print(len(m), "services:", m)
    seen = set()
    last = None
    back = 0
    for a, b in t.steps:
        if not b.startswith("services"):
            continue
        if b != last:
            if b in seen:
                back += 1
            seen.add(b)
            last = b
    print("entries into a service module left before:", back)
    print("cycles:", [x for x in t.returns if x[0].startswith("services") and x[1].startswith("services")])


def test_walk(daily, make, clock):
    root = daily()
    child = list(root.children.order_by("start"))[1]
    with traced("calendars") as t:
        series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + timedelta(hours=1))
    tell(t, "following")
    with traced("calendars") as t:
        make(recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    tell(t, "create")
    with traced("calendars") as t:
        series_edits.change(root, now=clock.at, reach=Reach.ALL, title="x")
    tell(t, "all title")
