"""The first layer of the wall."""

import pytest

from accounts import tenancy
from contacts.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db


def test_manager_raises_without_tenant(world):
    factories.contact(world)
    with pytest.raises(tenancy.NoTenant):
        Contact.objects.count()


def test_manager_shows_own_rows_only(world, other):
    mine = factories.contact(world)
    factories.contact(other)
    with tenancy.tenant(world.organization.pk):
        assert list(Contact.objects.all()) == [mine]


def test_new_rows_belong_to_the_tenant(world):
    with tenancy.tenant(world.organization.pk):
        assert Contact.objects.create().organization == world.organization
