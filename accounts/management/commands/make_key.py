"""`make_key`: new secrets for an installation, ready for its `.env` file."""

import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Print new secrets, one NAME=value a line; nothing is kept."""

    help = "Print new secrets for an installation; nothing is kept."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per secret."""
        self.stdout.write(f"SECRET_KEY={secrets.token_urlsafe(50)}")
        self.stdout.write(f"FIELD_ENCRYPTION_KEY={Fernet.generate_key().decode()}")
        for name in ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"):
            self.stdout.write(f"{name}={secrets.token_hex(24)}")
