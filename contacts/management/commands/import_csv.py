"""`manage.py import_csv --file=NAME`: contacts from the older contact service's CSV file."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.models import Organization
from accounts.services import organizations
from config.kernel.errors import PunctualError
from contacts.services import crm_csv_import
from contacts.services.crm_csv_import import RowResult


class Command(BaseCommand):
    """Imports contacts."""

    help = "Makes contacts out of the older contact service's CSV file, and changes those that it made before."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--file", type=Path, default=Path("TopKontor_Ritz.csv"), metavar="NAME")
        parser.add_argument(
            "--organization", metavar="UUID|NAME", help="whose contacts; needed where there are several"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import row by row, say what became of each, and how many there were."""
        organization = self._organization(options["organization"])
        counts: Counter[RowResult] = Counter()
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines, tenancy.tenant(organization.pk):
                for row in crm_csv_import.run(lines):
                    counts[row.outcome] += 1
                    words = " ".join(filter(None, [row.contact, row.reason]))
                    self.stdout.write(f"Row {row.number}: {row.outcome.upper()} {words}")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self.stdout.write(", ".join(f"{counts[outcome]} {outcome}" for outcome in RowResult) + ".")

    @staticmethod
    def _organization(named: str | None) -> Organization:
        if named is None and Organization.objects.count() == 1:
            return Organization.objects.get()
        try:
            return organizations.find(named or "")
        except PunctualError as error:
            raise CommandError(error.message) from error
