"""`manage.py export_contact ID`: everything that is stored about one contact, as JSON or a ZIP of CSV files."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.services import organizations
from config.kernel import clock
from config.kernel.errors import PunctualError
from contacts.models import Contact
from contacts.services import personal_data_export


class Command(BaseCommand):
    """Exports a contact."""

    help = "Writes everything that is stored about a contact to a file; its id stands in the address of its page."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("contact", type=int, metavar="ID")
        parser.add_argument("--organization", required=True, metavar="UUID|NAME", help="whose contact it is")
        parser.add_argument("--as", choices=["json", "csv"], default="json", dest="wanted")
        parser.add_argument("--to", type=Path, metavar="FILE", help="default: contact-ID.json or .zip; - prints JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, and say where it is."""
        try:
            organization = organizations.find(options["organization"])
        except PunctualError as error:
            raise CommandError(error.message) from error
        with tenancy.tenant(organization.pk):
            contact = Contact.objects.filter(pk=options["contact"]).first()
            if contact is None:
                raise CommandError(f"{organization.name} has no contact {options['contact']}.")
            found = personal_data_export.collect(contact, now=clock.now())
        is_json = options["wanted"] == "json"
        body = found.as_json().encode() if is_json else found.as_zip()
        path = options["to"] or Path(found.name("json" if is_json else "zip"))
        if str(path) == "-":
            sys.stdout.buffer.write(body)
            return
        # Only the user who runs the command may read it.
        path.touch(mode=0o600)
        path.write_bytes(body)
        self.stdout.write(f"{path}: {sum(len(table.rows) for table in found.tables)} rows.")
