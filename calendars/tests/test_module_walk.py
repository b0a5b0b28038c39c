from datetime import timedelta

import pytest

from calendars.engine.states import Reach
from calendars.services.series import series_edits
from tests.module_trace import traced

pytestmark = pytest.mark.django_db


def tell(t, name):
    print("==", name, len(t.modules))
    out = []
    for s in t.steps:
        if s[1].startswith("services"):
            x = (s[0].replace("services.", ""), s[1].replace("services.", ""))
            if not out or out[-1] != x:
                out.append(x)
    for a, b in out:
        print("   ", a, "->", b)
    m = [x for x in t.modules if x.startswith("services")]
    print(len(m), "services:", m)
    print("cycles:", [x for x in t.returns])


def test_walk(daily, make, clock):
    root = daily()
    child = list(root.children.order_by("start"))[1]
    with traced("calendars") as t:
        series_edits.change(child, now=clock.at, reach=Reach.FOLLOWING, start=child.start + timedelta(hours=1))
    tell(t, "following")
    with traced("calendars") as t:
        make(recurrence="RRULE:FREQ=WEEKLY;COUNT=3")
    tell(t, "create")
