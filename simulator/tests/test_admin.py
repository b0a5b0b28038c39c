"""The simulator's records in the admin."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
PAGES = ["carrieraccount", "carriermessage", "carrierpost", "carrierfaults"]


@pytest.mark.parametrize("page", PAGES)
def test_records_are_for_platform_administrators_only(world, page):
    owner, administrator = Client(), Client()
    owner.force_login(world.owner)
    administrator.force_login(User.objects.create_superuser("root"))
    address = f"/admin/simulator/{page}/"
    assert (owner.get(address).status_code, administrator.get(address).status_code) == (403, 200)
