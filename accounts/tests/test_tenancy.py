"""The first layer of the wall."""

import pytest
from django.core.exceptions import ValidationError

from accounts import tenancy
from accounts.models import Clinic
from tests import factories

pytestmark = pytest.mark.django_db


def test_manager_raises_without_tenant(world):
    with pytest.raises(tenancy.NoTenant):
        Clinic.objects.count()


def test_manager_shows_own_rows_only(world, other):
    with tenancy.tenant(world.organization.pk):
        assert list(Clinic.objects.all()) == [world.clinic]


def test_new_rows_belong_to_the_tenant(world):
    with tenancy.tenant(world.organization.pk):
        assert Clinic.objects.create(number=2, name="Annexe", time_zone="UTC").organization == world.organization


def test_context_ends_with_its_block(world):
    with tenancy.system(), tenancy.tenant(world.organization.pk):
        assert Clinic.objects.count() == 1
    with pytest.raises(tenancy.NoTenant):
        tenancy.current()


def test_relation_to_another_organization_is_refused(world, other):
    foreign = factories.contact(other)
    event = factories.event(world)
    event.contact = foreign
    with tenancy.tenant(world.organization.pk), pytest.raises(ValidationError) as refusal:
        event.full_clean(exclude=["status"])
    words = [f"contact instance with id {foreign.pk} is not a valid choice.", "There is no such contact."]
    assert refusal.value.message_dict == {"contact": words}


def test_the_tenants_filter_is_the_one_that_django_would_make(world):
    with tenancy.tenant(world.organization.pk):
        plain = Clinic._base_manager.filter(organization_id=world.organization.pk)
        assert str(Clinic.objects.all().query) == str(plain.query)
        assert str(Clinic.objects.exclude(number=1).query) == str(plain.exclude(number=1).query)
