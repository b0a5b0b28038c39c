"""`setup_roles`: makes the owner's and the application's role and the database on a given server."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from psycopg2 import OperationalError

from config.kernel import database_roles


class Command(BaseCommand):
    """Create what DATABASE_URL and DATABASE_OWNER_URL name, as the superuser of DATABASE_ADMIN_URL."""

    help = "Create the roles and the database that the two URLs name, as a superuser; safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the superuser's address from the command line too."""
        parser.add_argument("--admin-url", default=settings.DATABASE_ADMIN_URL, help="postgres://superuser@…")

    def handle(self, *args: Any, admin_url: str, **options: Any) -> None:
        """Refuse what would leave the application's role with the owner's rights."""
        application, owner = (connections[alias].settings_dict for alias in ("default", "owner"))
        if not admin_url:
            raise CommandError("Name a superuser's address: --admin-url postgres://… or DATABASE_ADMIN_URL.")
        if application.get("USER") == owner.get("USER"):
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL must name two different roles.")
        if application["NAME"] != owner["NAME"]:
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL must name the same database.")
        passwords = {role["USER"]: role["PASSWORD"] for role in (application, owner)}
        try:
            database_roles.create_roles(
                admin_url,
                passwords=passwords,
                database=owner["NAME"],
                owner=owner["USER"],
                application=application["USER"],
            )
        except OperationalError as error:
            raise CommandError(f"The server does not let the superuser in: {error}") from error
        self.stdout.write(f"Database {owner['NAME']}: owner {owner['USER']}, application {application['USER']}.")
