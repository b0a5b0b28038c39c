"""A script that somebody wrote into a text runs nowhere."""

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat

from accounts import tenancy
from accounts.tenancy import TenantOwned
from notifications.models import StaffItem
from tests import admin_rows
from tests.browser.conftest import enter

pytestmark = pytest.mark.browser
# Texts of ours, which nobody types: names of zones, and of sentences for staff.
OURS = {"time_zone", "code"}
PAYLOAD = '"><svg onload=xss()>'
PAGES = ["/", "/admin/"] + [
    f"/admin/{name}/"
    for name in (
        "contacts/contact",
        "calendars/event",
        "notifications/delivery",
        "notifications/staffitem",
        "notifications/smstemplate",
        "notifications/gateway",
    )
]


def poison(world):
    """Write the script into every text field that takes it; return into how many."""
    count = 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields if issubclass(model, TenantOwned) else ():
            if type(field) in (models.CharField, models.TextField) and not field.choices and field.name not in OURS:
                text = Concat(Value(PAYLOAD), Cast(F("pk"), models.CharField()))
                try:
                    with transaction.atomic():
                        count += bool(model.objects.update(**{field.name: text}))
                except DatabaseError:
                    continue
    for item in StaffItem.objects.all():
        StaffItem.objects.filter(pk=item.pk).update(values=dict.fromkeys(item.values, PAYLOAD))
    world.organization.name = PAYLOAD
    world.organization.save()
    return count


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_script_in_a_text_runs_on_no_page(day, page, clock, problems):
    visit = admin_rows.create_rows(day, "a", hours=1)
    with tenancy.tenant(day.organization.pk):
        assert poison(day) > 30
    ran, shown = [], 0
    page.expose_function("xss", lambda: ran.append(page.url))
    enter(page, "riverside-owner")
    for address in [*PAGES, f"/visits/{visit.pk}/"]:
        page.goto(address)
        shown += "onload=xss()" in page.inner_text("body")
        rows = page.locator("#result_list tbody th a, #result_list tbody td a")
        if rows.count():
            page.goto(rows.first.get_attribute("href"))
    assert ran == []
    assert shown > 5
