"""The clinic that `benchmarks.wall` asks about, and the servers that it asks; imported once Django is set up."""

import os
from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings
from django.db import connections

from accounts import tenancy
from accounts.services import keys
from contacts.models import Contact, ContactEmail, ContactPhone
from tests import factories
from tests.contract import server


def fill(number: int) -> str:
    """Empty the tables, put one clinic with so many contacts into them; return the text of its key."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE accounts_organization, accounts_user, accounts_ratecounter CASCADE")
    world = factories.world("Riverside")
    with tenancy.tenant(world.organization.pk):
        made = Contact.objects.bulk_create(
            Contact(first_name=f"Ana{index}", last_name=f"Lopez{index:05}", language="en") for index in range(number)
        )
        ContactPhone.objects.bulk_create(
            ContactPhone(contact=contact, number=f"+1555{index:07}") for index, contact in enumerate(made)
        )
        ContactEmail.objects.bulk_create(
            ContactEmail(contact=contact, address=f"ana{index}@patients.example") for index, contact in enumerate(made)
        )
    _key, text = keys.create(world.organization.pk, name="Benchmark", role="owner", rate=10**6)
    # A database that is being used cannot be copied.
    connections.close_all()
    return text


def serve(url: str, folder: str, name: str, settings_module: str) -> AbstractContextManager[str]:
    """Serve a database under some settings until the end of the block; the value is the address."""
    own = Path(folder, name)
    own.mkdir()
    given = {"DATABASE_URL": url, "DATABASE_OWNER_URL": url, "DATA_DIR": str(own), "LOG_LEVEL": "ERROR"}
    held = {"SECRET_KEY": settings.SECRET_KEY, "FIELD_ENCRYPTION_KEY": settings.FIELD_ENCRYPTION_KEY}
    return server.running(own, {**os.environ, **given, **held}, settings_module)
